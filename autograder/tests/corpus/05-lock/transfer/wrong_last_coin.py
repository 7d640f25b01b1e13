# correct: no
# speed: not-measured
# caught by: money is moved if there is enough, else False
# Something must stay in the account.

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
        if accounts[source] <= amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
    return True
