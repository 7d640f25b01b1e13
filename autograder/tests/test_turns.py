"""One at a time over all processes, whoever dies meanwhile."""

from __future__ import annotations

import subprocess
import sys

from autograder.turns import turn

HOLDER = (
    "import sys\nfrom pathlib import Path\nfrom autograder.turns import turn\n"
    "with turn(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read(1)\n"
)
COUNTER = (
    "import sys\nfrom pathlib import Path\nfrom autograder.turns import turn\n"
    "lock, count = Path(sys.argv[1]), Path(sys.argv[2])\n"
    "for _ in range(200):\n    with turn(lock):\n        count.write_text(str(int(count.read_text()) + 1))\n"
)


def test_another_waits_until_it_is_given_back_or_its_holder_is_killed(tmp_path):
    path = tmp_path / "not" / "yet" / "turn"
    for how in ("kill", "give back"):
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout.readline() == "held\n"
            waits: list[float] = []

            def waiting(seconds, waits=waits, other=other, how=how):
                waits.append(seconds)
                if len(waits) == 3:
                    other.kill() if how == "kill" else other.stdin.close()

            with turn(path, waiting):
                assert len(waits) >= 3 and waits == sorted(waits)
    assert not path.exists()


def test_no_two_are_ever_in_it_though_its_file_comes_and_goes(tmp_path):
    count = tmp_path / "count"
    count.write_text("0")
    processes = [
        subprocess.Popen([sys.executable, "-c", COUNTER, tmp_path / "turn", count]) for _ in range(3)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert count.read_text() == "600"
    assert not (tmp_path / "turn").exists()
