"""The models that unit 06 hands over: scikit-learn's own forests, whose `n_jobs` refuses to work.

How the trees are shared out is what an answer is asked for, so whoever asks scikit-learn to do it gets an
exception. A model is pickled by its name: a worker that gets one imports this module, and is guarded, too.
"""

from __future__ import annotations

from typing import Any

from sklearn import ensemble
from sklearn.ensemble import _forest


class SharedOutElsewhere(RuntimeError):
    """A forest was asked to share out its own trees."""


class _OneAfterTheOther(_forest.Parallel):
    """What a forest hands its trees to: here one after the other, in the thread that called."""

    def __call__(self, iterable: Any) -> Any:
        if self._effective_n_jobs() > 1:
            raise SharedOutElsewhere(
                "n_jobs lets scikit-learn share out the trees. In this lab the workers are yours to build: "
                "leave n_jobs as it is."
            )
        return super().__call__(iterable)


_forest.Parallel = _OneAfterTheOther


class RandomForestClassifier(ensemble.RandomForestClassifier):
    """As scikit-learn's."""


class RandomForestRegressor(ensemble.RandomForestRegressor):
    """As scikit-learn's."""


class UnluckyForest(ensemble.RandomForestRegressor):
    """Fails when it is fitted, in whatever process that is, and says to what numbers."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> UnluckyForest:
        """Raise a LookupError that names the first of `y`."""
        raise LookupError(f"no luck with {float(y[0])!r}")
