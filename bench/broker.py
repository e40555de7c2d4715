"""Produce and consume beside a real Kafka, run by run in turns: broker CPU per million records, records a second, memory.

KBENCH names the load generator, REAL_KAFKA the other broker and, with `run CLASS`, Kafka's own Java producer.
"""
import json
import re
import subprocess

import measure

options = measure.arguments(runs={"type": int, "default": 3})
results = measure.Results("broker", options)
KBENCH = measure.program("KBENCH")
JAVA = measure.program("REAL_KAFKA")
small, large = (200_000, 50_000) if options.quick else (1_000_000, 200_000)


def kbench(broker, mode, records, *more):
    command = KBENCH + [mode, "--brokers", broker.bootstrap, "--broker-pid", str(broker.pid), "--records", str(records), *map(str, more)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    assert mode == "consume" or (answer["stored"] == answer["sent"] and answer["failed"] == 0), answer
    return answer["broker_cpu_s_per_million"], answer["records_per_s"]


def java_producer(broker, records, size):
    """Kafka's producer with its defaults: acks=all, idempotent, 16 KB batches, five requests in flight."""
    before = broker.cpu()
    command = JAVA + ["run", "ProducerPerformance", "--topic", f"java-{size}", "--num-records", str(records), "--record-size", str(size),
                      "--throughput", "-1", "--bootstrap-server", broker.bootstrap]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
    rate = float(re.search(r"([0-9.]+) records/sec", answer)[1])
    return (broker.cpu() - before) / records * 1e6, rate


def compare(name, brokers, case):
    measured = {which: [] for which in brokers}
    for _ in range(options.runs):
        for which, broker in brokers.items():
            measure.make_memory_present(folder)
            measured[which].append(case(broker))
    values = {}
    for which, runs in measured.items():
        values[f"{which}_cpu_s_per_million"] = measure.median([cpu for cpu, _ in runs])
        values[f"{which}_cpu_range"] = [round(min(cpu for cpu, _ in runs), 4), round(max(cpu for cpu, _ in runs), 4)]
        values[f"{which}_records_per_s"] = round(measure.median([rate for _, rate in runs]))
    if "kafka" in brokers:
        values["cpu_ratio"] = values["millstream_cpu_s_per_million"] / values["kafka_cpu_s_per_million"]
        values["rate_ratio"] = values["millstream_records_per_s"] / values["kafka_records_per_s"]
    results.keep(name, runs=options.runs, **values)


with measure.Folder() as folder:
    brokers = {"millstream": measure.millstream(folder / "millstream"),
               "millstream_background": measure.millstream(folder / "background", "kafka.flush=background")}  # waits as little as Kafka
    try:
        kafka = measure.real_kafka(folder / "kafka")
        if kafka:
            brokers = {"kafka": kafka, **brokers}
        if KBENCH:
            for broker in brokers.values():  # a JVM's first millions are not its steady state
                for _ in range(1 if options.quick else 2):
                    kbench(broker, "produce", small, "--size", 100, "--client", "raw", "--batch-bytes", 16384)
                kbench(broker, "produce", small, "--size", 100)
            compare("produce 100 B, 1 MB batches", brokers, lambda b: kbench(b, "produce", small, "--size", 100))
            compare("produce 100 B, 16 KB batches", brokers,
                    lambda b: kbench(b, "produce", small // 2, "--size", 100, "--batch-bytes", 16384))
            compare("produce 100 B, 16 KB batches, raw client", brokers,
                    lambda b: kbench(b, "produce", small, "--size", 100, "--batch-bytes", 16384, "--client", "raw"))
            compare("produce 1 KB, 1 MB batches", brokers, lambda b: kbench(b, "produce", large, "--size", 1000))
            compare("consume 100 B", brokers, lambda b: kbench(b, "consume", small, "--size", 100))
        if JAVA:
            compare("produce 100 B, Java producer", brokers, lambda b: java_producer(b, small, 100))
            compare("produce 1 KB, Java producer", brokers, lambda b: java_producer(b, large, 1000))
        for which, broker in brokers.items():
            results.keep(f"{which}.memory after all of it", rss_mb=measure.memory_mb(broker.pid), peak_mb=measure.memory_mb(broker.pid, "VmHWM"))
    finally:
        for broker in brokers.values():
            broker.stop()
