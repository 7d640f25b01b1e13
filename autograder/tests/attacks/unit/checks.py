"""The exercise that is attacked: small, so that each attack is judged beside two honest answers."""

from autograder import Case, Check, Equals, Exercise


class Double(Exercise):
    """Twice each item; in the order of the items, and nothing for nothing."""

    signature = "double(items)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        items = [rng.randrange(1, 10**9) for _ in range(5)]
        doubled = Check("numbers", Equals([2 * item for item in items]), "Try it.", weight=3, essential=True)
        yield Case((items,), (doubled,), on="five numbers", seconds=2.0)
        yield Case(([],), (Check("nothing for nothing", Equals([]), "Try []."),), on="[]", seconds=2.0)
