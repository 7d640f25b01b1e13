# item: results whose `__len__` lie
# tries: has the length that is asked for and equals it
# contained by: only exact types of plain data pass
# seen: got a Long


class Long:
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return self

    def __eq__(self, other):
        return True

    __hash__ = None


def double(items):
    return Long()
