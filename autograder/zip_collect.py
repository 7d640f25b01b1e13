"""In the place of nbgrader's extractor in ``nbgrader zip_collect``: archives give plain files only."""

from __future__ import annotations

import os
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin
from traitlets import Int

from autograder.collection import STUDENT, Caps, copy_plain, extract, is_archive, stem


class PlainExtractor(ExtractorPlugin):
    """Copies the plain files out of archives, within limits, and says what it has left out.

    nbgrader's own unpacks whatever an archive holds, to whatever size.
    """

    max_file_mib = Int(STUDENT.file_bytes >> 20, help="MiB of the largest file.").tag(config=True)
    max_total_mib = Int(Caps().total_bytes >> 20, help="MiB that come out of one archive.").tag(config=True)
    max_files = Int(Caps().files, help="Files that come out of one archive.").tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Fill `extracted_path` from what lies in `archive_path`: nbgrader's hook.

        An archive becomes a folder of its name, as with nbgrader's own extractor.
        """
        source, to = Path(archive_path), Path(extracted_path)
        caps = Caps(self.max_file_mib << 20, self.max_total_mib << 20, self.max_files)
        if not os.listdir(source):
            self.log.warning("No files found in directory: %s", source)
        for top, folders, files in os.walk(source):
            folders.sort()
            for name in sorted(files):
                path, place = Path(top, name), to / Path(top).relative_to(source)
                self.log.info("Copying from: %s", path)
                if is_archive(name):
                    left_out = extract(path, place / stem(name), caps)
                else:
                    left_out = copy_plain(path, place / name, caps)
                for line in left_out:
                    self.log.warning("%s", line)
