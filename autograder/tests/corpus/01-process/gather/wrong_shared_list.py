# correct: no
# speed: not-measured
# caught by: every result is there
# The children put their results into a list, each into its own copy of it.

from multiprocessing import Process

results = []


def work(target, argument):
    results.append(target(argument))


def gather(target, arguments):
    processes = [Process(target=work, args=(target, argument)) for argument in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return results
