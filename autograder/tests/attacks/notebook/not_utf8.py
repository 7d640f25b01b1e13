# item: non-UTF-8
# tries: hands in bytes that are no text
# contained by: a reader that ends in one error, which is its student's
# seen: UnicodeDecodeError

import json


def attack(notebook, cells):
    return json.dumps(notebook).replace("Double", "Doppel\u00fcng", 1).encode("utf-16")
