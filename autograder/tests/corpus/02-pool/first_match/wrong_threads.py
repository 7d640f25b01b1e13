# correct: no
# speed: not-measured
# caught by: nothing is left running
# A thread cannot be stopped.

from concurrent.futures import ThreadPoolExecutor, as_completed


def first_match(predicate, items, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    executor = ThreadPoolExecutor(processes)
    futures = {executor.submit(predicate, item): item for item in items}
    try:
        for future in as_completed(futures):
            if future.result():
                return futures[future]
        return None
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
