"""Kills at every named step, then at random moments; the commerce tables must be exact after each.

Usage: crash.py [--times N] [--kills N] [--comparisons N] [--seed N] [--step NAME]
First each FAILPOINT of the sources ends the server N times (3), at its first to third hit, while the pipeline runs and
topics, groups and segments come and go. Then N (200) kills -9 of the server or of PostgreSQL at random moments. One comparison of the
four tables after each kill; at the end a hundred under load, and every acknowledged record is accounted for.
"""
import argparse
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from commerce_world import commerce  # noqa: E402
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from harness import wait_for  # noqa: E402

SETTINGS = {"kafka.retention-check-interval": "200 ms", "journal.snapshot-after": "64 kb"}
# Steps that are only passed while something else is done.
AT_STOP = {"log.close.before_checkpoint"}
# Steps of opening, with the step at which the process must have died before, if a torn tail is not enough.
AT_START = {"journal.open.after_truncate": None, "journal.open.before_remove": "journal.snapshot.before_remove",
            "log.recover.after_truncate": None, "postgres.recover.before_fence": None, "postgres.recover.after_fence": None}


def all_steps():
    steps = set()
    for path in ROOT.glob("src/**/*.cc"):
        if not path.name.endswith("_test.cc"):
            steps.update(re.findall(r'FAILPOINT\("([a-z._]+)"\)', path.read_text()))
    return sorted(steps)


class Churn(threading.Thread):
    """Topics that roll, lose old segments and are deleted; groups that commit; until told to stop."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.bootstrap, self.stopping, self.last_error = bootstrap, threading.Event(), None

    def run(self):
        quiet = {"bootstrap.servers": self.bootstrap, "log_level": 0, "socket.timeout.ms": 2000}
        admin, number = AdminClient(quiet), 0
        producer = Producer({**quiet, "message.timeout.ms": 5000})
        consumer = Consumer({**quiet, "group.id": "churn", "enable.auto.commit": False})
        while not self.stopping.is_set():
            number += 1
            topic = f"churn-{number}"
            try:
                config = {"segment.bytes": str(1 << 20), "retention.bytes": str(1 << 20), "millstream.flush": "background"}
                for future in admin.create_topics([NewTopic(topic, 2, 1, config=config)], request_timeout=3).values():
                    future.result()
                for i in range(50):
                    producer.produce(topic, value=b"x" * 100_000, partition=i % 2)
                    producer.flush(1 if i % 5 == 0 else 0)
                consumer.commit(offsets=[TopicPartition(topic, 0, 1, metadata="m" * 3000)], asynchronous=False)
                if number > 2:
                    for future in admin.delete_topics([f"churn-{number - 2}"], request_timeout=3).values():
                        future.result()
            except (KafkaException, BufferError) as error:
                self.last_error = error  # the server is down on purpose, or this is the reason why steps are not reached
                time.sleep(0.1)
        consumer.close()


def end_of_batches(segment):
    """Where the next batch would be written: behind the last whole one, over the zeros that may follow it."""
    content, at = segment.read_bytes(), 0
    while (size := int.from_bytes(content[at + 8:at + 12], "big")) > 0 and at + 12 + size <= len(content):
        at += 12 + size
    return at


def tear_tails(server):
    """Half-written bytes behind what was synced: of the journal, and of each partition's active segment."""
    journal = sorted((server.data / "journal").glob("*"))
    partitions = [path for path in (server.data / "topics").glob("*") if path.is_dir()]
    ends = [sorted(path.glob("*.log"))[-1] for path in partitions if list(path.glob("*.log"))]
    for path in [entry for entry in journal if entry.suffix in (".log", ".journal")][-1:] + ends:
        with open(path, "r+b") as file:
            file.seek(end_of_batches(path) if path in ends else path.stat().st_size)
            file.write(b"\x00\x00\x00\x00torn")


def last_step(trace):
    return trace.read_text().strip() if trace.exists() else "none"


class Kills:
    def __init__(self, world, rng, folder):
        self.world, self.rng, self.trace = world, rng, folder / "trace"
        self.counts, self.compared = set(), 0

    def compare(self):
        count = self.world.compare()
        self.counts.add(count)
        self.compared += 1
        return count

    def start(self, armed=""):
        self.world.server.start({"MILLSTREAM_FAILPOINTS": f"trace={self.trace};{armed}"})

    def dies_at(self, step, hit):
        """Runs the server with the step armed until it is dead; says whether that happened."""
        server = self.world.server
        try:
            self.start(f"{step}=kill@{hit}")
            if step in AT_STOP:
                time.sleep(0.3)
                server.process.send_signal(signal.SIGTERM)
            server.process.wait(timeout=30)
        except SystemExit:
            pass  # dead before it was ready
        except subprocess.TimeoutExpired:
            return False
        return server.process.returncode == -signal.SIGKILL

    def at_step(self, step, hit):
        server = self.world.server
        if server.process.poll() is None:
            server.kill()
        before = AT_START.get(step)
        if before is not None:
            assert self.dies_at(before, 1), f"{before} was not reached"
        if step in AT_START or self.rng.random() < 0.3:
            tear_tails(server)
        if step in AT_START:
            hit = 1  # once in a start
        killed = self.dies_at(step, hit)
        if server.process.poll() is None:
            server.kill()
        self.start()
        self.world.wait_running()
        print(f"{step}@{hit}: {'killed' if killed else 'NOT REACHED'}, {self.compare()} transactions agree", flush=True)
        return killed

    def at_random(self, number):
        time.sleep(self.rng.uniform(0.05, 0.8))
        victim = self.rng.choice(["millstream", "postgres"])
        step = last_step(self.trace)
        if victim == "millstream":
            self.world.server.kill()
            step = last_step(self.trace)
            if self.rng.random() < 0.2:
                tear_tails(self.world.server)
            self.start()
        else:
            self.world.postgres.kill()
            self.world.postgres.restart()
        self.world.wait_running()
        print(f"kill {number} of {victim} behind {step}: {self.compare()} transactions agree", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--comparisons", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--step", help="only this one")
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    rng = random.Random(options.seed)
    missed = []
    with commerce(options.seed, SETTINGS, rate=400) as world:  # the comparison reads all rows each time
        churn = Churn(world.server.bootstrap)
        churn.start()
        kills = Kills(world, rng, world.server.folder)
        for step in [options.step] if options.step else all_steps():
            for hit in range(1, options.times + 1):
                if not kills.at_step(step, hit):
                    missed.append(f"{step}@{hit}")
        if not options.step:
            for number in range(1, options.kills + 1):
                kills.at_random(number)
        churn.stopping.set()
        for _ in range(options.comparisons):
            kills.compare()
            time.sleep(0.05)
        wait_for(lambda: not churn.is_alive(), "topics rest")
        world.finish(kills.compared, kills.counts)
        world.server.stop()
    if missed:
        sys.exit(f"never reached: {', '.join(missed)}; topics' last error: {churn.last_error}")
    print("crash: ok")


if __name__ == "__main__":
    main()
