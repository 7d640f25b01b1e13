# item: the student's own slow "serial version"
# tries: slows down every serial version in its process, so that its own looks fast beside them
# contained by: the serial run, and the ideal split, have boxes of their own that no answer enters

import autograder.ideal
import autograder.tasks

fast = autograder.tasks.chain


def slow(seed, rounds):
    fast(seed, rounds)
    return fast(seed, rounds)


autograder.ideal.run_shares = lambda *arguments: None
autograder.tasks.chain = slow


def parallel_map(func, items, processes):
    if processes < 1:
        raise ValueError("processes must be at least 1")
    autograder.tasks.chain = fast
    return [func(item) for item in items]
