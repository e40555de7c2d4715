"""The commerce example's SQL on a real Flink with a real Kafka, and on Millstream: the same records, the same tables.

REAL_KAFKA names a program that runs Apache Kafka in the foreground: `exec --port P --dir D`. Flink's jars come from Maven
Central (pom.xml). Of the file, only `latest-offset` becomes `earliest-offset`, as both sides start on a filled topic;
for Flink the host names are replaced too, which Millstream maps by host aliases.
"""
import argparse
import datetime
import json
import os
import pathlib
import random
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from confluent_kafka.admin import AdminClient  # noqa: E402

import flink  # noqa: E402
from commerce_world import EXAMPLE, example, fill  # noqa: E402
from harness import ROOT, Millstream, Postgres, free_port, temporary_folder, wait_for  # noqa: E402

TABLES = {"transactions": 1, "sales_per_category": 1, "sales_per_day": 1, "sales_per_month": 2}  # leading key columns


def records(count, rng):
    """Two months of transactions, one more whose sum has no place in DECIMAL(10, 2), and what JSON can get wrong.

    Records without a readable event time are left out: they end a job of Flink's, and are dead letters here. A NULL in
    a sink's key ends the job of either.
    """
    start = datetime.datetime(2026, 1, 1)
    for i in range(count):
        event = example.transaction(rng, start + datetime.timedelta(days=60 * i / count))
        yield event["transactionId"], json.dumps(event).encode()
        if i % 100 == 0:
            yield event["transactionId"], rng.choice([b'{"transactionId": "cut off', b"not json at all", b"\xff\xfe\x00\x01", b"[]", b"17"])
        if i % 100 == 50:  # a value that is not what its column says
            changed = rng.choice([{"amount": "12.50"}, {"amount": "a dozen"}, {"amount": None}, {"amount": True}, {"userId": 17},
                                  {"currency": None}, {"merchant": {"name": "Orbit"}}, {"location": ["Oslo"]}])
            event = example.transaction(rng, start + datetime.timedelta(days=60 * i / count))
            yield event["transactionId"], json.dumps({**event, **changed}).encode()
    for i in range(count // 100):
        event = example.transaction(rng, datetime.datetime(2026, 4, 1) + datetime.timedelta(hours=i))
        yield event["transactionId"], json.dumps({**event, "amount": 9_000_000.25}).encode()


def script():
    text = (EXAMPLE / "pipeline.sql").read_text()
    assert text.count("'latest-offset'") == 1
    return text.replace("'latest-offset'", "'earliest-offset'")


def database(folder):
    folder.mkdir()
    os.chmod(folder, 0o755)
    postgres = Postgres(folder)
    postgres.execute("CREATE DATABASE commerce")
    postgres.execute((EXAMPLE / "create_tables.sql").read_text(), "commerce")
    return postgres


def final_tables(postgres):
    """What the four tables hold once they no longer change."""
    def content():
        return {table: postgres.execute(f"SELECT * FROM {table} ORDER BY {', '.join(str(i + 1) for i in range(keys))}", "commerce")
                for table, keys in TABLES.items()}
    seen = []

    def settled():
        seen.append(content())
        return len(seen) > 40 and seen[-1]["transactions"] and all(state == seen[-1] for state in seen[-40:]) and seen[-1]
    return wait_for(settled, "tables that no longer change", 60)


def on_flink(folder, sent):
    kafka_port = free_port()
    (folder / "kafka").mkdir()
    jars = ROOT / "build" / "oracle" / "jars"
    subprocess.run(["mvn", "-B", "-q", "-f", str(ROOT / "tests" / "oracle" / "pom.xml"), "dependency:copy-dependencies",
                    f"-DoutputDirectory={jars}"], check=True)
    postgres = database(folder / "flink")
    log = open(folder / "kafka.log", "wb")
    kafka = subprocess.Popen(os.environ["REAL_KAFKA"].split() + ["exec", "--port", str(kafka_port), "--dir", str(folder / "kafka")],
                             stdout=log, stderr=log)
    job = None
    try:
        bootstrap = f"127.0.0.1:{kafka_port}"
        wait_for(lambda: AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=2).brokers, "Kafka answers")
        fill(bootstrap, sent)
        text = script().replace("broker:29092", bootstrap).replace("postgres:5432", f"127.0.0.1:{postgres.port}")
        command = flink.command(ROOT / "tests" / "oracle" / "RunSql.java", f"{jars}/*", "2g", folder / "flink", flink.statements(text))
        errors = open(folder / "flink.log", "wb")
        job = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=errors, stderr=errors)
        try:
            tables = final_tables(postgres)
            assert job.poll() is None, "the job failed"
            return tables
        except AssertionError:
            print((folder / "flink.log").read_text(errors="replace")[-6000:])
            raise
    finally:
        if job:
            job.stdin.close()
            job.wait(60)
        kafka.send_signal(signal.SIGTERM)
        kafka.wait(60)
        postgres.stop()


def on_millstream(folder, sent):
    postgres = database(folder / "millstream")
    server = Millstream(folder / "millstream", {"broker": "self", "postgres": f"127.0.0.1:{postgres.port}"})
    try:
        server.start()
        fill(server.bootstrap, sent)
        (folder / "commerce.sql").write_text(script())
        server.run("sql", "-f", str(folder / "commerce.sql"))
        tables = final_tables(postgres)
        assert server.jobs()[0]["state"] == "RUNNING"
        server.stop()
        return tables
    except AssertionError:
        print(server.log()[-6000:])
        raise
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        postgres.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed)
    sent = list(records(options.count, random.Random(options.seed)))
    with temporary_folder() as folder:
        ours, theirs = on_millstream(folder, sent), on_flink(folder, sent)
        different = 0
        for table in TABLES:
            only_flink, only_ours = sorted(set(theirs[table]) - set(ours[table]), key=str), sorted(set(ours[table]) - set(theirs[table]), key=str)
            print(f"{table}: {len(theirs[table])} rows from Flink, {len(ours[table])} from Millstream, "
                  f"{len(set(theirs[table]) & set(ours[table]))} equal")
            for name, rows in (("only Flink", only_flink), ("only Millstream", only_ours)):
                for row in rows[:10]:
                    print(f"  {name}: {row}")
            different += len(only_flink) + len(only_ours)
        overflowed = [row for row in theirs["sales_per_month"] if row[2] is None]
        assert overflowed, "no month went beyond DECIMAL(10, 2)"
        assert len(theirs["transactions"]) > options.count
        assert different == 0, f"{different} rows differ"
    print(f"commerce: the same tables from {len(sent)} records, doubles to the last bit")


if __name__ == "__main__":
    main()
