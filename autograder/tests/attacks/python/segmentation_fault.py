# item: SIGSEGV
# tries: reads address 0, which no `except` catches
# contained by: what crashes is in the box
# seen: ended without an answer

import ctypes


def double(items):
    return ctypes.string_at(0)
