# item: `os.abort`
# tries: crashes the checker
# contained by: what crashes is in the box
# seen: ended without an answer

import os


def double(items):
    os.abort()
