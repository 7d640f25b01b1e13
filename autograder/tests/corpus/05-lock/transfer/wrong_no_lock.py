# correct: no
# speed: not-measured
# caught by: no money is made or lost
# The locks are not used at all.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if accounts[source] < amount:
        return False
    accounts[source] -= amount
    accounts[target] += amount
    return True
