# item: forged nbgrader metadata
# tries: makes the check worth six hundred points, unlocked, its own answer, and of another version
# contained by: points, locks and kinds of cells come from the instructor's notebook


def attack(notebook, cells):
    marks = {"points": 600.0, "locked": False, "solution": True, "grade": True, "schema_version": 99}
    cells["check-double"]["metadata"]["nbgrader"] |= marks
    cells["check-double"]["source"] = "2.0"
    cells["double"]["metadata"]["nbgrader"] |= {"grade": True, "points": 600.0}
