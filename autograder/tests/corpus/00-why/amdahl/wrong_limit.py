# correct: no
# speed: not-measured
# caught by: the speedup is right
# The limit for any number of workers.


def amdahl(serial_fraction, workers):
    if serial_fraction < 0 or serial_fraction > 1:
        raise ValueError(f"serial_fraction must lie between 0 and 1, got {serial_fraction}")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return 1 / serial_fraction
