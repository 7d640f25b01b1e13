# correct: no
# speed: not-measured
# caught by: a bad argument raises ValueError
# Looks at no argument.


def amdahl(serial_fraction, workers):
    return 1 / (serial_fraction + (1 - serial_fraction) / workers)
