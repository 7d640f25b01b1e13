# correct: yes
# speed: fail
# slow: yes

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
    large = trees - trees // 8 if processes > 1 else trees
    shares = [share for share in (seeds[:large], seeds[large:]) if share]
    pipes, children = [], []
    for share in shares:
        mine, theirs = Pipe(duplex=False)
        child = Process(target=work, args=(theirs, model, tree_args, X, y, share))
        child.start()
        theirs.close()
        pipes.append(mine)
        children.append(child)
    answers = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
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
