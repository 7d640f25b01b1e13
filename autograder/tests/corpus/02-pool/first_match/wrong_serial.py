# correct: no
# speed: not-measured
# slow: yes
# caught by: the rest is stopped at once
# A loop: waits for whatever comes first.


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    return next((item for item in items if predicate(item)), None)
