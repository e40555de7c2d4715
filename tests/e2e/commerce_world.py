"""The commerce pipeline on real peers: the example's SQL unchanged, its producer, and comparisons of the tables."""
import contextlib
import datetime
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "commerce"))
from confluent_kafka import Producer, SerializingProducer  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from confluent_kafka.serialization import StringSerializer  # noqa: E402

import producer as example  # noqa: E402
from harness import ROOT, Millstream, Postgres, temporary_folder, wait_for  # noqa: E402

EXAMPLE = ROOT / "examples" / "commerce"
TOPIC = "financial_transactions"

COMPARE = """
SELECT
  (SELECT count(*) FROM transactions),
  (SELECT count(*) FROM (
     SELECT category, sum(amount) AS total FROM transactions GROUP BY category) t
     FULL JOIN sales_per_category s USING (category)
   WHERE s.category IS NULL OR t.category IS NULL OR abs(t.total - s.total_sales) > 1e-9 * greatest(1, abs(t.total))),
  (SELECT count(*) FROM (
     SELECT CAST(transactiondate AS date) AS sale_day, sum(amount) AS total FROM transactions GROUP BY 1) t
     FULL JOIN sales_per_day s USING (sale_day)
   WHERE s.sale_day IS NULL OR t.sale_day IS NULL OR abs(t.total - s.total_sales) > 1e-9 * greatest(1, abs(t.total))),
  (SELECT count(*) FROM (
     SELECT CAST(extract(year FROM transactiondate) AS int) AS year_num,
            CAST(extract(month FROM transactiondate) AS int) AS month_num,
            sum(CAST(amount AS numeric(10, 2))) AS total FROM transactions GROUP BY 1, 2) t
     FULL JOIN sales_per_month s USING (year_num, month_num)
   WHERE s.year_num IS NULL OR t.year_num IS NULL OR t.total IS DISTINCT FROM s.total_sales)
"""


def pipeline_with_records():
    """The example's file with a fifth INSERT that records partition and offset of every row in a keyless table."""
    text = (EXAMPLE / "pipeline.sql").read_text()
    text = text.replace("  ts AS TO_TIMESTAMP", "  part INT METADATA FROM 'partition' VIRTUAL,\n"
                        "  off BIGINT METADATA FROM 'offset' VIRTUAL,\n  ts AS TO_TIMESTAMP", 1)
    records = """
CREATE TABLE records (part INT, off BIGINT) WITH (
  'connector' = 'jdbc', 'url' = 'jdbc:postgresql://postgres:5432/commerce', 'table-name' = 'records',
  'username' = 'postgres', 'password' = 'postgres'
);

EXECUTE STATEMENT SET
BEGIN
INSERT INTO records SELECT part, off FROM financial_transactions;
"""
    assert text.count("EXECUTE STATEMENT SET\nBEGIN\n") == 1
    return text.replace("EXECUTE STATEMENT SET\nBEGIN\n", records)


def fill(bootstrap, records):
    """Makes the topic, with one partition, of (key, value)."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(TOPIC, 1, 1)]).values():
        future.result()
    out = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 20,
                    "batch.size": 500_000, "log_level": 3})
    for key, value in records:
        while True:
            try:
                out.produce(TOPIC, key=key, value=value)
                break
            except BufferError:
                out.poll(0.05)
    assert out.flush(120) == 0


class Load(threading.Thread):
    """Produces good and bad records until told to stop; counts what was acknowledged."""

    def __init__(self, bootstrap, seed, bad_share=0.01, rate=2000):
        super().__init__(daemon=True)
        self.rng, self.bad_share, self.rate = random.Random(seed), bad_share, rate
        self.stopping = threading.Event()
        self.acknowledged = self.bad_sent = self.failed = 0
        self.producer = SerializingProducer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
            "message.timeout.ms": 600000, "log_level": 2,  # broken connections are the point here
            "key.serializer": StringSerializer("utf_8"),
            "value.serializer": lambda value, context: value})

    def bad_record(self, event):
        broken = [
            b'{"transactionId": "cut off',
            b"not json at all",
            b"\xff\xfe\x00\x01",
            json.dumps({**event, "transactionDate": "yesterday"}).encode(),
            json.dumps({**event, "transactionDate": None}).encode(),
        ]
        return self.rng.choice(broken)

    def run(self):
        def on_delivery(error, message):
            if error is None:
                self.acknowledged += 1
            else:
                self.failed += 1
        started, sent = time.monotonic(), 0
        now = datetime.datetime(2026, 3, 28, 12, 0, 0)
        while not self.stopping.is_set():
            # Event time runs ahead of the clock so that days and months change within the test.
            event = example.transaction(self.rng, now + datetime.timedelta(seconds=sent * 60))
            value = json.dumps({**event, "unknown_field": 1}).encode()
            if self.rng.random() < self.bad_share:
                value = self.bad_record(event)
                self.bad_sent += 1
            while True:
                try:
                    self.producer.produce(TOPIC, key=event["transactionId"], value=value, on_delivery=on_delivery)
                    break
                except BufferError:
                    self.producer.poll(0.05)
            sent += 1
            self.producer.poll(0)
            ahead = started + sent / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        left = self.producer.flush(120)
        assert left == 0, f"{left} records were never acknowledged"


def compare_once(connection):
    """One consistent snapshot of the four tables; returns the number of transactions in it."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        count, category, day, month = connection.execute(COMPARE).fetchone()
    assert (category, day, month) == (0, 0, 0), \
        f"at {count} transactions: {category} categories, {day} days, {month} months differ"
    return count


def running(server):
    return any(job["state"] == "RUNNING" for job in server.jobs())


def dead_letters(server):
    """Records in error_log."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "none"})
    try:
        metadata = consumer.list_topics(timeout=10)
        if "error_log" not in metadata.topics:
            return 0
        total = 0
        for partition in metadata.topics["error_log"].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition("error_log", partition), timeout=10)
            total += high - low
        return total
    finally:
        consumer.close()


class World:
    """PostgreSQL, Millstream with the pipeline RUNNING, and a producer; all of it ends with the context."""

    def __init__(self, folder, seed, settings=None, binary=None, rate=2000):
        self.postgres = Postgres(folder)
        self.postgres.execute("CREATE DATABASE commerce")
        self.postgres.execute((EXAMPLE / "create_tables.sql").read_text(), "commerce")
        self.postgres.execute("CREATE TABLE records (part int, off bigint)", "commerce")
        options = {"binary": binary} if binary else {}
        self.server = Millstream(folder, {"broker": "self", "postgres": f"127.0.0.1:{self.postgres.port}"},
                                 {"engine.checkpoint-interval": "200 ms", **(settings or {})}, **options)
        self.server.start()
        (folder / "pipeline.sql").write_text(pipeline_with_records())
        self.server.run("sql", "-f", str(folder / "pipeline.sql"))
        self.wait_running()
        self.load = Load(self.server.bootstrap, seed, rate=rate)
        self.load.start()

    def wait_running(self):
        wait_for(lambda: running(self.server), "the job is RUNNING")

    def compare(self):
        with self.postgres.connect("commerce") as connection:
            return compare_once(connection)

    def finish(self, comparisons, counts):
        """Stops the producer and holds every acknowledged record against the tables and the dead letters."""
        load = self.load
        load.stopping.set()
        load.join()
        assert load.failed == 0, f"{load.failed} records failed"
        expected = load.acknowledged - load.bad_sent

        def caught_up():
            return self.postgres.execute("SELECT count(*) FROM records", "commerce")[0][0] >= expected
        wait_for(caught_up, f"{expected} records in PostgreSQL", 120)
        rows, distinct = self.postgres.execute(
            "SELECT count(*), count(DISTINCT (part, off)) FROM records", "commerce")[0]
        final = self.compare()
        letters = dead_letters(self.server)
        print(f"{load.acknowledged} acknowledged, {load.bad_sent} bad, {rows} rows, {distinct} distinct, "
              f"{final} transactions, {letters} dead letters, {comparisons} comparisons over {len(counts)} counts")
        assert rows == distinct == load.acknowledged - letters, "records lost or doubled"
        assert letters == load.bad_sent, "each bad record is one dead letter"
        assert final == expected
        self.load.producer.flush(0)

    def close(self):
        if self.server.process.poll() is None:
            self.server.kill()
        self.postgres.stop()


@contextlib.contextmanager
def commerce(seed, settings=None, binary=None, rate=2000):
    with temporary_folder() as folder:
        world = World(folder, seed, settings, binary, rate)
        try:
            yield world
        except BaseException:
            print(world.server.log()[-6000:])
            raise
        finally:
            world.load.stopping.set()
            world.close()
