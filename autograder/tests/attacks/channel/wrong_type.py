# item: wrong-dtype answers
# tries: returns an array of texts, then of floats, where a list of whole numbers is promised
# contained by: containers must be of the promised type
# seen: expected the result to be a list, got a ndarray

import numpy


def double(items):
    return numpy.array(items, dtype=float) * 2
