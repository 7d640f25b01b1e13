# correct: no
# speed: not-measured
# caught by: a transfer to the same account changes nothing
# Both balances are read, then both are written: to oneself, that is a present.

from contextlib import ExitStack


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    with ExitStack() as stack:
        for name in sorted({source, target}):
            stack.enter_context(locks[name])
        left, got = accounts[source] - amount, accounts[target] + amount
        if left < 0:
            return False
        accounts[source] = left
        accounts[target] = got
    return True
