# correct: no
# speed: not-measured
# caught by: a number is read and written under one hold of its lock
# No deadlock: after a while it goes on without the second lock.


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
        taken = locks[target].acquire(timeout=0.05)
        try:
            if accounts[source] < amount:
                return False
            accounts[source] -= amount
            accounts[target] += amount
            return True
        finally:
            if taken:
                locks[target].release()
