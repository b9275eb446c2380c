#!/usr/bin/env python3
"""Writes systemd's unit files from the units as data (nixos/units.nix), by the rules by which NixOS does.

usage: render-units.py UNITS.json FOLDER
"""

import json
import os
import re
import sys

RELATIONS = {
    "requires": "Requires", "wants": "Wants", "after": "After", "before": "Before", "bindsTo": "BindsTo",
    "partOf": "PartOf", "conflicts": "Conflicts", "onFailure": "OnFailure",
}
INSTALLED_BY = {"wantedBy": "wants", "requiredBy": "requires"}
# What NixOS takes for itself, and what only it has.
OTHER = {
    "description", "unitConfig", "serviceConfig", "environment", "enable", "aliases", "path", "preStart", "postStart",
    "restartTriggers", "reloadTriggers", *INSTALLED_BY,
}
UNIT_NAME = re.compile(r"[a-zA-Z0-9@%:_.\\-]+\.(service|target)")


def value(given):
    if isinstance(given, bool):
        return "true" if given else "false"
    return given


def lines(section):
    for key in sorted(section):
        given = section[key]
        for one in given if isinstance(given, list) else [given]:
            yield f"{key}={value(one)}"


def unit_file(kind, name, unit):
    unknown = set(unit) - OTHER - set(RELATIONS)
    if unknown:
        sys.exit(f"{name}: {sorted(unknown)} cannot be written")
    head = dict(unit.get("unitConfig", {}))
    for key, written in RELATIONS.items():
        for other in unit.get(key) or []:
            if not UNIT_NAME.fullmatch(other):
                sys.exit(f"{name}: {other!r} in {key} is no unit's name")
        if unit.get(key):
            head[written] = " ".join(unit[key])
    head["Description"] = unit["description"]
    text = ["[Unit]", *lines(head)]
    if kind == "service":
        environment = sorted(unit.get("environment", {}).items())
        text += ["", "[Service]", *(f"Environment={json.dumps(f'{key}={given}')}" for key, given in environment)]
        text += lines(unit["serviceConfig"])
    installed = [f"WantedBy={' '.join(unit['wantedBy'])}"] if unit.get("wantedBy") else []
    return "\n".join([*text, *(["", "[Install]"] if installed else []), *installed]) + "\n"


def main(source, folder):
    with open(source) as file:
        units = json.load(file)
    os.makedirs(folder, exist_ok=True)
    for kinds, kind in (("services", "service"), ("targets", "target")):
        for name, unit in units[kinds].items():
            with open(f"{folder}/{name}.{kind}", "w") as file:
                file.write(unit_file(kind, f"{name}.{kind}", unit))


if __name__ == "__main__":
    main(*sys.argv[1:])
