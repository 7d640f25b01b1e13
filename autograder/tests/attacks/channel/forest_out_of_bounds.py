# item: a forest whose node indices point out of bounds
# exercise: grow
# tries: trees whose children lie outside of their arrays, so that the judge reads foreign memory, or crashes
# contained by: every index is compared with the number of nodes before anything is walked
# seen: tree 0, node 0: its children are 1 and 1000000000, but the nodes are 0 to 3 - 1

from types import SimpleNamespace

import numpy


def stump(far):
    return SimpleNamespace(
        children_left=numpy.array([1, -1, -1]),
        children_right=numpy.array([far, -1, -1]),
        feature=numpy.array([0, -2, -2]),
        threshold=numpy.array([0.5, -2.0, -2.0]),
        value=numpy.array([[[0.5, 0.5]], [[1.0, 0.0]], [[0.0, 1.0]]]),
        n_node_samples=numpy.array([60, 30, 30]),
        weighted_n_node_samples=numpy.array([60.0, 30.0, 30.0]),
    )


class Forest:
    n_features_in_, n_outputs_, classes_ = 2, 1, numpy.array([0, 1])

    def predict_proba(self, x):
        return numpy.ones((len(x), 2))


def grow(x, y, trees):
    forest = Forest()
    forest.estimators_ = [SimpleNamespace(tree_=stump(10**9 + number)) for number in range(trees)]
    return forest
