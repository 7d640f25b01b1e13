# correct: no
# speed: not-measured
# slow: yes
# caught by: earlier scores stay, and the new one comes last
# Keeps the lists in its own process, which knows only what it added.

known = {}


def add_score(scores, student, score):
    known.setdefault(student, []).append(score)
    scores[student] = known[student]
