# item: duplicated nbgrader metadata
# tries: has three checks, of which the last one gives full marks
# contained by: only the text of solution cells is taken, by name

import copy


def attack(notebook, cells):
    for number in range(2):
        again = copy.deepcopy(cells["check-double"])
        notebook["cells"].append({**again, "id": f"again-{number}", "source": "2.0"})
