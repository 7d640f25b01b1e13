# item: any network connection
# tries: connects to this machine, to another, and to a name; over TCP, UDP and raw sockets
# contained by: a network namespace with nothing in it but a loopback of its own
# seen: to have 5 items, got 0: \[\]

import contextlib
import socket


def double(items):
    reached = []
    for address in ("127.0.0.1", "192.0.2.1", "8.8.8.8", "::1", "2001:db8::1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            for port in (22, 53, 80, 8888):
                with contextlib.suppress(OSError), socket.socket(family, kind) as client:
                    client.settimeout(0.2)
                    client.connect((address, port))
                    client.sendall(b"autograder-was-here")
                    if kind != socket.SOCK_DGRAM or not address.startswith(("127.", "::1")):
                        reached.append(f"{address}:{port}")
    with contextlib.suppress(OSError):
        reached.append(str(socket.getaddrinfo("example.org", 80)[0][4]))
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as link:
        link.bind((0, 1))
    return reached
