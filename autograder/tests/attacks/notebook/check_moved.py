# item: check cell moved
# tries: has the check come before the answer, and a number after it
# contained by: the order of the cells is the instructor's


def attack(notebook, cells):
    notebook["cells"].remove(cells["check-double"])
    notebook["cells"].insert(0, cells["check-double"])
