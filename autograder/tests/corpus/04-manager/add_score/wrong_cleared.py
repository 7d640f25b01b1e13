# correct: no
# speed: not-measured
# slow: yes
# caught by: processes may add for several students at once
# Empties the dict and fills it again.


def add_score(scores, student, score):
    everybody = dict(scores.items())
    everybody[student] = [*everybody.get(student, []), score]
    scores.clear()
    scores.update(everybody)
