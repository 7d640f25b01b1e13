"""What may enter grading/submitted/: plain files of modest size and name. The rest is left out, and said.

    a folder that came by hand     -> what is odd in it is moved aside, unread
    an archive, or a loose file    -> its plain files are copied by plain reads, within limits

Nothing is followed (links), waited for (pipes), opened (devices) or believed (sizes in an archive).
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_PART = 1 << 16
_LONGEST_NAME = 120
_DEEPEST = 8
_WRITTEN_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar")


@dataclass(frozen=True)
class Caps:
    """What one submission, or one archive with all that is in it, may hold.

    Parameters
    ----------
    file_bytes, total_bytes : int
        Bytes in the largest file, and in all together.
    files : int
        Number of files, those that are left out among them.
    ratio : int
        Bytes that come out of an archive for each byte of it. Text rarely shrinks below a twentieth.
    nested : int
        Archives inside archives, levels deep.
    """

    file_bytes: int = 20 << 20
    total_bytes: int = 1 << 30
    files: int = 5000
    ratio: int = 100
    nested: int = 2


STUDENT = Caps(total_bytes=100 << 20, files=500)


@dataclass
class Collected:
    """What was left out, in words, a line each; and what is used up of the limits."""

    caps: Caps
    left_out: list[str] = field(default_factory=list)
    files: int = 0
    total: int = 0

    def room(self) -> int:
        """Bytes that the next file may have."""
        return min(self.caps.file_bytes, self.caps.total_bytes - self.total)


class _Refused(Exception):
    """Why a file is left out, in words."""


def oddity(name: str) -> str:
    """What is wrong with the name of a file or folder, in words; empty if it is plain.

    Names in any script are plain, but a word of two scripts is made to be taken for another one.

    Examples
    --------
    >>> oddity("pool.ipynb"), oddity("\u0418\u0432\u0430\u043d pool.ipynb")
    ('', '')
    >>> oddity("p\u043eol.ipynb")
    'its name has LATIN and CYRILLIC letters in one word'
    >>> oddity("..")
    'its name leads out of its folder'
    """
    if name in ("", ".", ".."):
        return "its name leads out of its folder"
    if "/" in name or "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "its name is a path"
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        return f"its name has {len(name.encode('utf-8', 'replace'))} bytes, more than {_LONGEST_NAME}"
    strange = next((letter for letter in name if _is_strange(letter)), "")
    if strange:
        return f"its name holds {unicodedata.name(strange, f'the character U+{ord(strange):04X}')}"
    for word in re.findall(r"[^\W\d_]+", name):
        scripts = list(dict.fromkeys(unicodedata.name(letter, "?").split()[0] for letter in word))
        if len(scripts) > 1 and not set(scripts) <= _WRITTEN_TOGETHER:
            return f"its name has {' and '.join(scripts)} letters in one word"
    return ""


def _is_strange(letter: str) -> bool:
    """Whether a character cannot be seen, or stands for another one (as a full-width letter does)."""
    hidden = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return hidden or (letter > "~" and unicodedata.normalize("NFKC", letter).isascii())


def _oddity_of_path(path: str) -> str:
    """The first thing that is wrong with a relative path, as archives write them."""
    parts = path.rstrip("/").split("/")
    if len(parts) > _DEEPEST:
        return f"it lies {len(parts)} folders deep"
    return next((found for part in parts if (found := oddity(part))), "")


class NotPlain(OSError):
    """What was to be read is no regular file of its own; its text says what it is."""


def read_plain(path: Path, most: int) -> bytes:
    """Read a regular file that has one name, without following, waiting, or reading more than it may.

    Raises
    ------
    NotPlain
        If it is a link or no regular file, has a second name, or has more than `most` bytes.
    OSError
        If it cannot be opened or read.
    """
    with open_plain(path) as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise NotPlain(f"it has more than {most:,} bytes")
    return text


def open_plain(path: Path) -> IO[bytes]:
    """Open a regular file that has one name.

    Raises
    ------
    NotPlain, OSError
        As `read_plain`, but for the size.
    """
    try:
        # O_NONBLOCK: opening a pipe would wait for somebody who writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise NotPlain(_oddity_of_status(os.lstat(path)) or "it was replaced meanwhile") from None
        raise
    if found := _oddity_of_status(os.fstat(descriptor)):
        os.close(descriptor)
        raise NotPlain(found)
    return os.fdopen(descriptor, "rb")


def _oddity_of_status(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return "it is a link"
    if not stat.S_ISREG(status.st_mode):
        return "it is no file but a folder, a pipe, a socket or a device"
    if status.st_nlink > 1:
        return f"it is a hard link: the same file has {status.st_nlink} names. Copy it, and hand in the copy"
    return ""


# By hand ---------------------------------------------------------------------------------------------


def tidy(folder: Path) -> list[str]:
    """Move what is odd in ``submitted/STUDENT/UNIT`` to ``left-out/STUDENT/UNIT`` beside submitted/.

    See `set_odd_aside`.
    """
    return set_odd_aside(folder, folder.parents[1].with_name("left-out") / folder.parent.name / folder.name)


def set_odd_aside(folder: Path, aside: Path, caps: Caps = STUDENT) -> list[str]:
    """Move everything in a submission's folder that is no plain file out of it.

    Nothing is opened: moving a link, a pipe or a device does not touch what it stands for.

    Parameters
    ----------
    folder : Path
        A student's folder for one unit. If it is a link itself, the link is moved.
    aside : Path
        Where odd things go, under the same names; made when it is needed.
    caps : Caps

    Returns
    -------
    list of str
        What was moved and why, a line each.
    """
    seen = Collected(caps)
    for path, why in [*_odd(folder, folder, seen)]:
        place = aside / ascii(path.name)[1:-1][:200] if path == folder else aside / _safe(path, folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        while os.path.lexists(place):
            place = place.with_name(f"{place.name}~")
        os.rename(path, place)
        seen.left_out.append(
            f"{_shown(path.relative_to(folder.parent))} was left out: {why}. It is now {place}"
        )
    return seen.left_out


def _odd(path: Path, folder: Path, seen: Collected) -> Iterator[tuple[Path, str]]:
    """What is odd at or below a path, and why; below what is odd nothing is looked at."""
    status = os.lstat(path)
    depth = len(path.relative_to(folder).parts)
    why = oddity(path.name) if depth else ""
    if stat.S_ISDIR(status.st_mode) and not why and depth < _DEEPEST:
        for name in sorted(os.listdir(path)):
            yield from _odd(path / name, folder, seen)
        return
    if stat.S_ISDIR(status.st_mode):
        yield path, why or f"it lies {depth} folders deep"
        return
    seen.files += 1
    why = why or _oddity_of_status(status)
    # A notebook that is too big stays: whoever reads it tells its student so.
    if not why and status.st_size > seen.room() and path.suffix != ".ipynb":
        why = f"it has {status.st_size:,} bytes, where {seen.room():,} are left"
    if not why and seen.files > seen.caps.files:
        why = f"there are more than {seen.caps.files} files"
    if why:
        yield path, why
    elif path.suffix != ".ipynb":
        seen.total += status.st_size


def _safe(path: Path, folder: Path) -> Path:
    """The path in the folder with nothing strange in its names."""
    return Path(*(ascii(part)[1:-1].replace("/", "_")[:200] for part in path.relative_to(folder).parts))


def _shown(path: Path | str) -> str:
    """A name for a message: quoted, whatever is in it, and not too long."""
    text = ascii(str(path))
    return text if len(text) <= 200 else f"{text[:120]}...{text[-60:]}"


# From archives ---------------------------------------------------------------------------------------


def extract(archive: Path, to: Path, caps: Caps | None = None) -> list[str]:
    """Copy the plain files of a zip or tar archive, and of archives in it, into a folder.

    An archive in it becomes a folder of its name, within the limits of one student's.

    Parameters
    ----------
    archive : Path
        A file ending in .zip, .tar, .tar.gz or .tgz.
    to : Path
        Made if it is missing; nothing is written outside of it, and nothing in it is replaced.
    caps : Caps

    Returns
    -------
    list of str
        What was left out and why, a line each.
    """
    try:
        with open_plain(archive) as file:
            return _extract(file, archive.name, os.fstat(file.fileno()).st_size, to, caps or Caps()).left_out
    except OSError as error:
        return [f"{_shown(archive.name)} was left out: {error.strerror or error}."]


def copy_plain(path: Path, to: Path, caps: Caps = STUDENT) -> list[str]:
    """Copy one loose file by a plain read; returns why not, in words, if it was left out."""
    try:
        if found := oddity(path.name):
            raise OSError(found)
        _write(to, read_plain(path, caps.file_bytes))
    except OSError as error:
        return [f"{_shown(path.name)} was left out: {error.strerror or error}."]
    return []


def is_archive(name: str) -> bool:
    """Whether a file of that name is taken for an archive.

    Examples
    --------
    >>> is_archive("all.tar.gz"), is_archive("pool.ipynb")
    (True, False)
    """
    return name.lower().endswith(_ARCHIVES)


def stem(name: str) -> str:
    """The name of the folder that an archive is unpacked into.

    Examples
    --------
    >>> stem("ps1.tar.gz"), stem("ps1.zip")
    ('ps1', 'ps1')
    """
    first, _ = os.path.splitext(name)
    return os.path.splitext(first)[0] if first.lower().endswith(".tar") else first


def _extract(file: IO[bytes], name: str, size: int, to: Path, caps: Caps) -> Collected:
    done = Collected(caps)
    most = min(caps.total_bytes, caps.ratio * size + _PART)
    to.mkdir(parents=True, exist_ok=True)
    try:
        for member, why, content in _members(file, name, most, done):
            done.files += 1
            if done.files > caps.files:
                raise _Refused(f"it holds more than {caps.files} files; those after them are left out")
            try:
                why = _oddity_of_path(member) or why
                if why or content is None:
                    raise _Refused(why)
                text = _read(content, min(done.room(), most - done.total))
                done.total += len(text)
                if is_archive(member):
                    _nested(member, text, to, done)
                else:
                    _write(to / member, text)
            except (_Refused, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                said = (
                    str(error) if isinstance(error, _Refused) else "another file of that name came before it"
                )
                done.left_out.append(f"{_shown(member)} in {_shown(name)} was left out: {said}.")
    except (_Refused, zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError,
            NotImplementedError, RuntimeError) as error:  # fmt: skip
        done.left_out.append(f"{_shown(name)} was not read to its end: {_shown(str(error))}.")
    return done


def _nested(member: str, text: bytes, to: Path, done: Collected) -> None:
    caps = done.caps
    if not caps.nested:
        raise _Refused("it is an archive in an archive in an archive")
    left = Caps(
        min(caps.file_bytes, STUDENT.file_bytes),
        min(caps.total_bytes - done.total, STUDENT.total_bytes),
        min(caps.files - done.files, STUDENT.files),
        caps.ratio,
        caps.nested - 1,
    )
    inner = _extract(io.BytesIO(text), member, len(text), to / stem(member), left)
    done.files += inner.files
    done.total += inner.total
    done.left_out += inner.left_out


def _members(
    file: IO[bytes], name: str, most: int, done: Collected
) -> Iterator[tuple[str, str, IO[bytes] | None]]:
    """The files of an archive: path, what is odd about it, and its content."""
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if entry.is_dir():
                    continue
                if kind not in (0, stat.S_IFREG):
                    yield entry.filename, "it is a link, a pipe or a device", None
                elif entry.flag_bits & 1:
                    yield entry.filename, "it is encrypted", None
                elif entry.file_size > done.room():
                    yield (
                        entry.filename,
                        f"it has {entry.file_size:,} bytes, where {done.room():,} are left",
                        None,
                    )
                else:
                    with archive.open(entry) as content:
                        yield entry.filename, "", content
        return
    plain: IO[bytes] = file if name.lower().endswith(".tar") else gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
    with tarfile.open(fileobj=_Metered(plain, 2 * most), mode="r|") as tape:
        for info in tape:
            if info.isdir():
                continue
            if not info.isreg():
                yield info.name, "it is a link, a pipe or a device", None
            elif info.size > done.room():
                yield info.name, f"it has {info.size:,} bytes, where {done.room():,} are left", None
            else:
                yield info.name, "", tape.extractfile(info)


class _Metered(io.RawIOBase):
    """A stream that fails after so many bytes: a tape is unpacked to its end even to skip a file."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left = stream, most

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise _Refused("more comes out of it than can be")
        return part

    def readable(self) -> bool:
        return True


def _read(content: IO[bytes], most: int) -> bytes:
    """All of a stream, which may say that it is shorter than it is."""
    parts = bytearray()
    while part := content.read(_PART):
        parts += part
        if len(parts) > most:
            raise _Refused(f"more than {max(most, 0):,} bytes come out of it")
    return bytes(parts)


def _write(path: Path, text: bytes) -> None:
    """Write a new file; folders are made by us alone, so none on the way is a link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(text)
