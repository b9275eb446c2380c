"""TOML of what JSON can say: each key with its whole path, its value as JSON, which TOML reads alike."""

import json


def text(settings):
    return "".join(f"{'.'.join(path)} = {given}\n" for path, given in leaves([], settings))


def leaves(path, table):
    for key, given in table.items():
        if isinstance(given, dict):
            yield from leaves([*path, key], given)
        else:
            yield [*path, key], json.dumps(given, ensure_ascii=False)
