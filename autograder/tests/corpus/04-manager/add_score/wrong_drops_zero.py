# correct: no
# speed: not-measured
# caught by: a score may be 0, or the same again
# Takes a score of 0 for no score.


def add_score(scores, student, score):
    mine = scores.get(student, [])
    if score:
        mine.append(score)
    scores[student] = mine
