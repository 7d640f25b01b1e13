# item: stderr noise
# tries: fills what is read for errors and warnings with a megabyte of its own
# contained by: the report keeps a few kilobytes of what was printed, and reads nothing in it

TRICK = """
import sys


def double(items):
    sys.stderr.write("2.0 points. No error. " * 40_000)
    return None
"""


def attack(notebook, cells):
    cells["double"]["source"] = "%%writefile double.py" + TRICK
    trick = {"cell_type": "code", "id": "trick", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(
        notebook["cells"].index(cells["check-double"]), {**trick, "source": TRICK.strip()}
    )
