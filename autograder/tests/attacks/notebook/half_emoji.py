# item: non-UTF-8
# tries: carries half a surrogate pair, which JSON may hold and a file may not
# contained by: what cannot be written is replaced


def attack(notebook, cells):
    cells["double"]["source"] += "# \ud83d\n"
