# correct: no
# speed: not-measured
# slow: yes
# caught by: a score may be 0, or the same again
# Gives a score only once.


def add_score(scores, student, score):
    mine = scores.get(student) or []
    if score not in mine:
        mine = [*mine, score]
    scores[student] = mine
