# correct: no
# speed: not-measured
# slow: yes
# caught by: a new student gets a list
# A new student's first score stands without a list.


def add_score(scores, student, score):
    if student in scores:
        scores[student] = [*scores[student], score]
    else:
        scores[student] = score
