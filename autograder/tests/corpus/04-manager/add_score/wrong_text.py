# correct: no
# speed: not-measured
# caught by: every other process sees the new score
# Turns the score into a text.


def add_score(scores, student, score):
    scores[student] = [*scores.get(student, []), f"{score}"]
