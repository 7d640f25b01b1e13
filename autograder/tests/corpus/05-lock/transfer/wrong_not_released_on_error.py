# correct: no
# speed: not-measured
# caught by: the lock is given back
# Released on both ways out, but not if something fails between.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    taken = [locks[name] for name in sorted({source, target})]
    for lock in taken:
        lock.acquire()
    enough = accounts[source] >= amount
    if enough:
        accounts[source] -= amount
        accounts[target] += amount
    for lock in taken:
        lock.release()
    return enough
