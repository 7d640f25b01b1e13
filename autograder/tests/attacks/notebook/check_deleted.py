# item: check cell deleted
# tries: hands in no check: what is not there cannot fail
# contained by: the cells are the instructor's


def attack(notebook, cells):
    notebook["cells"].remove(cells["check-double"])
