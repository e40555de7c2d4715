#!/usr/bin/env python3
"""Writes docs/configuration.md and docs/commands.md from the program itself: generate_docs.py BINARY [--check].

With --check nothing is written; exit code 1 if a file is not what the program says.
"""
import json
import pathlib
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
COMMANDS = ["serve", "sql", "check", "test", "job", "topic", "group", "produce", "consume", "demo", "config", "version", "completion"]
SUBCOMMANDS = {"job": ["list", "show", "cancel", "checkpoint"], "topic": ["list", "describe", "create", "delete"],
               "group": ["list", "describe", "delete"]}


def output(binary, *arguments):
    return subprocess.run([binary, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


CONFIGURATION_FILE = """```yaml
data.dir: /var/lib/millstream
kafka:                     # the same as kafka.listen, kafka.default-partitions
  listen: 0.0.0.0:9092
  default-partitions: 6
host-aliases:              # as --host-alias
  broker: self
  postgres: 127.0.0.1:5433
```
"""


def configuration(binary):
    lines = ["# Settings", "", "Of `millstream serve`, and of `sql` and `check` where they start a server of their own: in a YAML file",
             "(`--config FILE`), as `--set KEY=VALUE`, or as an environment variable `MILLSTREAM_KEY` (dots and dashes are `_`).",
             "`millstream config` shows the values in force and where each comes from.", "", CONFIGURATION_FILE, "| key | default | meaning |", "|---|---|---|"]
    for key in json.loads(output(binary, "config", "--json")):
        lines.append(f"| `{key['key']}` | {'`' + key['default'] + '`' if key['default'] else ''} | {key['meaning']} |")
    return "\n".join(lines) + "\n"


def commands(binary):
    lines = ["# Commands", "", "`millstream` alone prints the first screen of help. Exit codes: 0 done, 1 it failed, 2 the command or the SQL text is wrong, also where it names what is not there."]
    for command in COMMANDS:
        for path in [[command]] + [[command, verb] for verb in SUBCOMMANDS.get(command, [])]:
            lines += ["", f"{'##' if len(path) == 1 else '###'} {' '.join(path)}", "", "```", output(binary, *path, "--help").rstrip(), "```"]
    return "\n".join(lines) + "\n"


def main():
    binary, check = sys.argv[1], "--check" in sys.argv
    stale = []
    for name, make in (("configuration.md", configuration), ("commands.md", commands)):
        text = make(binary)
        if check and (DOCS / name).read_text() != text:
            stale.append(name)
        if not check:
            (DOCS / name).write_text(text)
    if stale:
        sys.exit(f"docs/{', docs/'.join(stale)}: not what the program says; run tools/generate_docs.py {binary}")


main()
