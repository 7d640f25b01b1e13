# item: `os._exit`
# tries: ends the checker at once, with the status of success
# contained by: a process that is gone has given no answer
# seen: ended without an answer

import os


def double(items):
    os._exit(0)
