# item: check cell turned to markdown
# tries: makes the check a text, which nobody runs
# contained by: the kinds of cells are the instructor's


def attack(notebook, cells):
    cells["check-double"]["cell_type"] = "markdown"
    for key in ("outputs", "execution_count"):
        cells["check-double"].pop(key, None)
