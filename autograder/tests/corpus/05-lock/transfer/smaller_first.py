# correct: yes
# speed: not-measured
# The lock of the smaller name first; a transfer to the same account needs but one.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if source == target:
        with locks[source]:
            return accounts[source] >= amount
    first, second = min(source, target), max(source, target)
    with locks[first], locks[second]:
        if accounts[source] < amount:
            return False
        accounts[source] -= amount
        accounts[target] += amount
        return True
