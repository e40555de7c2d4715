"""A thousand single records a second, linger 0, acks=all: CPU per record and latency to a tailing consumer.

Ours waits for the disk by default, so a bare append of 200 bytes and fdatasync at the same rate is measured before and
after it on the same disk; with kafka.flush=background it does what Kafka does.
"""
import json
import os
import subprocess
import time

import measure

options = measure.arguments()
results = measure.Results("single_records", options)
KBENCH = measure.program("KBENCH")
seconds = 3 if options.quick else 20


def bare(folder, times):
    file = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    due = time.monotonic()
    for _ in range(seconds * 500):
        due += 0.001
        if (ahead := due - time.monotonic()) > 0:
            time.sleep(ahead)
        begin = time.monotonic()
        os.write(file, b"x" * 200)
        os.fdatasync(file)
        times.append(time.monotonic() - begin)
    os.close(file)


def latency(name, broker):
    command = KBENCH + ["latency", "--brokers", broker.bootstrap, "--broker-pid", str(broker.pid), "--rate", "1000", "--seconds"]
    subprocess.run(command + [str(seconds)], check=True, stdout=subprocess.DEVNULL)  # a JVM compiles meanwhile
    answer = json.loads(subprocess.run(command + [str(seconds)], check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    results.keep(name, cpu_us_per_record=answer["broker_cpu_s_per_million"], p50_ms=answer["p50_us"] / 1e3, p99_ms=answer["p99_us"] / 1e3,
                 p999_ms=answer["p999_us"] / 1e3)


if KBENCH:
    with measure.Folder() as folder:
        kafka = measure.real_kafka(folder / "kafka")
        if kafka:
            with kafka:
                latency("kafka", kafka)
        with measure.millstream(folder / "background", "kafka.flush=background") as broker:
            latency("millstream, kafka.flush=background", broker)
        times = []
        bare(folder, times)
        with measure.millstream(folder / "wait") as broker:
            latency("millstream, kafka.flush=wait", broker)
        bare(folder, times)
        results.keep("bare append of 200 bytes and fdatasync", **{f"{key}_ms": value * 1e3 for key, value in measure.percentiles(times).items()})
