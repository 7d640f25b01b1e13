# correct: no
# speed: not-measured
# slow: yes
# caught by: nobody waits for ever
# An order, but one that every process has for itself: where the objects lie in memory.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if source == target:
        with locks[source]:
            return accounts[source] >= amount
    first, second = sorted([locks[source], locks[target]], key=id)
    with first, second:
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
        return True
