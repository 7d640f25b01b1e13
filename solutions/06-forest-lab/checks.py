"""What the two functions of unit 06-forest-lab promise. Students read this file too: it holds no secret.

Data and trees are drawn from a generator whose seed only the harness knows, afresh for every call. A forest
is judged by its trees' own numbers. Importing scikit-learn takes long, so one box sees many calls.
"""

from dataclasses import dataclass, replace
from functools import partial

from autograder import Case, Check, Exercise, Raises, SpeedRule, Work
from autograder.drivers_forest import (
    MadeForest,
    Prediction,
    Predictions,
    Table,
    TimedPrediction,
    TimedTraining,
    Training,
    Trainings,
)
from autograder.exercise import Call, Expectation, Outcome, difference, shortened, spread
from autograder.forest_promises import all_different, depth, grown_on, has_trees, read, same_forest
from autograder.forest_reader import read_forest
from autograder.promises import count, key

CLASSIFIER, REGRESSOR = "RandomForestClassifier", "RandomForestRegressor"
TARGETS = {
    "classes": "three classes",
    "words": "three classes that are words",
    "pairs": "two columns of classes",
    "number": "real numbers",
    "numbers": "two columns of real numbers",
}
REFUSED = "a bad argument raises ValueError"
ARGUMENT_HINT = (
    "Look at the argument before you start anything, and say in the message which argument is wrong."
)
WORKERS_HINT = (
    "Try it on paper: who gets what when there are more workers than trees (or rows), or only one worker? "
    "And how many workers are there when nobody says?"
)
FOREST_HINT = (
    "Print type(forest), len(forest.estimators_) and forest.classes_ of what you return. The slide makes a "
    "forest that was never fitted, and gives it trees: what fit() would have set is missing. Who has been "
    "fitted on all of y, and knows its classes?"
)
TWINS_HINT = (
    "Where does each worker's random state come from? A forked worker has a copy of its parent's, all the "
    "same; and who is given the same random_state grows the same tree. Print the seed in each task."
)
GROWN_HINT = (
    "Each tree gets all of X and y, and the model draws its sample of the rows. Do you share out the rows, "
    "when it is trees that you mean to share out? Are X and y in the same order? Do all of tree_args reach "
    "the workers?"
)
DOES_HINT = (
    "Ask the forest that you return for predict, predict_proba, score and feature_importances_, and the "
    "same of its pickled copy. What does it lack that a forest has after model(**tree_args).fit(X, y)?"
)
ASKED_HINT = (
    "Print forest.get_params() of what you return. A forest that a worker grew says of itself what the "
    "worker was told: how many trees, which random_state."
)
SAME_HINT = (
    "A tree may depend on its place in the forest and on random_state, on nothing else: not on the worker "
    "that grows it, nor on how many trees that worker has grown. And results that come in the order of "
    "their end are in another order each time."
)
NEW_HINT = (
    "random_state=None means: new numbers each time. Where do your seeds come from when nobody gives one?"
)
OTHER_HINT = "What is random_state of tree_args used for in your function? All seeds should follow from it."
LARGE_HINT = (
    "A big forest takes a pipe or a queue more than it can hold at once. Who has sent something waits until it "
    "is read; and who waits for the end of the sender before reading, waits for ever."
)
KEPT_HINT = (
    "tree_args belongs to the caller, who may use it again. To change a dict for yourself, make a new one, "
    "as in {**tree_args, 'max_depth': 3}."
)
KIND_HINT = (
    "What in your function holds only for a classifier, for one column of y, or for labels that are "
    "numbers? What scikit-learn's own fit does with y need not be done again."
)
SPARSE_HINT = (
    "A sparse matrix is no numpy array: len(X) is an error, numpy.asarray(X) and numpy.array_split(X, 2) "
    "make one object of it, and its numbers lie in X.data, X.indices and X.indptr. X.shape and X[3:7] work "
    "on both. Try a small scipy.sparse.csr_matrix."
)
SENT_HINT = (
    "Look at what a task is made of. What goes along with every tree is pickled, sent and unpickled with "
    "every tree. What a worker needs all its life it can be given once; lecture 02 shows how."
)
MEMORY_HINT = "Count the arrays of the size of X that are alive at the same time, and who holds each."
EXCEPTION_HINT = (
    "A worker that raises must not go unheard. Look for an `except` that hides it, for a result that is "
    "never fetched, or for a Process whose end nobody asks about."
)
VALUES_HINT = (
    "Compare with forest.predict(X) on three rows, in one process first. Is every row there, once, and in "
    "the order of X?"
)
EXACT_HINT = (
    "A forest adds up what its trees say, in their order, and only then decides. Trees that vote give "
    "another answer, and so does a sum in another order, if only in the last digit. What can you share out "
    "so that nothing needs to be added up again?"
)
KINDS_HINT = (
    "Labels may be words, there may be several columns, and a regressor has no classes. What in your "
    "function depends on that, when forest.predict knows it by itself?"
)
FOREST_KEPT_HINT = "The forest and X belong to the caller. What you change in them, change in a copy."
REFUSES_HINT = (
    "Give forest.predict itself such rows, and see what it does: the caller must get the same exception. "
    "Look for an `except` that hides it, or a result that is never fetched."
)
SECONDS = 25.0


@dataclass(frozen=True)
class Seen(Expectation):
    """What came of one of many calls passes a test: a function from what was told of it to the problem."""

    calls: tuple
    number: int
    test: object
    expected: str

    def problem(self, outcome):
        """See `Expectation.problem`."""
        on = f"{in_words(self.calls[self.number])}: "
        if outcome.kind != "value":
            return f"{on}expected {self.expected}, but {outcome.in_words()}"
        told = outcome.value[self.number]
        if "error" in told:
            return f"{on}expected {self.expected}, but {raised(told).in_words()}"
        found = self.test(told)
        return found and on + found


@dataclass(frozen=True)
class Refuses(Expectation):
    """One of many calls raises what `raises` wants."""

    calls: tuple
    number: int
    raises: Raises

    def problem(self, outcome):
        """See `Expectation.problem`."""
        on = f"{in_words(self.calls[self.number])}: "
        if outcome.kind == "value":
            told = outcome.value[self.number]
            if "error" not in told:
                return f"{on}expected {self.raises.error}, but nothing was raised"
            outcome = raised(told)
        found = self.raises.problem(outcome)
        return found and on + found


def raised(told):
    """An exception that was told of a call."""
    error = told["error"]
    return Outcome(
        "error", error=error["type"], bases=tuple(error["bases"]), text=error["text"], where=error["where"]
    )


def in_words(call):
    """A call as a student would write it, and on what data."""
    table, workers = call.table, "" if call.default else f", processes={call.processes}"
    form = "sparse" if table.form == "csr" else "dense"
    shape = f"{form} X of {table.rows} x {table.features}"
    if isinstance(call, Training):
        return (
            f"train_in_parallel({call.model}, {call.tree_args}, X, y{workers}) with {shape}, "
            f"y of {TARGETS[table.target]}"
        )
    trees = f"a forest of {count(call.forest.trees, 'tree')} for {TARGETS[call.forest.target]}"
    return f"predict_in_parallel(forest, X{workers}) with {trees}, {shape}"


def a_forest(call):
    """A test: a forest as the model makes it, with the trees that were asked for."""

    def look(told):
        forest, wrong = read(told["value"])
        if wrong:
            return wrong
        if told["type"] != call.model:
            return f"expected a {call.model}, got a {told['type']}"
        x, y = call.table.arrays()
        classifies = call.model == CLASSIFIER
        columns = y.reshape(len(y), -1).T.tolist()
        classes = [sorted(set(column)) for column in columns] if classifies else None
        kind = "classifier" if classifies else "regressor"
        return has_trees(forest, call.tree_args["n_estimators"], kind, x.shape[1], classes)

    return look


def of_forest(test):
    """A test of the forest, beside another one that says whether it is a forest at all."""

    def look(told):
        forest, wrong = read(told["value"])
        return "" if wrong else test(forest)

    return look


def with_different_trees(call):
    """A test: no tree is the same as another."""
    return of_forest(all_different)


def on_its_data(call):
    """A test: each tree was grown on X and y, as `tree_args` say."""
    args = call.tree_args
    deepest = args.get("max_depth")

    def look(forest):
        if deepest is not None and depth(forest) > deepest:
            return f"its trees are {depth(forest)} steps deep, but max_depth is {deepest}"
        x, y = call.table.arrays()
        return grown_on(forest, x, y, bootstrap=args.get("bootstrap", True), whole=deepest is None)

    return of_forest(look)


def all_of(*tests):
    """A test: the first problem of several."""
    return lambda told: next((found for test in tests if (found := test(told))), "")


def does(call):
    """A test: it predicts what its trees say, scores, pickles, and has been fitted in every respect."""

    def look(told):
        forest, wrong = read(told["value"])
        if wrong:
            return ""
        rows, wanted = call.asked.arrays()
        told = told["does"]
        names = ["predict", "feature_importances_", "pickle", "clone", "get_params"]
        names += ["predict_proba"] if forest.kind == "classifier" else []
        names += ["score"] if forest.n_outputs == 1 else []  # scikit-learn scores no columns of classes
        for name in names:
            if told[name][1]:
                return f"{name} raised {told[name][1]}"
        predicted = forest.predict(rows)
        for name in ("predict", "pickle"):
            if told[name][0] != predicted.tolist():
                where = "predict of the forest" if name == "predict" else "predict of its pickled copy"
                return f"{where} does not give what its trees say"
        if forest.kind == "classifier":
            if differ(forest.predict_proba(rows), told["predict_proba"][0]):
                return "predict_proba does not give the mean of its trees' shares"
            if forest.n_outputs == 1 and abs(told["score"][0] - (predicted == wanted).mean()) > 1e-9:
                return f"score gives {told['score'][0]:g}, but {(predicted == wanted).mean():g} is right"
        shares = told["feature_importances_"][0]
        if shares.shape != rows.shape[1:] or abs(shares.sum() - 1) > 1e-6:
            return f"feature_importances_ do not add up to 1 over the features: {shortened(shares)}"
        return ""

    return look


def differ(shares, told):
    """Whether arrays of shares, or lists of them, are not the same."""
    if isinstance(shares, list):
        return len(told) != len(shares) or any(map(differ, shares, told))
    return told.shape != shares.shape or bool(abs(shares - told).max() > 1e-12)


def as_asked(call):
    """A test: the forest's parameters are those of `tree_args`, and its clone's too."""

    def look(told):
        asked = {"random_state": None, "n_jobs": None, **call.tree_args}
        for what in ("get_params", "clone"):
            got, wrong = told["does"][what]
            if wrong:
                return ""  # another check says so
            off = next((name for name in asked if got.get(name) != asked[name]), None)
            if off is not None:
                return f"{what} gives {off}={got.get(off)!r}, but {asked[off]!r} was asked for"
        return ""

    return look


def unchanged(call):
    """A test: the arguments are what they were."""

    def look(told):
        if dict(told["tree_args"]) != call.tree_args:
            return f"tree_args were {call.tree_args}, and afterwards {dict(told['tree_args'])}"
        return "" if told["data unchanged"] else "X or y is not what it was before"

    return look


@dataclass(frozen=True)
class Alike(Expectation):
    """Two calls gave the same forest; or, with `wanted` False, they did not."""

    calls: tuple
    number: int
    other: int
    wanted: bool = True

    def problem(self, outcome):
        """See `Expectation.problem`."""
        forests = []
        for number in (self.number, self.other):
            if outcome.kind != "value" or "error" in outcome.value[number]:
                return Seen(self.calls, number, None, "a forest").problem(outcome)
            forest, wrong = read(outcome.value[number]["value"])
            if wrong:
                return f"{in_words(self.calls[number])}: {wrong}"
            forests.append(forest)
        found = same_forest(*forests)
        on = f"{in_words(self.calls[self.number])}: "
        if self.wanted and found:
            return f"{on}compared with the forest of processes={self.calls[self.other].processes}, {found}"
        if not self.wanted and not found:
            return f"{on}it gave the same forest, tree by tree, as {in_words(self.calls[self.other])}"
        return ""


def failing(driver, good, *bad, checks=()):
    """The case of calls that must raise, each with its check; the first call of a driver must not."""
    calls = (good, *(call for call, _ in bad))
    refuse = (
        replace(check, expectation=Refuses(calls, number, check.expectation))
        for number, (_, check) in enumerate(bad, 1)
    )
    return Case((driver(calls),), (*checks, *refuse), on=f"{len(calls)} calls in a row", seconds=SECONDS)


def bad_processes(good):
    """A call with a bad number of workers, and its check, twice."""
    for workers in (0, -1):
        yield (
            replace(good, processes=workers),
            Check(REFUSED, Raises("ValueError", "processes"), ARGUMENT_HINT),
        )


def not_sent(call):
    """A test: less was written, to workers or to files, than X for each of a few workers."""

    def look(told):
        size, written = table_bytes(call), told["written"]
        most = (call.processes + 2) * size
        if written is None or written <= most:
            return ""
        return (
            f"{written / 1e6:.0f} MB went into pipes or files, that is X {written / size:.0f} times, for "
            f"{call.tree_args['n_estimators']} trees and {count(call.processes, 'worker')}"
        )

    return look


def table_bytes(call):
    """Bytes of X."""
    return call.table.rows * call.table.features * 4


def not_kept(call):
    """A test: memory grew by no more than X for each of a few workers, and what a process has by itself."""

    def look(told):
        size, grown = table_bytes(call), told["memory"]
        if grown is None:
            return ""
        most = (call.processes + 3) * size + told["children"] * told["at first"]
        if grown <= most:
            return ""
        return f"memory grew by {grown / 1e6:.0f} MB, that is X {grown / size:.0f} times"

    return look


class TrainInParallel(Exercise):
    """A forest whose trees are grown by workers: the slide's function, mended."""

    signature = "train_in_parallel(model, tree_args, X, y, processes=None)"
    correctness_points = 3.0
    speed_points = 3.0
    speed = SpeedRule(threshold=0.80, seconds=0.5)

    def cases(self, rng, processes):
        def table(target="classes", rows=150, features=12, **more):
            return Table(key(rng), rows, features, target, **more)

        def args(trees, **more):
            return {"n_estimators": trees, "random_state": rng.randrange(10**6), **more}

        def asked(model, tree_args, one):
            return Training(model, tree_args, one, processes, replace(one, key=key(rng), rows=60))

        first = asked(CLASSIFIER, args(3 * processes + 1), table())
        free = Training(CLASSIFIER, {"n_estimators": 3 * processes + 1}, table(), processes)
        big = table(rows=2000, features=1000, dtype="float32")
        kinds = (
            asked(CLASSIFIER, args(5), table("words")),
            asked(CLASSIFIER, args(4), table("pairs")),
            asked(REGRESSOR, args(5, bootstrap=False, max_features=1), table("number")),
            asked(REGRESSOR, args(5), table("numbers")),
        )
        any_number = (
            Training(CLASSIFIER, args(2, max_depth=3), table(), processes + 3),
            Training(CLASSIFIER, args(3), table(), None, default=True),
        )
        calls = (
            first,
            replace(first, processes=1, asked=None),
            replace(first, processes=processes + 1, asked=None),
            free,
            free,
            asked(CLASSIFIER, args(5), table(features=30, form="csr", dtype="float32")),
            Training(CLASSIFIER, args(24, max_depth=1, max_features=1), big, processes, watched=True),
            *kinds,
            *any_number,
            replace(
                first, tree_args={**first.tree_args, "random_state": first.tree_args["random_state"] + 1}
            ),
        )

        def check(name, number, hint, *tests, weight=1.0, essential=False):
            look = all_of(*(test(calls[number]) for test in tests))
            return Check(name, Seen(calls, number, look, "a forest"), hint, weight, essential)

        different = "the trees are all different"
        same = "the same forest for any number of processes"
        checks = [
            check(
                "a forest of n_estimators trees comes back",
                0,
                FOREST_HINT,
                a_forest,
                weight=2,
                essential=True,
            ),
            check(different, 0, TWINS_HINT, with_different_trees, weight=2),
            check(different, 3, TWINS_HINT, a_forest, with_different_trees, weight=2),
            check("each tree is grown on a sample of X and y", 0, GROWN_HINT, on_its_data, weight=3),
            check("it does what a fitted forest does", 0, DOES_HINT, does, weight=2),
            check("its parameters are those of tree_args", 0, ASKED_HINT, as_asked),
            check("tree_args, X and y are unchanged", 0, KEPT_HINT, unchanged),
            *(Check(same, Alike(calls, number, 0), SAME_HINT, 3) for number in (1, 2)),
            Check("without random_state each forest is a new one", Alike(calls, 4, 3, False), NEW_HINT),
            Check(
                "another random_state gives another forest",
                Alike(calls, len(calls) - 1, 0, False),
                OTHER_HINT,
            ),
            check("X may be sparse", 5, SPARSE_HINT, a_forest, on_its_data, does),
            check("X is not sent once a tree", 6, SENT_HINT, a_forest, not_sent, weight=2),
            check("memory does not grow with the trees", 6, MEMORY_HINT, not_kept),
        ]
        for number in range(7, 7 + len(kinds)):
            name = "regressors, words and several outputs work too"
            checks.append(check(name, number, KIND_HINT, a_forest, on_its_data, does))
        for number in range(7 + len(kinds), len(calls) - 1):
            checks.append(check("any number of workers will do", number, WORKERS_HINT, a_forest, on_its_data))
        yield Case((Trainings(calls),), tuple(checks), on=f"{len(calls)} calls in a row", seconds=SECONDS)

        large = Training(CLASSIFIER, args(24), table(rows=600), processes)
        look = all_of(a_forest(large), on_its_data(large))
        whole = Check("a forest may be large", Seen((large,), 0, look, "a forest"), LARGE_HINT, in_time=True)
        unlucky = Training("UnluckyForest", args(4), table("number", 20, 4), processes)
        note = f"no luck with {float(unlucky.table.arrays()[1][0])!r}"
        heard = "an exception in a worker reaches the caller"
        yield failing(
            Trainings,
            large,
            (unlucky, Check(heard, Raises("LookupError", note), EXCEPTION_HINT, 2)),
            *bad_processes(large),
            (
                replace(large, tree_args=args(0)),
                Check(REFUSED, Raises("ValueError", "n_estimators"), ARGUMENT_HINT),
            ),
            checks=(whole,),
        )

    def work(self, rng, processes):
        trees = 18 * processes
        call = Training(
            CLASSIFIER,
            {"n_estimators": trees, "random_state": rng.randrange(10**6), "max_features": 0.7},
            Table(key(rng), 2400, 40, dtype="float32"),
            processes,
        )
        driver = TimedTraining(call)
        return Work(
            (driver,),
            ideal=Call("drive_forest_shares", (driver, spread(trees, processes))),
            serial=Call("drive_forest_shares", (driver, spread(trees, 1))),
            problem=partial(timed_problem, call),
        )


def timed_problem(call, expected, got):
    """What is wrong with the forest of a timed run; the trees of the ideal split are others."""
    forest, wrong = read(got)
    if wrong:
        return wrong
    x, y = call.table.arrays()
    classes = [sorted(set(y.tolist()))]
    wrong = has_trees(forest, call.tree_args["n_estimators"], "classifier", x.shape[1], classes)
    return wrong or all_different(forest) or grown_on(forest, x, y, middles=False)


class PredictInParallel(Exercise):
    """``forest.predict(X)``, on several processes."""

    signature = "predict_in_parallel(forest, X, processes=None)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.70, seconds=0.4)

    def cases(self, rng, processes):
        def call(target, rows, workers, trees=9, form="dense", **more):
            return Prediction(
                MadeForest(key(rng), trees, 4, 6, target),
                Table(key(rng), rows, 6, form=form),
                workers,
                **more,
            )

        calls = (
            call("words", 40 * processes + rng.randrange(1, processes), processes),
            call("classes", 300, processes, trees=8),
            call("number", 300, processes),
            call("pairs", 61, processes),
            call("numbers", 61, processes + 1),
            call("words", 100, processes, form="csr"),
            call("classes", 3, processes + 3),
            call("number", 1, processes),
            call("number", 50, 1),
            call("classes", 50, None, default=True),
        )
        every, exact = "every row has its prediction", "it is exactly what the forest predicts"
        kind, workers = "any kind of forest will do", "any number of workers will do"
        checks = [
            Check(every, predicted(calls, 0), VALUES_HINT, 3, essential=True),
            *(Check(exact, predicted(calls, number), EXACT_HINT, 3) for number in (1, 2)),
            *(Check(kind, predicted(calls, number), KINDS_HINT) for number in (3, 4)),
            Check("X may be sparse", predicted(calls, 5), SPARSE_HINT),
            *(Check(workers, predicted(calls, number), WORKERS_HINT) for number in (6, 7, 8, 9)),
        ]
        kept = Seen(calls, 0, same_arguments, "predictions")
        checks.append(Check("the forest and X are unchanged", kept, FOREST_KEPT_HINT))
        yield Case((Predictions(calls),), tuple(checks), on=f"{len(calls)} calls in a row", seconds=SECONDS)

        good = call("classes", 20, 1)
        narrow = replace(good, forest=replace(good.forest, features=7))
        refused = Check("what the forest refuses is refused", Raises("ValueError", "features"), REFUSES_HINT)
        yield failing(Predictions, good, (narrow, refused), *bad_processes(good))

    def work(self, rng, processes):
        forest, table = (
            MadeForest(key(rng), 120, 9, 10),
            Table(key(rng), 50_000 * processes, 10, dtype="float32"),
        )
        driver = TimedPrediction(Prediction(forest, table, processes))
        return Work(
            (driver,),
            ideal=Call("drive_prediction_shares", (driver, processes)),
            serial=Call("drive_prediction_shares", (driver, 1)),
            problem=partial(difference, at="the predictions"),
        )


def predicted(calls, number):
    """An expectation: exactly what the forest's numbers say."""
    call = calls[number]
    forest = read_forest(call.forest.arrays())
    wanted = forest.predict(call.table.arrays()[0])
    words = wanted.dtype.kind in "UO"
    expected = ("words", wanted.tolist()) if words else wanted

    def look(told):
        got = told["value"]
        if words and type(got) is tuple:
            return difference(wanted.tolist(), got[1], "the predictions")
        if words or type(got) is not type(wanted):
            return f"expected an array of {len(wanted)} predictions, got {shortened(got)}"
        return difference(expected, got, "the predictions")

    return Seen(calls, number, look, f"an array of {count(len(wanted), 'prediction')}")


def same_arguments(told):
    """A test: the forest and X are what they were."""
    return "" if told["unchanged"] else "the forest or X is not what it was before"
