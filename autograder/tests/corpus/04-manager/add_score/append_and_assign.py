# correct: yes
# speed: not-measured
# Changes the copy, then assigns it.


def add_score(scores, student, score):
    try:
        mine = scores[student]
    except KeyError:
        mine = []
    mine.append(score)
    scores[student] = mine
