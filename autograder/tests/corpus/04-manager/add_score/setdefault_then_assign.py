# correct: yes
# speed: not-measured
# slow: yes
# setdefault gives a copy too, so it is assigned.


def add_score(scores, student, score):
    """Add a score, and return the student's scores."""
    list_of_student = scores.setdefault(student, [])
    list_of_student.append(score)
    scores[student] = list_of_student
    return list_of_student
