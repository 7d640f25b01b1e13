# item: `sys.exit`
# tries: ends the checker with the status of success
# contained by: ending is no answer
# seen: it raised SystemExit: 0

import sys


def double(items):
    sys.exit(0)
