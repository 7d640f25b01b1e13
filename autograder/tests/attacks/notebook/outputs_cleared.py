# item: `clear_output`; `update_display`
# tries: takes back what the check has shown, and writes over it
# contained by: an answer is a module, imported where there is no notebook

TRICK = """
from IPython.display import clear_output, display, update_display


def double(items):
    clear_output()
    display({"text/plain": "2.0"}, raw=True, display_id="mark")
    update_display({"text/plain": "2.0"}, raw=True, display_id="mark")
    return None
"""


def attack(notebook, cells):
    cells["double"]["source"] = "%%writefile double.py" + TRICK
    trick = {"cell_type": "code", "id": "trick", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(
        notebook["cells"].index(cells["check-double"]), {**trick, "source": TRICK.strip()}
    )
