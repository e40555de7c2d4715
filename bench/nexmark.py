"""Nexmark q0, q1 and q2 from a JSON file into blackhole, beside Flink: events per CPU second and peak memory.

NEXMARK_GEN makes the events; FLINK_BENCH runs Flink, and its folder's parent holds schema.sql and queries/. Ours needs
those two as well (NEXMARK_SQL names another folder). NEXMARK_DATA is a folder of events already made.
"""
import json
import os
import pathlib
import subprocess

import measure

options = measure.arguments(runs={"type": int, "default": 3})
results = measure.Results("nexmark", options)
events = 200_000 if options.quick else 4_000_000
FLINK = measure.program("FLINK_BENCH")
GENERATOR = measure.program("NEXMARK_GEN")
SQL = pathlib.Path(os.environ.get("NEXMARK_SQL") or (pathlib.Path(FLINK[0]).resolve().parents[1] if FLINK else "."))


def generate(folder, count):
    folder.mkdir()
    subprocess.run(GENERATOR + ["--events", str(count), "--seed", "1", "--out", str(folder / "part.0")], check=True)
    return folder


def ours(query, data, folder):
    text = (SQL / "schema.sql").read_text() + (SQL / "queries" / f"{query}.sql").read_text()
    text = text.replace("${SOURCE_WITH}", f"'connector' = 'filesystem', 'path' = '{data}', 'format' = 'json'")
    script = folder / f"{query}.sql"
    script.write_text("SET 'table.dml-sync' = 'true';\n" + text.replace("${SINK_WITH}", "'connector' = 'blackhole'"))
    subprocess.run(["rm", "-rf", str(folder / "state")], check=True)
    # The whole command counts: start, planning, running, stopping.
    child = subprocess.Popen([measure.BINARY, "sql", "-f", str(script), "--data", str(folder / "state")],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, error.decode()[-1000:]
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def flink(query, data, warm, count):
    command = FLINK + ["--query", query, "--data", str(data), "--events", str(count), "--warm", str(warm), "--parallelism", "1"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


with measure.Folder() as folder:
    given = os.environ.get("NEXMARK_DATA")
    if not (given or GENERATOR) or not (SQL / "schema.sql").exists():
        print("nothing is measured without events (NEXMARK_GEN or NEXMARK_DATA) and the queries (FLINK_BENCH or NEXMARK_SQL)")
        raise SystemExit(0)
    data = pathlib.Path(given) if given and not options.quick else generate(folder / "data", events)
    warm = generate(folder / "warm", events // 4) if GENERATOR else data
    for part in data.iterdir():  # the first reader would pay for the disk
        with open(part, "rb") as file:
            while file.read(1 << 24):
                pass
    for query in ("q0", "q1", "q2"):
        runs = [ours(query, data, folder) for _ in range(options.runs)]
        cpu = measure.median([seconds for seconds, _ in runs])
        values = {"events": events, "millstream_events_per_cpu_s": round(events / cpu), "millstream_cpu_s": cpu,
                  "millstream_cpu_range": [round(min(c for c, _ in runs), 3), round(max(c for c, _ in runs), 3)],
                  "millstream_peak_mb": max(peak for _, peak in runs)}
        if FLINK:
            answer = flink(query, data, warm, events)
            values |= {"flink_events_per_cpu_s": answer["events_per_cpu_s"], "flink_cpu_s": answer["cpu_s"], "flink_peak_mb": answer["peak_rss_mb"],
                       "ratio": values["millstream_events_per_cpu_s"] / answer["events_per_cpu_s"],
                       "memory_ratio": values["millstream_peak_mb"] / answer["peak_rss_mb"]}
        results.keep(query, **values)
