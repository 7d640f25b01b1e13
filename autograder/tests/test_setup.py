"""The set-up: three lists of dependencies in step, the Makefile's help, scripts that fail in clear words."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"playwright-python": "playwright"}
TOOLS = ["awk", "bash", "cat", "chmod", "cut", "dirname", "env", "id", "rm", "sort", "true"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder to be the whole PATH: the ordinary tools, without Python, uv, bubblewrap, apt-get or sudo."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is not on PATH"
        # No link: what a test writes in its place would be written into the machine's own tool.
        write_program(folder / tool, f'exec {shlex.quote(found)} "$@"')
    return folder


@pytest.fixture
def run(programs: Path, tmp_path: Path) -> Run:
    """Run a command with nothing but `programs` on its PATH, an empty home folder and no standard input."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if re.match(r"PIP_|SSL_|https?_proxy", name, re.I)
        }
        return subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            env=kept | {"PATH": str(programs), "HOME": str(home)} | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def write_program(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def write_python(path: Path, difference: str) -> None:
    """This Python, different: it runs what `-c` gives it after `difference`."""
    code = f"import sys; {difference}; exec(sys.argv[1])"
    write_program(path, f'shift; exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"')


# Dependencies ----------------------------------------------------------------------------------------


def declared() -> dict[str, Requirement]:
    """The direct dependencies by name, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [entry for group in project["dependency-groups"].values() for entry in group]
    texts = project["project"]["dependencies"] + [entry for entry in groups if isinstance(entry, str)]
    return {requirement.name: requirement for requirement in map(Requirement, texts)}


def locked(python: str) -> dict[str, str]:
    """Version by name, from uv.lock, for one version of Python."""
    versions = {}
    target = {"python_full_version": python, "python_version": python}
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        markers = package.get("resolution-markers", ["python_version > '3'"])
        if any(Marker(text).evaluate(target) for text in markers):
            versions[package["name"]] = package.get("version", "")
    return versions


def conda() -> dict[str, str]:
    """Pin by PyPI name, from environment.yml, what pip installs there among them."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = [entry.replace("==", "=").removesuffix(".*") for entry in entries[-1]["pip"] if entry != "-e ."]
    pins = (entry.partition("=") for entry in [*entries[:-1], *by_pip])
    return {CONDA_NAMES.get(name, name): pin for name, _, pin in pins}


def test_conda_lists_exactly_the_direct_dependencies() -> None:
    assert conda().keys() - {"python", "pip"} == declared().keys()


def test_conda_pins_admit_the_locked_versions() -> None:
    pins = conda()
    versions = locked(pins["python"])
    wrong = {
        name: f"environment.yml has {pins[name]!r}, uv.lock has {versions[name]}"
        for name in declared()
        if not pins[name] or not f"{versions[name]}.".startswith(f"{pins[name]}.")
    }
    assert not wrong


def test_the_lock_satisfies_the_declared_ranges() -> None:
    versions = locked(conda()["python"])
    wrong = [
        f"{found} is locked at {versions[found.name]}"
        for found in declared().values()
        if versions[found.name] not in found.specifier
    ]
    assert not wrong


def test_conda_installs_this_package_with_a_python_that_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert conda()["python"] in Requirement(f"python{project['requires-python']}").specifier
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert "-e ." in environment["dependencies"][-1]["pip"]


# Makefile and .ci/run --------------------------------------------------------------------------------


def test_help_is_the_default_and_names_the_targets(run: Run) -> None:
    make = shutil.which("make")
    assert make
    told = run(make)
    assert told.returncode == 0, told.stderr
    listed = re.findall(r"^  make (\S+) +\S.*$", told.stdout, re.M)
    targets = [
        "help",
        "setup",
        "lab",
        "demo",
        "test",
        "test-all",
        "bench-verdicts",
        "bench-forest",
        "notebooks",
    ]
    assert listed == [*targets, "book", "lint", "clean"]
    assert told.stdout == run(make, "help").stdout


def test_continuous_integration_runs_make_test_in_the_root(run: Run, programs: Path, tmp_path: Path) -> None:
    write_program(programs / "make", 'echo "$PWD: make $*"', "exit 7")
    done = run("bash", ROOT / ".ci/run", cwd=tmp_path, CI="true")
    assert (done.stdout, done.returncode) == (f"{ROOT}: make test\n", 7)


# Python and uv ---------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with the set-up scripts and nothing to install."""
    folder = tmp_path / "check out"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "tiny"\nversion = "1"\nrequires-python = ">=3.11"\n[tool.uv]\npackage = false\n'
    )
    (folder / "uv.lock").write_text(
        'version = 1\nrequires-python = ">=3.11"\n\n'
        '[[package]]\nname = "tiny"\nversion = "1"\nsource = { virtual = "." }\n'
    )
    return folder


def test_python_too_old_is_one_clear_message(run: Run, checkout: Path, programs: Path) -> None:
    write_python(programs / "python3", "sys.version_info = (3, 10, 13)")
    done = run("bash", checkout / ".ci/setup")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert f"{programs}/python3 (3.10.13)" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (checkout / ".venv").exists()


def test_no_python_is_one_clear_message(run: Run, checkout: Path) -> None:
    done = run("bash", checkout / ".ci/setup")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed; found none that runs" in done.stderr


def test_a_chosen_python_is_not_replaced_by_another(run: Run, checkout: Path, programs: Path) -> None:
    write_program(programs / "python3", f'exec {shlex.quote(sys.executable)} "$@"')
    write_python(programs / "old", "sys.version_info = (3, 9, 1)")
    done = run("bash", checkout / ".ci/setup", PYTHON="old")
    assert done.returncode == 1
    assert f"found {programs}/old (3.9.1). Tried: old." in done.stderr


def test_without_uv_and_the_venv_module_the_package_is_named(
    run: Run, checkout: Path, programs: Path
) -> None:
    write_python(programs / "python3", "sys.modules['ensurepip'] = None; sys.executable = 'python3'")
    done = run("bash", checkout / ".ci/setup")
    assert done.returncode == 1
    version = "{}.{}".format(*sys.version_info)
    assert f"sudo apt-get install python{version}-venv" in done.stderr
    assert not (checkout / ".tools").exists()


def test_setup_finds_a_python_under_another_name_and_is_quick_the_second_time(
    run: Run, checkout: Path, programs: Path
) -> None:
    write_python(programs / "python3", "sys.version_info = (3, 10, 13)")
    write_program(programs / "python3.12", f'exec {shlex.quote(sys.executable)} "$@"')
    _give_uv(programs)
    first = run("bash", checkout / ".ci/setup")
    assert first.returncode == 0, first.stderr
    assert (checkout / ".venv/bin/python").exists()

    write_program(programs / "uv", "exit 9")
    second = run("bash", checkout / ".ci/setup")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_setup_makes_the_environment_anew_where_the_lock_is_newer_or_the_folder_was_moved(
    run: Run, checkout: Path, programs: Path, tmp_path: Path
) -> None:
    write_program(programs / "python3", f'exec {shlex.quote(sys.executable)} "$@"')
    _give_uv(programs)
    assert run("bash", checkout / ".ci/setup").returncode == 0

    stamp = checkout / ".venv/.ready"
    os.utime(stamp, (0, 0))
    assert run("bash", checkout / ".ci/setup").returncode == 0
    assert stamp.stat().st_mtime > 0, "a stamp older than the lock counted as ready"

    moved = checkout.rename(tmp_path / "moved")
    done = run("bash", moved / ".ci/setup")
    assert done.returncode == 0, done.stderr
    assert str(moved / ".venv") in (moved / ".venv/bin/activate").read_text()


def test_lectures_are_tried_on_another_python_in_an_environment_of_its_own(
    run: Run, checkout: Path, programs: Path
) -> None:
    write_program(programs / "python3.12", f'exec {shlex.quote(sys.executable)} "$@"')
    _give_uv(programs)
    done = run("bash", checkout / ".ci/lectures", "3.12")
    assert "No module named pytest" in done.stderr  # a tiny project's environment holds none
    assert (checkout / ".tools/python3.12/bin/python").exists() and not (checkout / ".venv").exists()


def test_a_python_that_lectures_should_be_tried_on_and_is_missing_is_one_clear_message(
    run: Run, checkout: Path, programs: Path
) -> None:
    write_program(programs / "python3.12", "exit 127")  # a shim of pyenv's that leads nowhere
    done = run("bash", checkout / ".ci/lectures", "3.12")
    assert done.returncode == 1
    assert (
        "there is no Python 3.12 on this machine" in done.stderr and "make test-all PYTHONS=" in done.stderr
    )


def _give_uv(programs: Path) -> None:
    """Put the uv of this machine, if there is one, where the scripts look; without it they bootstrap one."""
    path = f"{os.environ['PATH']}:{ROOT}/.tools/uv/bin"
    if shutil.which("uv", path=path):
        write_program(programs / "uv", f"PATH={shlex.quote(path)}", 'exec uv "$@"')


# System packages -------------------------------------------------------------------------------------


def test_without_bubblewrap_and_the_right_to_install_it_the_command_is_named(run: Run) -> None:
    done = run("bash", ROOT / ".ci/system", "sandbox")
    assert done.returncode == 1
    assert "bubblewrap is missing" in done.stderr
    assert "sudo apt-get install bubblewrap" in done.stderr
    assert "cannot make a sandbox" not in done.stderr


def test_without_bubblewrap_no_test_is_run(run: Run, programs: Path) -> None:
    make = shutil.which("make")
    assert make
    done = run(make, "--assume-old=environment", "test")
    assert done.returncode == 2
    assert "bubblewrap is missing" in done.stderr
    assert "pytest" not in done.stdout


def test_a_bubblewrap_without_namespaces_is_reported_in_its_own_words(run: Run, programs: Path) -> None:
    write_program(programs / "bwrap", 'echo "bwrap: No permissions to create new namespace" >&2', "exit 1")
    done = run("bash", ROOT / ".ci/system", "sandbox")
    assert done.returncode == 1
    assert "cannot make a sandbox here: bwrap: No permissions to create new namespace" in done.stderr


def test_bubblewrap_is_installed_where_the_user_may(run: Run, programs: Path) -> None:
    write_program(programs / "id", "echo 0")
    install = f"printf '#!/bin/sh\\n' >{programs}/bwrap; chmod +x {programs}/bwrap"
    write_program(programs / "apt-get", f'case "$*" in *" install "*bubblewrap) {install};; esac')
    done = run("bash", ROOT / ".ci/system", "sandbox")
    assert done.returncode == 0, done.stderr
    assert "Installing bubblewrap with apt-get" in done.stderr


def test_a_missing_podman_stops_nothing_but_its_own_tests(run: Run) -> None:
    done = run("bash", ROOT / ".ci/system", "podman")
    assert done.returncode == 0
    for package in ("podman", "crun"):
        assert f"sudo apt-get install {package}" in done.stderr
    assert "the tests of Podman will fail" in done.stderr


def test_a_missing_postgresql_is_installed_or_stops_nothing_but_its_own_tests(run: Run) -> None:
    done = run("bash", ROOT / ".ci/system", "postgresql")
    assert done.returncode == 0
    there = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert bool(there) != ("sudo apt-get install postgresql" in done.stderr)


def test_a_missing_chromium_stops_nothing(run: Run) -> None:
    done = run("bash", ROOT / ".ci/system", "browser")
    assert done.returncode == 0
    assert "sudo apt-get install chromium" in done.stderr


def test_without_npm_only_the_tests_of_accessibility_are_missing_something(run: Run, tmp_path: Path) -> None:
    done = run("bash", ROOT / ".ci/system", "axe", cwd=tmp_path)
    assert done.returncode == 0
    assert "axe-core could not be brought by npm" in done.stderr
    assert "Install Node.js with npm" in done.stderr


def test_axe_is_installed_once_by_its_name_and_version(run: Run, programs: Path, tmp_path: Path) -> None:
    folder = ".tools/node_modules/axe-core"
    bring = f'/bin/mkdir -p {folder}; echo >{folder}/axe.min.js; echo "$@" >>asked'
    write_program(programs / "npm", f"PATH=/bin:/usr/bin; {bring}")
    write_program(programs / "mkdir", 'exec /bin/mkdir "$@"')
    for _ in range(2):
        assert run("bash", ROOT / ".ci/system", "axe", cwd=tmp_path).returncode == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 1 and re.search(r"--prefix \.tools axe-core@[\d.]+$", asked[0])
