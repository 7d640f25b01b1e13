# correct: yes
# speed: not-measured
# `+=` on an item of a proxy reads, adds and writes back.


def add_score(scores, student, score):
    if student not in scores:
        scores[student] = []
    scores[student] += [score]
