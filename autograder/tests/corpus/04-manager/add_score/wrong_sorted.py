# correct: no
# speed: not-measured
# slow: yes
# caught by: earlier scores stay, and the new one comes last
# Sorts what was there.


def add_score(scores, student, score):
    scores[student] = sorted([*scores.get(student, []), score], reverse=True)
