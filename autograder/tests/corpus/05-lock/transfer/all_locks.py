# correct: yes
# speed: not-measured
# Every lock of the bank, one after the other: nobody else moves, and nothing can go wrong.

from contextlib import ExitStack


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    with ExitStack() as stack:
        for lock in locks.values():
            stack.enter_context(lock)
        if accounts[source] < amount:
            return False
        accounts[source] = accounts[source] - amount
        accounts[target] = accounts[target] + amount
        return True
