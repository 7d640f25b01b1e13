# correct: no
# speed: not-measured
# caught by: every other process sees the new score
# setdefault hands out a copy as well.


def add_score(scores, student, score):
    scores.setdefault(student, []).append(score)
