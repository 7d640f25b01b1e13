# correct: yes
# speed: not-measured
# A new list each time, handed to the manager.


def add_score(scores, student, score):
    scores[student] = [*scores.get(student, []), score]
