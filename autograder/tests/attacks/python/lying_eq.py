# item: results whose `__eq__` lie
# tries: equals whatever it is compared with
# contained by: only exact types of plain data pass; everything else arrives as its name
# seen: got a Liar


class Liar(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


def double(items):
    return Liar()
