# correct: no
# speed: not-measured
# caught by: no money is made or lost
# If the second lock is taken it says False, though there is enough money.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if source == target:
        with locks[source]:
            return accounts[source] >= amount
    with locks[source]:
        if not locks[target].acquire(timeout=0.02):
            return False
        try:
            if accounts[source] < amount:
                return False
            accounts[source] -= amount
            accounts[target] += amount
            return True
        finally:
            locks[target].release()
