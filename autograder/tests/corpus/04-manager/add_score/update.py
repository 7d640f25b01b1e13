# correct: yes
# speed: not-measured
# One update with this student alone.


def add_score(scores, student, score):
    scores.update({student: [*scores.get(student, ()), score]})
