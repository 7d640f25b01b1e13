# correct: yes
# speed: fail
# One model, one loop.


def apply_model(load_model, batches, processes):
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    if not batches:
        return []
    model = load_model()
    return [model(batch) for batch in batches]
