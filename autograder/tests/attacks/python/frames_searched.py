# item: frames searched
# tries: looks for the expected values in the variables of whoever called it
# contained by: the expected values never enter the box
# seen: got None

import sys


def double(items):
    frame = sys._getframe()
    while frame is not None:
        for variables in (frame.f_locals, frame.f_globals):
            for name in ("expected", "case", "check", "solution", "_expected"):
                if name in variables:
                    return variables[name]
        frame = frame.f_back
    return None
