# correct: no
# speed: not-measured
# slow: yes
# caught by: a forest may be large
# Waits for the end of the workers before it reads what they have sent.

from multiprocessing import Pipe, Process

import joblib
from sklearn.utils import check_random_state


def train_in_parallel(model, tree_args, X, y, processes=None):
    if processes is None:
        processes = joblib.cpu_count()
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    trees = tree_args["n_estimators"]
    if trees < 1:
        raise ValueError(f"n_estimators must be at least 1, got {trees}")
    seeds = check_random_state(tree_args.get("random_state")).randint(2**31 - 1, size=trees).tolist()
    workers = min(processes, trees)
    pipes = [Pipe(duplex=False) for _ in range(workers)]
    ends = [trees * part // workers for part in range(workers + 1)]
    children = [
        Process(target=work, args=(pipes[n][1], model, tree_args, X, y, seeds[ends[n] : ends[n + 1]]))
        for n in range(workers)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    answers = [mine.recv() for mine, _ in pipes]
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    grown = [one for answer in answers for one in answer]
    forest = grown[0]
    forest.estimators_ = [tree for one in grown for tree in one.estimators_]
    return forest.set_params(**model(**tree_args).get_params())


def work(pipe, model, tree_args, X, y, share):
    try:
        pipe.send(
            [model(**{**tree_args, "n_estimators": 1, "random_state": seed}).fit(X, y) for seed in share]
        )
    except Exception as error:
        pipe.send(error)
