# correct: no
# speed: not-measured
# slow: yes
# caught by: the rest is stopped at once
# The executor's block waits for the workers that still run.

from concurrent.futures import ProcessPoolExecutor, as_completed


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    with ProcessPoolExecutor(processes) as executor:
        futures = {executor.submit(predicate, item): item for item in items}
        for future in as_completed(futures):
            if future.result():
                return futures[future]
    return None
