# correct: no
# speed: not-measured
# caught by: earlier scores stay, and the new one comes last
# Puts the new score in front.


def add_score(scores, student, score):
    scores[student] = [score, *scores.get(student, [])]
