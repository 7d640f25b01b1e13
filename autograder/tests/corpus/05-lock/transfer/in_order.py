# correct: yes
# speed: not-measured
# Both locks, in the order of the names; one if the accounts are the same.

from contextlib import ExitStack


def transfer(accounts, locks, source, target, amount):
    for name, argument in ((source, "source"), (target, "target")):
        if name not in locks:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    with ExitStack() as held:
        for name in sorted({source, target}):
            held.enter_context(locks[name])
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
    return True
