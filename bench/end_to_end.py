"""From a producer's call to the committed PostgreSQL row: the commerce example at 1,000 a second, checkpoints every 200 ms.

Identifiers grow, and rows become visible a transaction at a time, so one index lookup every two milliseconds tells when
each row appeared. Stages: the broker's acknowledgement (its fdatasync included), and the rest, which is the wait for the
next checkpoint and its commit into PostgreSQL.
"""
import json
import os
import random
import sys
import threading
import time
from datetime import datetime, timezone

import measure

os.environ["MILLSTREAM"] = measure.BINARY
sys.path.insert(0, str(measure.ROOT / "tests" / "e2e"))
from confluent_kafka import Producer  # noqa: E402

from commerce_world import EXAMPLE, TOPIC, example, running  # noqa: E402
from harness import Millstream, Postgres, wait_for  # noqa: E402

options = measure.arguments(rate={"type": int, "default": 1000})
results = measure.Results("end_to_end", options)
seconds, warmup = (5, 2) if options.quick else (30, 5)
total = options.rate * (seconds + warmup)


def watch(postgres, seen):
    """seen: (moment, number of the last visible row), one for each change."""
    with postgres.connect("commerce", autocommit=True) as connection:
        last = -1
        while last < total - 1:
            row = connection.execute("SELECT transactionid FROM transactions ORDER BY transactionid DESC LIMIT 1").fetchone()
            now = time.monotonic()
            if row and int(row[0]) > last:
                last = int(row[0])
                seen.append((now, last))
            time.sleep(0.002)


def send(bootstrap, due, acknowledged):
    rng = random.Random(1)
    out = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 0, "log_level": 3})
    begin = time.monotonic() + 0.1

    def delivered(number):
        def note(error, _):
            assert error is None, error
            acknowledged[number] = time.monotonic()
        return note

    for number in range(total):
        due[number] = begin + number / options.rate
        event = {**example.transaction(rng, datetime.now(timezone.utc)), "transactionId": f"{number:09}"}
        while (ahead := due[number] - time.monotonic()) > 0:
            out.poll(ahead)
        out.produce(TOPIC, json.dumps(event).encode(), on_delivery=delivered(number))
        out.poll(0)
    assert out.flush(60) == 0


with measure.Folder() as folder:
    postgres = Postgres(folder)
    server = Millstream(folder, aliases={"broker": "self", "postgres": f"127.0.0.1:{postgres.port}"},
                        settings={"engine.checkpoint-interval": "200 ms"})
    try:
        postgres.execute("CREATE DATABASE commerce")
        # The rows are found in the order of their identifiers' bytes.
        postgres.execute((EXAMPLE / "create_tables.sql").read_text().replace("VARCHAR(64) PRIMARY KEY", 'VARCHAR(64) COLLATE "C" PRIMARY KEY', 1), "commerce")
        server.start()
        server.run("sql", "-f", str(EXAMPLE / "pipeline.sql"))
        wait_for(lambda: running(server), "the job runs")
        due, acknowledged, seen = [0.0] * total, [0.0] * total, []
        watcher = threading.Thread(target=watch, args=(postgres, seen), daemon=True)
        watcher.start()
        before = measure.cpu_seconds(server.process.pid)
        send(server.bootstrap, due, acknowledged)
        watcher.join(60)
        assert not watcher.is_alive(), f"only {seen[-1][1] + 1 if seen else 0} of {total} rows appeared"
        cpu = measure.cpu_seconds(server.process.pid) - before
        visible, at = [0.0] * total, 0
        for moment, last in seen:
            while at <= last:
                visible[at] = moment
                at += 1
        rows = range(warmup * options.rate, total)
        for stage, values in (("producer to row", [visible[i] - due[i] for i in rows]),
                              ("producer to acknowledgement", [acknowledged[i] - due[i] for i in rows]),
                              ("acknowledgement to row", [visible[i] - acknowledged[i] for i in rows])):
            results.keep(stage, rate=options.rate, rows=len(rows),
                         **{f"{key}_ms": value * 1e3 for key, value in measure.percentiles(values).items()})
        results.keep("server", cpu_us_per_row=cpu / total * 1e6, rss_mb=measure.memory_mb(server.process.pid), commits_seen=len(seen))
    finally:
        if server.process and server.process.poll() is None:
            server.stop()
        postgres.stop()
