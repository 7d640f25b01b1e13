# item: import-time work
# tries: computes all that may be asked while it is imported, and looks it up when it is asked
# contained by: the inputs are drawn from a secret seed, and sent only after the import
# seen: got None

known = {number: 2 * number for number in range(200_000)}


def double(items):
    found = [known.get(item) for item in items]
    return found if None not in found else None
