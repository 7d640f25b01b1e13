# correct: no
# speed: not-measured
# caught by: no money is made or lost
# Both balances are read before the locks are taken, and written under them.

from contextlib import ExitStack


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    left, got = accounts[source] - amount, accounts[target] + amount
    if source == target or left < 0:
        return left >= 0
    with ExitStack() as stack:
        for name in sorted({source, target}):
            stack.enter_context(locks[name])
        accounts[source] = left
        accounts[target] = got
    return True
