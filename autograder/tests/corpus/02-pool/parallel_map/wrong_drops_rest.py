# correct: no
# speed: not-measured
# caught by: any number of workers will do
# Equal shares; what is left over after the division is lost.

from multiprocessing import Pool


def work(task):
    func, share = task
    return [func(item) for item in share]


def parallel_map(func, items, processes):
    items = list(items)
    size = len(items) // processes if processes > 0 else 0
    shares = [items[number * size : (number + 1) * size] for number in range(processes)]
    with Pool(processes) as pool:
        return [value for part in pool.map(work, [(func, share) for share in shares]) for value in part]
