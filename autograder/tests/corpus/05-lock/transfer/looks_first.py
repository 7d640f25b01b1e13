# correct: yes
# speed: not-measured
# slow: yes
# A quick look without any lock, and the one that counts with both.


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    if accounts[source] < amount:
        return False
    first, *second = sorted({source, target})
    with locks[first]:
        if second:
            with locks[second[0]]:
                return move(accounts, source, target, amount)
        return move(accounts, source, target, amount)


def move(accounts, source, target, amount):
    balance = accounts[source]
    if balance < amount:
        return False
    accounts[source] = balance - amount
    accounts[target] += amount
    return True
