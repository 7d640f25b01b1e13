# correct: no
# speed: not-measured
# caught by: earlier scores stay, and the new one comes last
# The new score takes the place of all earlier ones.


def add_score(scores, student, score):
    scores[student] = [score]
