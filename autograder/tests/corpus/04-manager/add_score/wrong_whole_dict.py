# correct: no
# speed: not-measured
# caught by: processes may add for several students at once
# Reads and writes back the lists of all students.


def add_score(scores, student, score):
    everybody = scores.copy()
    everybody.setdefault(student, []).append(score)
    scores.update(everybody)
