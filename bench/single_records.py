"""A thousand single records a second, linger 0, acks=all: CPU per record and latency to a tailing consumer.

Ours waits for the disk by default, so a bare append of 200 bytes and fdatasync at the same rate is measured in turns
with it on the same disk; with kafka.flush=background it does what Kafka does. The median of five rounds counts.
"""
import json
import os
import subprocess
import time

import measure

options = measure.arguments()
results = measure.Results("single_records", options)
KBENCH = measure.program("KBENCH")
rounds, seconds = (1, 3) if options.quick else (5, 10)


def bare(folder):
    file = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    times = []
    due = time.monotonic()
    for _ in range(seconds * 1000):
        due += 0.001
        if (ahead := due - time.monotonic()) > 0:
            time.sleep(ahead)
        begin = time.monotonic()
        os.write(file, b"x" * 200)
        os.fdatasync(file)
        times.append(time.monotonic() - begin)
    os.close(file)
    return {f"{key}_ms": value * 1e3 for key, value in measure.percentiles(times).items()}


def latency(broker):
    command = KBENCH + ["latency", "--brokers", broker.bootstrap, "--broker-pid", str(broker.pid), "--rate", "1000", "--seconds", str(seconds)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return {"cpu_us_per_record": answer["broker_cpu_s_per_million"], "p50_ms": answer["p50_us"] / 1e3, "p99_ms": answer["p99_us"] / 1e3,
            "p999_ms": answer["p999_us"] / 1e3}


def keep(name, found):
    """The median round of each figure, and what the rounds ranged over."""
    values = {key: measure.median([one[key] for one in found]) for key in found[0]}
    for key in found[0]:
        values[f"{key}_range"] = [round(pick(one[key] for one in found), 3) for pick in (min, max)]
    results.keep(name, **values)


def alone(name, broker):
    latency(broker)  # a JVM compiles meanwhile
    keep(name, [latency(broker) for _ in range(rounds)])


if KBENCH:
    with measure.Folder() as folder:
        kafka = measure.real_kafka(folder / "kafka")
        if kafka:
            with kafka:
                alone("kafka", kafka)
        with measure.millstream(folder / "background", "kafka.flush=background") as broker:
            alone("millstream, kafka.flush=background", broker)
        # In turns, because what the disk of a shared host does changes within seconds.
        with measure.millstream(folder / "wait") as broker:
            latency(broker)
            turns = [(bare(folder), latency(broker)) for _ in range(rounds)]
        keep("millstream, kafka.flush=wait", [ours for _, ours in turns])
        keep("bare append of 200 bytes and fdatasync", [one for one, _ in turns])
