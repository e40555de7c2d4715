#!/usr/bin/env python3
"""Fails on any mention of a file of this repository, in text, code or a link of a document, that names no existing one."""
import itertools
import pathlib
import re
import sys

TOP = ["src", "docs", "bench", "tests", "examples", "tools", "cmake"]
# A path from the repository's root to a file, as prose, comments and commands name it: a.md, x.{h,cc}, tests/**/*.slt.
PATH = re.compile(r"(?<![\w/.$}-])(?:%s)/[\w/.{},*-]*\.[\w{},*]*[\w}*]" % "|".join(TOP))
# In documents also: a name in the same folder, and the targets of links.
NAME = re.compile(r"`([\w.-]+\.md)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:NAME|TARGET)(?![A-Za-z])")


def expanded(path):
    parts = [part[1:-1].split(",") if part.startswith("{") else [part] for part in re.split(r"(\{[^{}]*\})", path)]
    return ["".join(choice) for choice in itertools.product(*parts)]


def exists(folder, path):
    # What a star stands for differs from tool to tool; the folder in front of it must be there.
    return (folder / (path[:path.index("*")].rpartition("/")[0] if "*" in path else path)).exists()


def dead_references(root, file, text):
    for match in PATH.finditer(text):
        if not PLACEHOLDER.search(match[0]) and not all(exists(root, path) for path in expanded(match[0])):
            yield match.start(), match[0]
    if file.suffix != ".md":
        return
    for match in NAME.finditer(text):
        if not exists(file.parent, match[1]) and not exists(root, match[1]):
            yield match.start(), match[1]
    # Code is blanked, not cut out: places stay where they are.
    for match in LINK.finditer(CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)):
        target = match[1].split("#")[0]
        if target and not re.match(r"\w+:", target) and not (file.parent / target).exists():
            yield match.start(), match[1]


def main(root):
    files = [file for top in TOP for file in (root / top).rglob("*")] + list(root.iterdir())
    faults, texts = [], 0
    for file in sorted(file for file in files if file.is_file()):
        content = file.read_bytes()
        if b"\0" in content:
            continue
        texts += 1
        text = content.decode(errors="replace")
        for place, name in dead_references(root, file, text):
            faults.append(f"{file}:{text.count(chr(10), 0, place) + 1}: there is no {name}")
    print("\n".join(faults) or f"the files that {texts} files name exist")
    sys.exit(bool(faults) or texts == 0)


main(pathlib.Path(sys.argv[1]))
