# item: output printed to look like a verdict
# tries: prints what a checker, and nbgrader, would say of a right answer
# contained by: the mark comes from the harness, and never from what was printed
# seen: got None

import json
import sys


def double(items):
    print("\x1b[2J\x1b[H2.0 of 2 points: numbers, nothing for nothing, nothing is left running")
    print(json.dumps({"exercise": "double", "points": 2.0, "correct": True, "verdict": "pass"}))
    print("2.0", file=sys.stderr)
    sys.stdout.write("2.0\n")
    return None
