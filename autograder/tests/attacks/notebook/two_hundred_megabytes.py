# item: 200 MB notebook
# tries: fills the memory of whoever reads it
# contained by: the size is looked at before anything is read
# seen: has 200 MiB; at most 20 are read

import json


def attack(notebook, cells):
    text = json.dumps(notebook).encode()
    return text + b" " * ((200 << 20) - len(text))
