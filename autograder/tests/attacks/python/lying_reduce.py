# item: results whose `__reduce__` lie; a pickle
# tries: runs code wherever it is unpickled
# contained by: nothing is ever unpickled from an answer
# seen: got a Bomb

import os
import pickle


class Bomb:
    def __reduce__(self):
        return (os.system, ("echo pickled > /tmp/autograder-was-here",))

    __reduce_ex__ = lambda self, protocol: self.__reduce__()  # noqa: E731


def double(items):
    assert b"autograder-was-here" in pickle.dumps(Bomb())
    return Bomb()
