# item: results whose `__iter__` lie
# tries: yields, to whoever iterates, the values found in the caller's frame
# contained by: only exact types of plain data pass; nobody iterates outside
# seen: got an Eager

import sys


class Eager(list):
    def __iter__(self):
        return iter(sys._getframe(1).f_globals.get("expected", []))

    def __len__(self):
        return 5


def double(items):
    return Eager()
