# item: an early execute_result
# tries: shows the number of full marks before the check does, from inside the answer
# contained by: an answer is a module, imported where there is no notebook

TRICK = """
def double(items):
    get_ipython().displayhook(2.0)
    raise KeyboardInterrupt
"""


def attack(notebook, cells):
    cells["double"]["source"] = "%%writefile double.py" + TRICK
    trick = {"cell_type": "code", "id": "trick", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(
        notebook["cells"].index(cells["check-double"]), {**trick, "source": TRICK.strip()}
    )
