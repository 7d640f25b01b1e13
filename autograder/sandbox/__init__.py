"""Where untrusted code runs. One file a mechanism; `choose` picks one, and never weakens silently."""

from __future__ import annotations

from autograder.sandbox.bare import Bare
from autograder.sandbox.base import Box, Limits, Sandbox, SandboxError
from autograder.sandbox.bubblewrap import Bubblewrap
from autograder.sandbox.docker import Docker
from autograder.sandbox.podman import Podman

__all__ = ["Bare", "Box", "Bubblewrap", "Docker", "Limits", "Podman", "Sandbox", "SandboxError", "choose"]

#: What contains, the preferred first.
MECHANISMS: tuple[type[Sandbox], ...] = (Bubblewrap, Podman, Docker)


def choose(*, own_code: bool = False, unsafe: bool = False) -> Sandbox:
    """Choose the mechanism to run code in: bubblewrap, or Podman, or Docker.

    Parameters
    ----------
    own_code : bool
        The code is the caller's own: without a mechanism it runs as a plain process.
    unsafe : bool
        The caller asked for no containment, in so many words.

    Raises
    ------
    SandboxError
        If there is no mechanism and the code is not the caller's own; says what to install.
    """
    if unsafe:
        return Bare()
    problems = []
    for mechanism in MECHANISMS:
        contained = mechanism()
        problem = contained.problem()
        if not problem:
            return contained
        problems.append(problem)
    if own_code:
        return Bare()
    raise SandboxError(
        f"no sandbox, so nothing is graded: {problems[0]} Nor can the others take its place: "
        f"{' '.join(problems[1:])} To run other people's code without any containment, "
        "on a machine you can afford to lose, say --unsafe-no-sandbox; the report will record it."
    )
