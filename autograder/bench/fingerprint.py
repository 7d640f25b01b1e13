"""What a verdict hangs on, in sixteen letters: the code that measured, and the part of it that it used.

    timing, verdict, observe, procfs, pace whole
    checks.py, tasks.py, ideal.py          the exercise's work, and every definition reached from it by name

Comments and docstrings do not count, nor checks of correctness, nor what other exercises use: a new
exercise leaves the verdicts on the old ones standing, and a changed constant does not.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder import ideal, observe, pace, procfs, tasks, timing, verdict

_WHOLE = (timing, verdict, observe, procfs, pace)
_IN_PART = (ideal, tasks)


def fingerprint(answer: str, class_name: str, checks: Path) -> str:
    """Changes when something changes on disk that a speed verdict on this answer hangs on.

    Parameters
    ----------
    answer : str
        The answer's text.
    class_name : str
        The exercise's class in `checks`.
    checks : Path
        The unit's checks.py.
    """
    parts = [answer, *(ast.dump(_parsed(_path(module))) for module in _WHOLE)]
    declared = _parsed(checks)
    for node in declared.body:
        if isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if getattr(part, "name", "") != "cases"]
    used, words = reached(declared, {class_name})
    parts += map(ast.dump, used)
    for module in _IN_PART:
        parts += map(ast.dump, reached(_parsed(_path(module)), words)[0])
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def reached(tree: ast.Module, words: Iterable[str]) -> tuple[list[ast.stmt], set[str]]:
    """The top-level definitions that `words` name, those which they name in turn, and all their words.

    Examples
    --------
    >>> tree = ast.parse("def f(): return g(A)\\ndef g(x): return 'h'\\nA = 1\\nB = 2\\ndef h(): pass")
    >>> used, words = reached(tree, {"f"})
    >>> [node.lineno for node in used], sorted(words)
    ([1, 2, 3, 5], ['A', 'f', 'g', 'h'])
    """
    defined: dict[str, ast.stmt] = {name: node for node in tree.body for name in _names(node)}
    seen = set(words)
    waiting = sorted(seen & defined.keys())
    used = set()
    for name in waiting:
        used.add(defined[name])
        new = set(_words(defined[name])) - seen
        seen |= new
        waiting += sorted(new & defined.keys())
    return [node for node in tree.body if node in used], seen


def _names(node: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def _words(node: ast.stmt) -> Iterator[str]:
    """Names and strings in a statement: a function may be named by either."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _path(module: object) -> Path:
    return Path(str(getattr(module, "__file__", "")))


def _parsed(path: Path) -> ast.Module:
    """A module without its docstrings."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = body[1:]
    return tree
