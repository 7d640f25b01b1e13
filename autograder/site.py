"""A web site that a case or a piece of work brings along, and what was asked of it: data, nothing runs.

    site = Site(key, {"/a": Page(size=2000, seconds=0.1), "/gone": Page(status=404)})
    Case(([site.url("/a"), site.url("/gone")], 4), checks, site=site)

The harness serves it on 127.0.0.1 for the time of one call (see `autograder.server`). Its port is known
only then: until then its urls begin with `ORIGIN`, wherever in the arguments they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import shake_256
from http import HTTPStatus
from itertools import accumulate
from typing import Any

#: Stands for ``http://127.0.0.1:PORT`` until there is a port. No such host can exist (RFC 6761).
ORIGIN = "http://site.invalid"
_STATUSES = {200, *(status for status in HTTPStatus if status >= 400)}


@dataclass(frozen=True)
class Page:
    """What the server answers for one path.

    Parameters
    ----------
    size : int
        Length of the body, in bytes.
    seconds : float
        From the request to the answer, in seconds.
    status : int
        HTTP status: 200, or that of an error, which has a body like any other page.
    cut : bool
        Close the connection in the middle of the body.
    """

    size: int = 1000
    seconds: float = 0.05
    status: int = 200
    cut: bool = False


@dataclass(frozen=True)
class Site:
    """Pages by path, with bodies that nobody can make up who has not asked for them.

    Parameters
    ----------
    key : str
        Secret, drawn afresh for every case and every piece of work.
    pages : mapping of str to Page
        By path, for example "/a"; drawn as well, so that no answer can ask before it was called. The
        answer to any other path is 404, at once.

    Raises
    ------
    ValueError
        If a path is not one, or a page cannot be served.

    Examples
    --------
    >>> site = Site("secret", {"/a": Page(size=3)})
    >>> site.url("/a"), len(site.body("/a")), site.body("/a") == Site("other", site.pages).body("/a")
    ('http://site.invalid/a', 3, False)
    """

    key: str
    pages: Mapping[str, Page]

    def __post_init__(self) -> None:
        for path, page in self.pages.items():
            if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
                raise ValueError(f"{path!r} is not a path: it begins with / and holds plain characters only")
            if page.size < 2 * page.cut or page.seconds < 0 or page.status not in _STATUSES:
                raise ValueError(f"{path} cannot be served: {page}")

    def url(self, path: str) -> str:
        """Where that page will be, with `ORIGIN` in front."""
        return f"{ORIGIN}{path}"

    def body(self, path: str) -> bytes:
        """The body of that page: keyed noise."""
        return shake_256(f"{self.key}:{path}".encode()).digest(self.pages[path].size)


@dataclass(frozen=True)
class Request:
    """One request, as the server saw it.

    Parameters
    ----------
    path : str
        What was asked for; at most 200 characters of it.
    begun, ended : float
        When the request was there, and when the answer was sent or the asker had left, in seconds.
    status : int
        Of the answer; 0 if the asker left before it came.
    """

    path: str
    begun: float
    ended: float
    status: int


def placed(tree: Any, origin: str) -> Any:
    """The same JSON-ready data with `origin` in place of `ORIGIN`, in every string, keys excepted.

    Examples
    --------
    >>> placed([1, {"url": "http://site.invalid/a"}], "http://127.0.0.1:8000")
    [1, {'url': 'http://127.0.0.1:8000/a'}]
    """
    if isinstance(tree, str):
        return tree.replace(ORIGIN, origin)
    if isinstance(tree, list):
        return [placed(item, origin) for item in tree]
    if isinstance(tree, dict):
        return {name: placed(item, origin) for name, item in tree.items()}
    return tree


def most_open(spans: Iterable[tuple[float, float]]) -> int:
    """How many spans from a begin to an end overlap, at most; one may begin when another ends.

    Examples
    --------
    >>> most_open([(0, 1), (0.5, 2), (1, 2)])
    2
    """
    changes = sorted(change for begun, ended in spans for change in ((begun, 1), (ended, -1)))
    return max(accumulate((change for _, change in changes), initial=0))


def most_at_once(requests: Sequence[Request]) -> int:
    """How many requests were under way at the same time, at most.

    Examples
    --------
    >>> most_at_once([Request("/a", 0, 1, 200), Request("/b", 0.5, 2, 200), Request("/c", 1, 2, 200)])
    2
    """
    return most_open((one.begun, one.ended) for one in requests)


def at_most_at_once(workers: int, requests: Sequence[Request]) -> str:
    """What is wrong if more requests than `workers` were under way at the same time, else nothing."""
    most = most_at_once(requests)
    if most <= workers:
        return ""
    return f"the server saw {most} requests at the same time, but workers is {workers}"


def each_once(paths: Sequence[str], requests: Sequence[Request]) -> str:
    """What is wrong if not every path was asked for once and no other, else nothing.

    Examples
    --------
    >>> each_once(["/a", "/b"], [Request("/a", 0, 1, 200), Request("/a", 1, 2, 200)])
    '/a was asked for twice, but is among the urls once'
    """
    asked, wanted = Counter(one.path for one in requests), Counter(paths)
    for path, times in wanted.items():
        if not asked[path]:
            return f"{path} is among the urls, but was never asked for"
        if asked[path] != times:
            return f"{path} was asked for {_times(asked[path])}, but is among the urls {_times(times)}"
    strange = next((path for path in asked if path not in wanted), None)
    return "" if strange is None else f"{strange!r} was asked for, which is not among the urls"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
