"""What enters grading/submitted/, by hand and by zip_collect: hostile folders and archives."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.collection import STUDENT, Caps, NotPlain, extract, oddity, read_plain, set_odd_aside, tidy
from autograder.course import find_root

ROOT = find_root(Path(__file__).parent)
SMALL = Caps(file_bytes=1 << 20, total_bytes=4 << 20, files=50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission: grading/submitted/ann/02-pool with a notebook and a folder of notes."""
    folder = tmp_path / "grading/submitted/ann/02-pool"
    (folder / "notes").mkdir(parents=True)
    (folder / "pool.ipynb").write_text("{}")
    (folder / "notes/a.txt").write_text("mine")
    return folder


def inside(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


# By hand ---------------------------------------------------------------------------------------------

HONEST = ["notes/a.txt", "pool.ipynb"]


def test_an_honest_folder_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    assert tidy(folder) == []
    assert inside(folder) == HONEST
    assert [path.name for path in (tmp_path / "grading").iterdir()] == ["submitted"]


def put_link(folder: Path, secret: Path) -> None:
    (folder / "data.txt").symlink_to(secret)


def put_linked_folder(folder: Path, secret: Path) -> None:
    (folder / "notes/all").symlink_to(secret.parent)


def put_hard_link(folder: Path, secret: Path) -> None:
    os.link(secret, folder / "data.txt")


def put_pipe(folder: Path, secret: Path) -> None:
    os.mkfifo(folder / "pipe")


def put_socket(folder: Path, secret: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
    finally:
        os.chdir(here)


def put_look_alike(folder: Path, secret: Path) -> None:
    (folder / "p\u043eol.ipynb").write_text("{}")


def put_backwards(folder: Path, secret: Path) -> None:
    (folder / "exe\u202etxt.ipynb").write_text("{}")


def put_control_characters(folder: Path, secret: Path) -> None:
    (folder / "a\x1b[2J\nfine").write_text("x")


def put_bytes(folder: Path, secret: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("x")


def put_long_name(folder: Path, secret: Path) -> None:
    (folder / ("x" * 200)).write_text("x")


def put_depth(folder: Path, secret: Path) -> None:
    (folder / "/".join("d" * 30)).mkdir(parents=True)


def put_hole(folder: Path, secret: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)


def put_many(folder: Path, secret: Path) -> None:
    (folder / "z").mkdir()
    for number in range(STUDENT.files - 1):
        (folder / f"z/{number}").touch()


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (put_link, "'02-pool/data.txt' was left out: it is a link"),
        (put_linked_folder, "'02-pool/notes/all' was left out: it is a link"),
        (put_hard_link, "it is a hard link: the same file has 2 names. Copy it, and hand in the copy"),
        (put_pipe, "it is no file but a folder, a pipe, a socket or a device"),
        (put_socket, "it is no file but a folder, a pipe, a socket or a device"),
        (put_look_alike, r"'02-pool/p\u043eol.ipynb' was left out: its name has LATIN and CYRILLIC letters"),
        (put_backwards, "its name holds RIGHT-TO-LEFT OVERRIDE"),
        (
            put_control_characters,
            r"'02-pool/a\x1b[2J\nfine' was left out: its name holds the character U+001B",
        ),
        (put_bytes, r"'02-pool/\udcff\udcfe.txt' was left out: its name holds the character U+DCFF"),
        (put_long_name, "its name has 200 bytes, more than 120"),
        (put_depth, "it lies 8 folders deep"),
        (put_hole, "it has 1,099,511,627,776 bytes, where 20,971,5"),
        (put_many, "there are more than 500 files"),
    ],
    ids=lambda value: value.__name__[4:] if callable(value) else "",
)
def test_what_is_odd_is_moved_aside_unread_and_said(
    folder: Path, tmp_path: Path, put: Callable[[Path, Path], None], said: str
) -> None:
    secret = tmp_path / "machine/secret.txt"
    secret.parent.mkdir()
    secret.write_text("of the grader's machine")
    honest = shutil.copytree(folder / "notes", folder.parents[1] / "ben/02-pool")
    put(folder, secret)
    lines = tidy(folder)
    assert len(lines) == 1 and said in lines[0] and lines[0].isprintable() and len(lines[0]) < 700
    assert [name for name in inside(folder) if not name.startswith("z/")] == HONEST
    assert len(os.listdir(tmp_path / "grading/left-out/ann/02-pool")) == 1
    assert tidy(folder) == [], "once is enough"
    assert tidy(honest) == [] and inside(honest) == ["a.txt"]
    assert secret.read_text() == "of the grader's machine"


def test_a_submission_that_is_a_link_as_a_whole_is_moved(folder: Path, tmp_path: Path) -> None:
    borrowed = folder.parents[1] / "bob/02-pool"
    borrowed.parent.mkdir()
    borrowed.symlink_to(folder)
    assert "'02-pool' was left out: it is a link" in tidy(borrowed)[0]
    assert not os.path.lexists(borrowed) and inside(folder) == HONEST


def test_two_odd_things_of_one_name_are_both_kept(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        (folder / "data.txt").symlink_to(tmp_path)
        set_odd_aside(folder, tmp_path / "aside")
    assert sorted(os.listdir(tmp_path / "aside")) == ["data.txt", "data.txt~"]


def test_only_a_regular_file_with_one_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"12345")
    assert read_plain(tmp_path / "plain", 5) == b"12345"
    with pytest.raises(NotPlain, match="more than 4 bytes"):
        read_plain(tmp_path / "plain", 4)
    (tmp_path / "link").symlink_to("plain")
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path / "link", tmp_path / "pipe", tmp_path, Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(NotPlain):
            read_plain(odd, 10)
    os.link(tmp_path / "plain", tmp_path / "second")
    with pytest.raises(NotPlain, match="has 2 names"):
        read_plain(tmp_path / "plain", 5)


@pytest.mark.parametrize(
    "name", ["pool.ipynb", "Иван Петров_12_file_", "名前ひらがな", "naïve résumé (1).txt", "a.b-c+d"]
)
def test_names_in_any_script_are_plain(name: str) -> None:
    assert oddity(name) == ""


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "C:x", "ﬁle", "ｐool", "a\u200bb", "a\tb", "\ud800", "αlpha"]
)
def test_names_that_pretend_are_odd(name: str) -> None:
    assert oddity(name)


# Archives --------------------------------------------------------------------------------------------


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def zip_of(members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def lying_zip() -> bytes:
    """A member of 2 MiB that says, in both its headers, that it has ten bytes."""
    raw = bytearray(zipped(**{"bomb.txt": bytes(2 << 20)}))
    size = (2 << 20).to_bytes(4, "little")
    while size in raw:
        place = raw.index(size)
        raw[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(raw)


def encrypted_zip() -> bytes:
    raw = bytearray(zipped(**{"secret.txt": b"x"}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def tarred(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def tar_info(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def deep(levels: int) -> bytes:
    content = b"the core"
    for level in range(levels):
        content = zipped(**{f"{level}.zip" if level else "core.txt": content})
    return content


BOMB = zipped(zeros=bytes(900 << 10))

SPECIAL = "it is a link, a pipe or a device"
HOSTILE_ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "slip": (lambda: zipped(**{"../../evil.txt": b"x"}), "its name leads out of its folder"),
    "slip inside": (lambda: zipped(**{"a/../../evil.txt": b"x"}), "its name leads out of its folder"),
    "absolute": (lambda: zipped(**{"/tmp/autograder-was-here": b"x"}), "its name leads out of its folder"),
    "backslashes": (lambda: zipped(**{"..\\..\\evil.txt": b"x"}), "its name is a path"),
    "drive": (lambda: zipped(**{"C:evil.txt": b"x"}), "its name is a path"),
    "link": (lambda: zip_of([(special("l", stat.S_IFLNK), b"/etc/passwd")]), SPECIAL),
    "pipe": (lambda: zip_of([(special("p", stat.S_IFIFO), b"")]), SPECIAL),
    "device": (lambda: zip_of([(special("d", stat.S_IFBLK), b"")]), SPECIAL),
    "link, then a file through it": (
        lambda: zip_of([(special("d", stat.S_IFLNK), b"/tmp"), ("d/autograder-was-here", b"x")]),
        SPECIAL,
    ),
    "look-alike": (lambda: zipped(**{"p\u043eol.ipynb": b"{}"}), "LATIN and CYRILLIC"),
    "control characters": (lambda: zipped(**{"a\x1b[2J": b"{}"}), "the character U+001B"),
    "file bomb": (lambda: zipped(zeros=bytes(5 << 20)), "it has 5,242,880 bytes"),
    "lying bomb": (lying_zip, "was not read to its end"),
    "ratio bomb": (lambda: zipped(**{f"{n}": bytes(1 << 20) for n in range(3)}), "bytes come out of it"),
    "nested bomb": (lambda: zipped(**{f"{n}.zip": BOMB for n in range(40)}), "come out of it"),
    "many files": (lambda: zipped(**{f"{n}": b"" for n in range(60)}), "it holds more than 50 files"),
    "deep nesting": (lambda: deep(5), "it is an archive in an archive in an archive"),
    "encrypted": (encrypted_zip, "it is encrypted"),
    "twice one name": (lambda: zip_of([("a", b"1"), ("a/b", b"2")]), "another file of that name came before"),
    "no zip": (lambda: b"PK\x03\x04 and then nothing", "was not read to its end"),
    "empty": (lambda: b"", "was not read to its end"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE_ZIPS)
def test_a_hostile_zip_gives_only_what_is_plain_in_it(tmp_path: Path, name: str) -> None:
    make, said = HOSTILE_ZIPS[name]
    (tmp_path / "evil.zip").write_bytes(make())
    (tmp_path / "good.zip").write_bytes(zipped(**{"pool.ipynb": b"{}", "notes/a.txt": b"mine"}))
    to = tmp_path / "out/evil"
    lines = extract(tmp_path / "evil.zip", to, SMALL)
    assert any(said in line for line in lines), lines
    assert all(line.isprintable() and len(line) < 700 for line in lines)
    assert all(path.is_dir() or (path.is_file() and not path.is_symlink()) for path in to.rglob("*"))
    assert sum(path.stat().st_size for path in to.rglob("*") if path.is_file()) <= SMALL.total_bytes
    assert len(inside(to)) <= SMALL.files
    assert extract(tmp_path / "good.zip", tmp_path / "out/good", SMALL) == []
    assert inside(tmp_path / "out/good") == HONEST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.zip", "good.zip", "out"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["evil", "good"]
    assert not Path("/tmp/autograder-was-here").exists()


HOSTILE_TARS: dict[str, tuple[list[tuple[tarfile.TarInfo, bytes]], str]] = {
    "slip": ([(tar_info("../evil"), b"x")], "its name leads out of its folder"),
    "absolute": ([(tar_info("/tmp/autograder-was-here"), b"x")], "its name leads out of its folder"),
    "link": ([(tar_info("l", tarfile.SYMTYPE, "/etc/passwd"), b"")], SPECIAL),
    "hard link": ([(tar_info("h", tarfile.LNKTYPE, "/etc/passwd"), b"")], SPECIAL),
    "pipe": ([(tar_info("p", tarfile.FIFOTYPE), b"")], SPECIAL),
    "device": ([(tar_info("d", tarfile.CHRTYPE), b"")], SPECIAL),
    "link, then a file through it": (
        [(tar_info("d", tarfile.SYMTYPE, "/tmp"), b""), (tar_info("d/autograder-was-here"), b"x")],
        SPECIAL,
    ),
    "bomb": (
        [(tar_info("zeros"), bytes(90 << 20)), (tar_info("b"), b"x")],
        "more comes out of it than can be",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_TARS)
def test_a_hostile_tape_gives_only_what_is_plain_in_it(tmp_path: Path, name: str) -> None:
    members, said = HOSTILE_TARS[name]
    (tmp_path / "evil.tar.gz").write_bytes(tarred([(tar_info("pool.ipynb"), b"{}"), *members]))
    lines = extract(tmp_path / "evil.tar.gz", tmp_path / "out", SMALL)
    assert any(said in line for line in lines), lines
    assert [name for name in inside(tmp_path / "out") if not name.startswith("d/")] == ["pool.ipynb"]
    assert all(not path.is_symlink() for path in (tmp_path / "out").rglob("*"))
    assert not Path("/tmp/autograder-was-here").exists()


def test_what_a_learning_platform_packs_comes_out_whole(tmp_path: Path) -> None:
    inner = zipped(**{"pool.ipynb": b'{"cells": []}', "notes/a.txt": b"mine"})
    tape = tarred([(tar_info("pool.ipynb"), b"{}")])
    (tmp_path / "class.zip").write_bytes(
        zipped(**{"Иван Петров_1/pool.ipynb": b"{}", "ann_2/work.zip": inner, "bob_3.tar.gz": tape})
    )
    assert extract(tmp_path / "class.zip", tmp_path / "class") == []
    assert inside(tmp_path / "class") == [
        "ann_2/work/notes/a.txt",
        "ann_2/work/pool.ipynb",
        "bob_3/pool.ipynb",
        "Иван Петров_1/pool.ipynb",
    ]


def test_an_archive_that_is_a_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "real.zip").write_bytes(zipped(a=b"x"))
    (tmp_path / "link.zip").symlink_to("real.zip")
    assert extract(tmp_path / "link.zip", tmp_path / "out") == ["'link.zip' was left out: it is a link."]
    assert not (tmp_path / "out").exists()


def test_nbgrader_zip_collect_uses_it_by_configuration(tmp_path: Path) -> None:
    for name in ("nbgrader_config.py",):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name / "02-pool", tmp_path / name / "02-pool")
    archive = tmp_path / "grading/downloaded/02-pool/archive"
    archive.mkdir(parents=True)
    notebook = (ROOT / "exercises/02-pool/pool.ipynb").read_bytes()
    (archive / "hw_ann.zip").write_bytes(zipped(**{"hw_ann_pool.ipynb": notebook}))
    secret = tmp_path / "secret.txt"
    secret.write_text("of the grader's machine")
    (archive / "hw_eve.zip").write_bytes(
        zip_of(
            [
                (special("hw_eve_pool.ipynb", stat.S_IFLNK), str(secret).encode()),
                ("../../../../../evil.ipynb", b"x"),
                ("zeros", bytes(30 << 20)),
            ]
        )
    )
    (archive / "hw_bob_pool.ipynb").write_bytes(notebook)
    (archive / "hw_mal_pool.ipynb").symlink_to(secret)
    expression = r".*/hw_(?P<student_id>[a-z]+)_(?P<file_id>\w+)\.ipynb$"
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "nbgrader",
            "zip_collect",
            "02-pool",
            f"--FileNameCollectorPlugin.named_regexp={expression}",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    submitted = tmp_path / "grading/submitted"
    assert inside(submitted) == ["ann/02-pool/pool.ipynb", "bob/02-pool/pool.ipynb"]
    assert json.loads((submitted / "ann/02-pool/pool.ipynb").read_bytes())
    for said in (
        "'hw_eve_pool.ipynb' in 'hw_eve.zip' was left out: it is a link, a pipe or a device.",
        "'../../../../../evil.ipynb' in 'hw_eve.zip' was left out: its name leads out of its folder.",
        "'zeros' in 'hw_eve.zip' was left out: it has 31,457,280 bytes",
        "'hw_mal_pool.ipynb' was left out: it is a link.",
    ):
        assert said in run.stderr
    assert not list(tmp_path.rglob("evil*")) and not list(tmp_path.parent.glob("evil*"))
