#!/usr/bin/env python3
"""Fails on any #include between modules that src/LAYERS does not allow, and on use of another module's internal/ headers."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def read_layers(path):
    allowed = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        name, _, uses = line.partition(":")
        uses = uses.split()
        for used in uses:
            if used not in allowed:
                sys.exit(f"{path}:{number}: {name.strip()} names '{used}', which is not on a line above")
        allowed[name.strip()] = set(uses)
    return allowed


def main(root):
    allowed = read_layers(root / "LAYERS")
    faults, files = [], 0
    for source in sorted(root.rglob("*")):
        if source.suffix not in (".h", ".cc"):
            continue
        files += 1
        module = source.relative_to(root).parts[0]
        if module not in allowed:
            faults.append(f"{source}: the folder '{module}' is not in LAYERS")
            continue
        for target in INCLUDE.findall(source.read_text()):
            parts = target.split("/")
            if len(parts) < 2 or not (root / target).exists():
                faults.append(f'{source}: "{target}" is not a path from src/ to an existing header')
            elif parts[0] != module and parts[0] not in allowed[module]:
                faults.append(f"{source}: {module} may not include {target}")
            elif parts[0] != module and "internal" in parts:
                faults.append(f"{source}: {target} is internal to {parts[0]}")
    print("\n".join(faults) or f"{files} files keep to {len(allowed)} layers")
    sys.exit(bool(faults) or files == 0)


main(pathlib.Path(sys.argv[1]))
