"""Python multiprocessing, taught and graded: the public face of the package.

Names are loaded when they are first used, because this package is also imported by every worker
process of a graded answer, and those must start fast.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking import check
    from autograder.exercise import Case, Check, Equals, Exercise, Raises, SpeedRule, Work

if sys.version_info < (3, 11):  # noqa: UP036 - installing checks it; a copy of the folder does not
    raise ImportError(
        f"autograder needs Python 3.11 or newer, and this is {sys.version.split()[0]} ({sys.executable}). "
        "Choose another kernel or interpreter: 'make setup' in the course's folder makes one in .venv."
    )

_HOME = {
    "check": "autograder.checking",
    "Exercise": "autograder.exercise",
    "Case": "autograder.exercise",
    "Check": "autograder.exercise",
    "Equals": "autograder.exercise",
    "Raises": "autograder.exercise",
    "SpeedRule": "autograder.exercise",
    "Work": "autograder.exercise",
}

__all__ = ["Case", "Check", "Equals", "Exercise", "Raises", "SpeedRule", "Work", "check"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'autograder' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
