# item: stripped nbgrader metadata
# tries: takes the metadata away, so that the cells cannot be told from others
# contained by: the instructor's own notebook; an answer without its name is none


def attack(notebook, cells):
    for cell in notebook["cells"]:
        cell["metadata"].pop("nbgrader", None)
    notebook["metadata"] = {}
