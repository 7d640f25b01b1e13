# correct: no
# speed: not-measured
# slow: yes
# caught by: nobody waits for ever
# The other way round: it is the same circle.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if source == target:
        with locks[source]:
            return accounts[source] >= amount
    with locks[target], locks[source]:
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
        return True
