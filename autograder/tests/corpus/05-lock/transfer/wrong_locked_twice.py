# correct: no
# speed: not-measured
# slow: yes
# caught by: a transfer to the same account changes nothing
# Sorted, but the same account twice: the second time it waits for itself.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    first, second = sorted([source, target])
    with locks[first], locks[second]:
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
        return True
