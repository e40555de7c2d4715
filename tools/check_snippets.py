#!/usr/bin/env python3
"""Fails on SQL in the documents that does not run as it stands, and on tests there that do not pass.

Usage: check_snippets.py ROOT MILLSTREAM. Blocks of ```sql go through `millstream check`, those of ```slt through
`millstream test`. A block may read tables that stand elsewhere; ```sql postgresql is that database's.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(sql|slt)\n(.*?)^```$", re.M | re.S)


def faults_of_sql(binary, folder, text):
    command = [binary, "check", "--json", "--data", folder / "data", "-"]
    checked = subprocess.run(command, input=text, capture_output=True, text=True)
    try:
        errors = json.loads(checked.stdout)["errors"]
    except ValueError:
        return [(1, checked.stderr.strip())]
    return [(error["line"], error["message"]) for error in errors if error["code"] != "not_found"]


def faults_of_slt(binary, folder, text):
    file = folder / "block.slt"
    file.write_text(text)
    tested = subprocess.run([binary, "test", file], capture_output=True, text=True)
    return [(1, (tested.stdout + tested.stderr).strip())] if tested.returncode else []


def main(root, binary):
    blocks, faults = 0, []
    for document in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")]):
        text = document.read_text()
        for block in BLOCK.finditer(text):
            blocks += 1
            check = faults_of_sql if block[1] == "sql" else faults_of_slt
            with tempfile.TemporaryDirectory() as folder:
                for line, message in check(binary, pathlib.Path(folder), block[2]):
                    faults.append(f"{document}:{text.count(chr(10), 0, block.start()) + 1 + line}: {message}")
    print("\n".join(faults) or f"{blocks} blocks of SQL are right")
    sys.exit(bool(faults) or blocks == 0)


main(pathlib.Path(sys.argv[1]), sys.argv[2])
