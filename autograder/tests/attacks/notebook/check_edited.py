# item: check cell edited
# tries: has the check give full marks
# contained by: the text of a check is the instructor's


def attack(notebook, cells):
    cells["check-double"]["source"] = "2.0"
