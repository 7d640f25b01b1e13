# item: deep nesting
# tries: has the reader of JSON call itself until there is no more stack
# contained by: a reader that ends in one error, which is its student's
# seen: RecursionError


def attack(notebook, cells):
    return b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
