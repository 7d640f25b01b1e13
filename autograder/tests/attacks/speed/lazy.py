# item: lazy results that compute when compared
# tries: returns a list whose items are computed when somebody looks at them
# contained by: what arrives is data; anything else is turned into data on the answer's own time, or is none


class Lazy(list):
    def __init__(self, func, items):
        super().__init__([None] * len(items))
        self.func, self.items = func, items

    def __getitem__(self, index):
        return self.func(self.items[index])

    def __iter__(self):
        return (self.func(item) for item in self.items)

    def __eq__(self, other):
        return list(self) == other

    __hash__ = None


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    return Lazy(func, list(items))
