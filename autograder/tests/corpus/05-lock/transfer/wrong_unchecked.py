# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# A negative amount takes money from the target, and nobody asked for whether it is there.

from contextlib import ExitStack


def transfer(accounts, locks, source, target, amount):
    with ExitStack() as stack:
        for name in sorted({source, target}):
            stack.enter_context(locks[name])
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
    return True
