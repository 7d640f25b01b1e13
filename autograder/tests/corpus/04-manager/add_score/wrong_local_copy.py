# correct: no
# speed: not-measured
# caught by: every other process sees the new score
# Changes a plain dict made of the proxy.


def add_score(scores, student, score):
    mine = dict(scores)
    mine[student] = [*mine.get(student, []), score]
    return mine
