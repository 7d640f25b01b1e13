# item: NaN as a wildcard
# tries: answers with not-a-number, for a checker that asks for no difference greater than some limit
# contained by: NaN equals nothing but NaN
# seen: expected result\[0\] to be \d+, got nan


def double(items):
    return [float("nan") for _ in items]
