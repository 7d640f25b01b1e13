# item: swapped nbgrader metadata
# tries: gives the check the name of the answer, and the answer the name of the check
# contained by: a check that is taken for an answer is a wrong one


def attack(notebook, cells):
    answer, check = cells["double"]["metadata"], cells["check-double"]["metadata"]
    cells["double"]["metadata"], cells["check-double"]["metadata"] = check, answer
