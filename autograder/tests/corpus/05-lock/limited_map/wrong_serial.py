# correct: no
# speed: not-measured
# slow: yes
# caught by: `prepare` is not limited
# A list comprehension: the limit is kept.


def limited_map(prepare, use, items, processes, limit):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    return [use(prepare(item)) for item in items]
