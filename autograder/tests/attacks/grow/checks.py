"""The exercise that forest attacks answer: a forest is its own proof, so the judge walks it."""

import numpy

from autograder import Case, Check, Exercise
from autograder.exercise import Satisfies
from autograder.forest_reader import ForestError, read_forest


class Grow(Exercise):
    """A fitted random forest of so many different trees."""

    signature = "grow(x, y, trees)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        x = numpy.array([[rng.random(), rng.random()] for _ in range(60)])
        y = numpy.array([int(a + b > 1) for a, b in x])

        def problem(value):
            try:
                forest = read_forest(value)
                right = float((forest.predict(x) == y).mean())
            except (ForestError, ValueError) as error:
                return str(error)
            if len(forest.trees) != 3:
                return f"expected 3 trees, got {len(forest.trees)}"
            if forest.twins():
                return "trees {} and {} are the same".format(*forest.twins()[0])
            return "" if right > 0.85 else f"only {right:.0%} of the rows it was grown on are predicted right"

        grown = Check("a forest", Satisfies(problem, "a fitted forest"), "Look at its trees.", essential=True)
        yield Case((x, y, 3), (grown,), on="60 rows", seconds=30.0)
