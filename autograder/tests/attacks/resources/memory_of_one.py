# item: memory
# tries: takes memory without end, in one process
# contained by: a limit of address space
# seen: it raised MemoryError


def double(items):
    taken = []
    while True:
        taken.append(bytearray(64 << 20))
