"""The microbenchmarks, one process each; every line is kept with the load beside it."""
import os
import re
import subprocess
import tempfile

import measure

options = measure.arguments(only={"default": "", "help": "part of a benchmark's name"})
results = measure.Results("micro", options)
program = os.environ.get("MICROBENCH", str(measure.ROOT / "build" / "release" / "bench" / "millstream_microbench"))

for source in sorted(measure.BENCH.glob("micro_*.cc")):
    if options.only not in source.stem:
        continue
    output = subprocess.run([program, source.stem], check=True, capture_output=True, text=True, cwd=tempfile.gettempdir()).stdout
    values = {}
    for line in output.splitlines():
        if found := re.fullmatch(r"(.+?)\s+(-?[0-9]+\.[0-9]) (\S.*)", line):
            values[f"{found[1]} {found[3]}"] = float(found[2])
        else:
            print(line)  # a benchmark says here what it could not measure
    results.keep(source.stem, **values)
