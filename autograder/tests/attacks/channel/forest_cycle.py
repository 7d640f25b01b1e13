# item: a forest whose node indices form a cycle
# exercise: grow
# tries: trees in which a row goes round for ever, sent as the data that the runner would make of a forest
# contained by: each node must be reached from the root in one way only
# seen: tree 0, node 1: it is the child of several nodes: a walk could go round for ever

import numpy


def grow(x, y, trees):
    # Node 1 leads to node 2, and node 2 back to node 1, whatever the row.
    def all_trees(*numbers):
        return numpy.array(numbers * trees)

    return {
        "forest": "RandomForestClassifier",
        "kind": "classifier",
        "n_features": 2,
        "n_outputs": 1,
        "classes": [numpy.array([0, 1])],
        "node_counts": all_trees(5),
        "children_left": all_trees(1, 2, 1, -1, -1),
        "children_right": all_trees(3, 2, 1, -1, -1),
        "feature": all_trees(0, 1, 1, -2, -2),
        "threshold": all_trees(0.5, 0.5, 0.5, -2.0, -2.0),
        "value": numpy.full((5 * trees, 1, 2), 0.5),
        "n_node_samples": all_trees(60, 30, 30, 30, 30),
        "weighted_n_node_samples": all_trees(60.0, 30.0, 30.0, 30.0, 30.0),
    }
