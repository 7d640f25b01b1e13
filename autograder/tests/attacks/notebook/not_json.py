# item: invalid JSON
# tries: hands in half a notebook, for a program that gives up on the whole class
# contained by: a reader that ends in one error, which is its student's
# seen: JSONDecodeError

import json


def attack(notebook, cells):
    return json.dumps(notebook).encode()[:-40]
