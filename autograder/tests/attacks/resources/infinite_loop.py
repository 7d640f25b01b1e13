# item: infinite loop
# tries: never ends
# contained by: the time limit
# seen: was stopped after 2 s, with no process of its own alive


def double(items):
    while True:
        pass
