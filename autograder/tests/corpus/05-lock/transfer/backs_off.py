# correct: yes
# speed: not-measured
# Takes one lock, tries the other for a moment, and begins anew if it does not get it.

from random import random
from time import sleep


def transfer(accounts, locks, source, target, amount):
    for argument, name in (("source", source), ("target", target)):
        if name not in accounts:
            raise ValueError(f"{argument} must be an account, got {name!r}")
    if amount <= 0:
        raise ValueError(f"amount must be positive, got {amount}")
    while True:
        with locks[source]:
            if source == target or locks[target].acquire(timeout=0.01):
                try:
                    if accounts[source] < amount:
                        return False
                    accounts[source] -= amount
                    accounts[target] += amount
                    return True
                finally:
                    if source != target:
                        locks[target].release()
        sleep(0.02 * random())
