# correct: no
# speed: not-measured
# caught by: a new student gets a list
# Knows only students who have a list.


def add_score(scores, student, score):
    scores[student] = scores[student] + [score]
