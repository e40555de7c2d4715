"""The commerce example's SQL from a topic into four blackholes: events per CPU second, the broker's included.

Tables and the statement set are examples/commerce/pipeline.sql; only the connectors of the sinks and the bounds of the
source differ. Beside it, with FLINK_BENCH and REAL_KAFKA set, the same text on Flink reading a real Kafka: FlinkScript.java
runs it on the jars beside FLINK_BENCH, once to warm up and once measured.
"""
import datetime
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import measure

sys.path += [str(measure.ROOT / "tests" / "e2e"), str(measure.ROOT / "tests" / "oracle")]
import flink  # noqa: E402
from commerce_world import EXAMPLE, example, fill  # noqa: E402

options = measure.arguments(runs={"type": int, "default": 3})
results = measure.Results("commerce", options)
events = 50_000 if options.quick else 1_000_000


def values():
    rng, start = random.Random(1), datetime.datetime(2026, 1, 1)
    return [(None, json.dumps(example.transaction(rng, start + datetime.timedelta(seconds=i * 7))).encode()) for i in range(events)]


def statements(bootstrap):
    text = (EXAMPLE / "pipeline.sql").read_text().replace("broker:29092", bootstrap)
    text = text.replace("'scan.startup.mode' = 'latest-offset'", "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'")
    text = re.sub(r"WITH \(\s*'connector' = 'jdbc'.*?\)", "WITH ('connector' = 'blackhole')", text, flags=re.S)
    assert text.count("'blackhole'") == 4 and "bounded" in text
    return flink.statements(text)


def children_cpu():
    used = os.times()
    return used.children_user + used.children_system


def ours(records, folder):
    with measure.millstream(folder / "millstream") as broker:
        fill(broker.bootstrap, records)
        *tables, job = statements(broker.bootstrap)

        def run(text):
            script = folder / "commerce.sql"
            script.write_text(text)
            before = broker.cpu() + children_cpu()
            done = subprocess.run([measure.BINARY, "sql", "-f", str(script), "--server", broker.http], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            return broker.cpu() + children_cpu() - before

        run(";\n".join(tables) + ";\n")
        runs = [run("SET 'table.dml-sync' = 'true';\n" + job) for _ in range(options.runs)]
        return runs, measure.memory_mb(broker.pid, "VmHWM")


def theirs(records, folder):
    program = measure.program("FLINK_BENCH")
    kafka = measure.real_kafka(folder / "kafka") if program else None
    if kafka is None:
        return None
    with kafka:
        fill(kafka.bootstrap, records)
        target = pathlib.Path(program[0]).resolve().parent / "target"
        command = flink.command(measure.BENCH / "FlinkScript.java", f"{target}/classes:{target}/lib/*", "4g", folder,
                                statements(kafka.bootstrap), [str(kafka.pid)])
        done = subprocess.run(command, capture_output=True, text=True)
        causes = [line for line in done.stderr.splitlines() if not line.startswith("\t")]
        assert done.returncode == 0, done.stdout + "\n".join(causes)
        return json.loads(done.stdout.splitlines()[-1])


with measure.Folder() as folder:
    records = values()
    runs, peak = ours(records, folder)
    cpu = measure.median(runs)
    kept = {"events": events, "millstream_events_per_cpu_s": round(events / cpu), "millstream_cpu_s": cpu,
            "millstream_cpu_range": [round(min(runs), 3), round(max(runs), 3)], "millstream_peak_mb": peak}
    answer = theirs(records, folder)
    if answer:
        cpu = answer["cpu_s"] + answer["broker_cpu_s"]
        kept |= {"flink_and_kafka_events_per_cpu_s": round(events / cpu), "flink_cpu_s": answer["cpu_s"], "kafka_cpu_s": answer["broker_cpu_s"],
                 "flink_peak_mb": answer["peak_rss_mb"], "ratio": kept["millstream_events_per_cpu_s"] * cpu / events}
    results.keep("commerce, topic to four blackholes", **kept)
