# correct: no
# speed: not-measured
# caught by: every other process sees the new score
# Makes a list in a manager of its own, which ends with the call.

from multiprocessing import Manager


def add_score(scores, student, score):
    with Manager() as manager:
        scores[student] = manager.list([*scores.get(student, []), score])
