# correct: yes
# speed: not-measured
# Never two locks at once: the money is taken from one account, then put into the other.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    with locks[source]:
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
    with locks[target]:
        accounts[target] += amount
    return True
