"""Made data for the forests: as large as the slides' own, and the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse


@dataclass(frozen=True)
class Size:
    """What a forest is trained on, and how.

    Parameters
    ----------
    kind : {"sparse", "dense"}
        See `made`.
    rows, features : int
        Objects, and numbers known of each.
    trees : int
    processes : int
        Workers that the ways may use.
    words : int
        Words an object, on average, for sparse data; a word may occur twice.
    """

    kind: Literal["sparse", "dense"] = "sparse"
    rows: int = 100_000
    features: int = 29_095
    trees: int = 100
    processes: int = 2
    words: int = 60

    def in_words(self) -> str:
        """For a caption."""
        return f"{self.trees} trees, {self.rows:,} objects, {self.features:,} features, {self.kind}"


def made(size: Size, seed: int = 1) -> tuple[Any, np.ndarray]:
    """Data and labels of this size.

    Sparse data is like texts: word k occurs in proportion to 1/k (Zipf's law), an object counts its words.
    Dense data is standard normal. Labels say on which side of a random hyperplane an object lies; half as
    much noise again is added first, so that no forest is perfect.

    Parameters
    ----------
    size : Size
    seed : int

    Returns
    -------
    X : scipy.sparse.csr_matrix or numpy.ndarray
        float32, of shape (rows, features).
    y : numpy.ndarray
        0 or 1, of shape (rows,), about as many of each.

    Examples
    --------
    >>> X, y = made(Size(rows=1000, features=500))
    >>> X.shape, y.shape, float(X.sum() // 1000)
    ((1000, 500), (1000,), 59.0)
    """
    rng = np.random.default_rng(seed)
    X = _texts(size, rng) if size.kind == "sparse" else rng.standard_normal((size.rows, size.features), "f4")
    side = X @ rng.standard_normal(size.features, "f4")
    side = side + rng.standard_normal(size.rows) * side.std() / 2
    return X, (side > np.median(side)).astype(np.int64)


def _texts(size: Size, rng: np.random.Generator) -> scipy.sparse.csr_matrix:
    often = np.cumsum(1 / np.arange(1, size.features + 1))
    lengths = rng.poisson(size.words, size.rows)
    words = np.searchsorted(often, rng.random(lengths.sum()) * often[-1])
    places = (np.repeat(np.arange(size.rows), lengths), words)
    ones = np.ones(len(words), np.float32)
    return scipy.sparse.csr_matrix((ones, places), shape=(size.rows, size.features))


def bytes_of(X: Any) -> int:
    """Bytes that the numbers of X take."""
    parts = (X.data, X.indices, X.indptr) if scipy.sparse.issparse(X) else (X,)
    return sum(part.nbytes for part in parts)
