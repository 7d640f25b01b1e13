# correct: no
# speed: not-measured
# caught by: the lock is given back
# The way out with False passes no release.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    taken = [locks[name] for name in sorted({source, target})]
    for lock in taken:
        lock.acquire()
    if accounts[source] < amount:
        return False
    accounts[source] -= amount
    accounts[target] += amount
    for lock in taken:
        lock.release()
    return True
