"""What the function of unit 07-beyond promises. Students read this file too: it holds no secret.

One small Dask cluster is started for the check, and the function is called seven times with its client. Data
and labels are drawn afresh. The workers write down each tree that they grow and each byte that they receive.
"""

from functools import partial

import numpy

from autograder import Case, Check, Exercise
from autograder.drivers_cluster import STRUCK, OnCluster, Sparse, Training
from autograder.exercise import Satisfies, shortened
from autograder.forest_promises import all_different, depth, grown_on, has_trees, read, same_forest
from autograder.promises import count

WORKERS, TREES, ROWS, FEATURES = 2, 13, 1000, 400
SPARSE_TREES, SPARSE_ROWS, SPARSE_FEATURES, DEPTH = 8, 300, 60, 4
MEGABYTE = 1e6
ONCE = 1.6  # times the bytes of X: it crossed once, and the rest is what Dask itself says
FIRST, SPARSE, SMALL, REFUSED, KILLED, RAISED, ALONE = range(7)
WORDS = {
    FIRST: f"{TREES} trees on an X of {ROWS} x {FEATURES}",
    SPARSE: f"{SPARSE_TREES} trees of a RandomForestRegressor on a sparse X, without a random_state",
    SMALL: "n_estimators 1",
    REFUSED: "n_estimators 0",
    KILLED: f"{TREES} trees, and a worker that is killed in its second tree while another joins",
    RAISED: f"{SPARSE_TREES} trees, of which the second on a worker raises LookupError({STRUCK!r})",
    ALONE: f"the same {TREES} trees on a cluster of one worker",
}

FOREST_HINT = (
    "Grow two trees in this process first, put them together as your function does, and compare with "
    "model(**tree_args).fit(X, y): vars() of both shows which attributes a fitted forest has."
)
BOOTSTRAP_HINT = (
    "A forest draws rows for each tree from all of X, with replacement. Look at tree_.n_node_samples[0] and "
    "tree_.weighted_n_node_samples[0] of one of your trees and of one of scikit-learn's."
)
TWINS_HINT = (
    "Equal seeds grow equal trees. Print the random_state with which each tree is grown: "
    "[tree.random_state for tree in forest.estimators_]."
)
WORKERS_HINT = (
    "What you call yourself runs in your own process. Only what is handed to the client runs on the cluster. "
    "Let a task return socket.gethostname() and os.getpid() beside its tree, and look."
)
PARAMETERS_HINT = (
    "Print get_params() of the forest that you return. A forest that a worker grew says of itself what that "
    "worker was told."
)
VAIN_HINT = (
    "Each task should grow the trees that it returns, and no others. How many does it grow, and return?"
)
EACH_HINT = (
    "A task runs on one worker, and a worker does one task at a time. "
    "How many tasks do you hand to the client?"
)
ONCE_HINT = (
    "An argument of a task travels with the task, each time. What many tasks need can be brought to the "
    "workers beforehand, and be named in the task."
)
OPEN_HINT = (
    "The client is the caller's: who opens it closes it. Look for close(), shutdown(), restart(), and for a "
    "`with` block around it."
)
HELD_HINT = (
    "The cluster keeps what a future stands for as long as somebody holds that future: in a global, in a "
    "cache, in the forest itself. Who else remembers what your function made?"
)
KEPT_HINT = "The dict is the caller's. Change a copy of it."
SPARSE_HINT = (
    "Try scipy.sparse.random(300, 60, 0.2, format='csr') with y of floats and RandomForestRegressor, in one "
    "process. Which line needs an array, labels, or a random_state that is there?"
)
SMALL_HINT = "Follow your function line by line for one tree: what is refused, shared out, put together?"
ARGUMENT_HINT = "Look at tree_args['n_estimators'] before anything is sent, and name it in the message."
KILLED_HINT = (
    "Dask gives a dead worker's tasks to another one, if any worker may do them and can get what they need. "
    "Which of your tasks needs one certain worker, or something that only some workers have?"
)
RAISED_HINT = (
    "When a tree fails, the caller must see that very exception. Look for an `except`, or for an option, "
    "that leaves failed trees out."
)
ALONE_HINT = (
    "What decides about a tree: its number in the forest, or who grows it, how many there are, and in which "
    "order they end? Print seed and number of each tree for one and for two workers."
)


class TrainOnCluster(Exercise):
    """A fitted forest, its trees grown by the workers of a Dask cluster."""

    signature = "train_on_cluster(model, tree_args, X, y, client)"
    correctness_points = 6.0

    def cases(self, rng, processes):
        drawn = numpy.random.default_rng(rng.getrandbits(64))
        labels = tuple(sorted(rng.sample(["ash", "birch", "cedar", "elm", "fir", "larch", "oak", "yew"], 3)))
        dense, sparse = classified(drawn, labels), measured(drawn)
        same = {"n_estimators": TREES, "random_state": rng.randrange(10**6)}
        few = {"n_estimators": SPARSE_TREES, "max_depth": DEPTH}
        classifier, regressor = "RandomForestClassifier", "RandomForestRegressor"
        calls = (  # in the order of FIRST, SPARSE and so on
            Training(classifier, same, data=0),
            Training(regressor, few, data=1),
            Training(regressor, {**few, "n_estimators": 1}, data=1),
            Training(classifier, {**same, "n_estimators": 0}, data=0),
            Training(classifier, same, data=0, event="kill"),
            Training(regressor, few, data=1, event="raise"),
            Training(classifier, same, data=0, event="alone"),
        )
        whole = partial(fitted, *dense)
        asked = partial(as_asked, same, few)
        sent = partial(sent_once, dense[0].nbytes)
        yield Case(
            (OnCluster((dense, sparse), calls, WORKERS),),
            (
                promise("a fitted forest comes back", whole, FOREST_HINT, 3, essential=True),
                promise("no two trees are alike", different, TWINS_HINT, 3),
                promise("the trees are grown on the workers", on_workers, WORKERS_HINT, 3, essential=True),
                promise("each tree draws from all rows", partial(grown, *dense), BOOTSTRAP_HINT, 3),
                promise("its parameters are those of tree_args", asked, PARAMETERS_HINT),
                promise("no tree is grown in vain", in_vain, VAIN_HINT),
                promise("every worker grows some of them", on_each, EACH_HINT, 2),
                promise("the data is sent once a worker", sent, ONCE_HINT, 8),
                promise("tree_args stays as it is", kept, KEPT_HINT),
                promise("the client stays open", left_open, OPEN_HINT),
                promise("nothing stays on the cluster", let_go, HELD_HINT),
                promise("sparse X and a regressor will do", partial(grown_sparse, *sparse), SPARSE_HINT),
                promise("a forest may have one tree", small, SMALL_HINT),
                promise("a bad argument raises ValueError", refused, ARGUMENT_HINT),
                promise("a worker that is killed loses nothing", survived, KILLED_HINT, 4),
                promise("an exception on a worker reaches the caller", reached, RAISED_HINT, 2),
                promise("the same forest on one worker", same_alone, ALONE_HINT, 3),
            ),
            on=f"a Dask cluster of {WORKERS} workers",
            seconds=120.0,
        )


def promise(name, test, hint, weight=1, essential=False):
    """A check: `test` says what is wrong with what was seen of all calls."""
    return Check(name, Satisfies(test, "a fitted forest"), hint, weight, essential)


def classified(drawn, labels):
    """Rows and labels: two features decide about the label, all others are noise."""
    x = drawn.random((ROWS, FEATURES))
    one, other = drawn.choice(FEATURES, 2, replace=False)
    return x, [labels[place] for place in numpy.digitize(x[:, one] + x[:, other], (0.8, 1.2))]


def measured(drawn):
    """Sparse rows, and numbers that depend on one feature."""
    x = drawn.random((SPARSE_ROWS, SPARSE_FEATURES)) * (drawn.random((SPARSE_ROWS, SPARSE_FEATURES)) < 0.3)
    y = 10 * x[:, drawn.integers(SPARSE_FEATURES)] + drawn.random(SPARSE_ROWS)
    rows, columns = numpy.nonzero(x)
    starts = numpy.searchsorted(rows, numpy.arange(SPARSE_ROWS + 1))
    return Sparse(x[rows, columns], columns.astype("int32"), starts.astype("int32"), x.shape), y


# What is wrong with what was seen, in words; empty if nothing is. -------------------------------------


def look(told, number, problem):
    """What `problem` finds in one call, with the call in words before it."""
    if number >= len(told):
        why = "took too long" if told[-1]["kind"] == "timeout" else "left no client that could be used"
        return f"{WORDS[number]}: this call was not made, because the one before it {why}"
    found = problem(told[number])
    return f"{WORDS[number]}: {found}" if found else ""


def forest_of(call):
    """The forest that a call returned, and what is wrong if it is none."""
    if call["kind"] == "timeout":
        return None, "expected a fitted forest, but it had not returned after 15 s and was left alone"
    if call["kind"] == "error":
        error = call["error"]
        where = f"\n{error['where']}" if error["where"] else ""
        return None, f"expected a fitted forest, but it raised {error['type']}: {error['text'][:300]}{where}"
    return read(call["value"])


def on_forest(told, number, problem):
    """What `problem` finds in the forest of one call, or why there is none."""

    def in_call(call):
        forest, none = forest_of(call)
        return none or problem(forest)

    return look(told, number, in_call)


def fitted(x, y, told):
    """The number of trees, features and classes."""
    classes = [sorted(set(y))]
    right = partial(has_trees, trees=TREES, kind="classifier", features=x.shape[1], classes=classes)
    return on_forest(told, FIRST, right)


def grown(x, y, told):
    """Each tree is grown on rows that were drawn from all of them."""
    labels = numpy.array(y, dtype=object)
    return on_forest(told, FIRST, lambda forest: grown_on(forest, x, labels))


def different(told):
    """No tree is there twice."""
    return on_forest(told, FIRST, all_different)


def as_asked(same, few, told):
    """What the forest says that it was asked for."""

    def problem(wanted, call):
        for name, value in wanted.items():
            if (got := call.get("params", {}).get(name)) != value:
                return (
                    f"tree_args have {name} {value!r}, and get_params() of the forest says {shortened(got)}"
                )
        return ""

    return look(told, FIRST, partial(problem, same)) or look(told, SPARSE, partial(problem, few))


def on_workers(told):
    """Who grew the trees."""

    def problem(call):
        *workers, here = call["grown"]
        if sum(workers) >= TREES:
            return ""
        return (
            f"the workers grew {count(sum(workers), 'tree')}, "
            f"and the process that called your function grew {here}"
        )

    return look(told, FIRST, problem)


def in_vain(told):
    """Trees that are not in the forest; one a worker may have been grown to see what a fitted forest is."""

    def problem(call):
        workers = sum(call["grown"][:-1])
        return "" if workers <= TREES + WORKERS else f"the workers grew {workers} trees for {TREES}"

    return look(told, FIRST, problem)


def on_each(told):
    """Whether a worker was left idle."""

    def problem(call):
        workers = call["grown"][:WORKERS]
        return "" if all(workers) else f"the workers grew {' and '.join(map(str, workers))} of the trees"

    return look(told, FIRST, problem)


def sent_once(size, told):
    """How often the data went to a worker, by the bytes that it received."""

    def problem(call):
        most = max(call["received"])
        if most < ONCE * size:
            return ""
        return (
            f"X has {size / MEGABYTE:.1f} MB, and one worker received {most / MEGABYTE:.1f} MB: "
            f"{most / size:.1f} times as much, for {max(call['grown'][:WORKERS])} trees"
        )

    return look(told, FIRST, problem)


def kept(told):
    """Whether tree_args was changed by any call."""
    changed = [number for number, call in enumerate(told) if not call["kept"]]
    return f"{WORDS[changed[0]]}: afterwards the caller's dict was another" if changed else ""


def left_open(told):
    """Whether the client could be used after each call."""
    for number, call in enumerate(told):
        if call["kind"] != "timeout" and not call["usable"]:
            return f"{WORDS[number]}: afterwards client.submit(pow, 2, 5) gave no result"
    return ""


def let_go(told):
    """What the cluster still held."""
    for number, call in enumerate(told):
        if held := call["held"]:
            some = ", ".join(held[:3]) + (", …" if len(held) > 3 else "")
            return (
                f"{WORDS[number]}: it has returned and its forest was let go, but the cluster still holds "
                f"{count(len(held), 'key')}: {some}"
            )
    return ""


def grown_sparse(x, y, told):
    """A regressor's forest on sparse rows, grown as tree_args say."""
    full = numpy.zeros(x.shape)
    full[numpy.repeat(numpy.arange(SPARSE_ROWS), numpy.diff(x.indptr)), x.indices] = x.data

    def problem(forest):
        if wrong := has_trees(forest, SPARSE_TREES, "regressor", SPARSE_FEATURES):
            return wrong
        if (deepest := depth(forest)) > DEPTH:
            return f"tree_args have max_depth {DEPTH}, but a tree is {deepest} deep"
        return all_different(forest) or grown_on(forest, full, y, whole=False)

    return on_forest(told, SPARSE, problem)


def small(told):
    """A forest of one tree."""
    right = partial(has_trees, trees=1, kind="regressor", features=SPARSE_FEATURES)
    return on_forest(told, SMALL, right)


def raised(call, error, mentions):
    """Whether this error came, with this in its text."""
    wanted = f"expected {error} with {mentions!r} in its text"
    if call["kind"] != "error":
        forest, problem = forest_of(call)
        got = f"a forest of {count(len(forest.trees), 'tree')}" if forest else problem
        return f"{wanted}, got {got}"
    told = call["error"]
    if error not in told["bases"] or mentions not in told["text"]:
        return f"{wanted}, but it raised {told['type']}: {told['text'][:300]}"
    return ""


def refused(told):
    """A forest of no trees is refused."""
    return look(told, REFUSED, lambda call: raised(call, "ValueError", "n_estimators"))


def reached(told):
    """What a worker raised is raised."""
    return look(told, RAISED, lambda call: raised(call, "LookupError", STRUCK))


def same_as_first(told, number):
    """Where the forest of a call differs from the first one's."""
    first, none = forest_of(told[FIRST])
    if none:
        return look(told, FIRST, lambda call: none)

    def problem(forest):
        found = same_forest(first, forest)
        return found and f"expected the forest of the first call, but they differ: {found}"

    return on_forest(told, number, problem)


def survived(told):
    """The death of a worker changes nothing."""
    calm = "no two workers were growing trees at the same time, so none was killed"
    if told[KILLED:] and told[KILLED]["kind"] == "value" and not told[KILLED]["killed"]:
        return f"{WORDS[KILLED]}: {calm}"
    return same_as_first(told, KILLED)


def same_alone(told):
    """The number of workers changes nothing."""
    return same_as_first(told, ALONE)
