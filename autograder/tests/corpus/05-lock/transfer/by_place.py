# correct: yes
# speed: not-measured
# slow: yes
# The order in which the locks are listed is the same for everybody, too.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    taken = [locks[name] for name in locks if name in (source, target)]
    for lock in taken:
        lock.acquire()
    try:
        enough = accounts[source] >= amount
        if enough:
            accounts[source] -= amount
            accounts[target] += amount
        return enough
    finally:
        for lock in taken:
            lock.release()
