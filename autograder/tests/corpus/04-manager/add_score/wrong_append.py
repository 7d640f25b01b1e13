# correct: no
# speed: not-measured
# caught by: every other process sees the new score
# Appends to the copy that the proxy hands out.


def add_score(scores, student, score):
    if student not in scores:
        scores[student] = []
    scores[student].append(score)
