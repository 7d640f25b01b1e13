# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Says that something is wrong, not what.


def amdahl(serial_fraction, workers):
    if not 0 <= serial_fraction <= 1 or workers < 1:
        raise ValueError("bad argument")
    return 1 / (serial_fraction + (1 - serial_fraction) / workers)
