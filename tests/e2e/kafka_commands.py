"""`topic`, `group`, `produce` and `consume` against a running server: output for people and programs, exit codes, pipes."""
import base64
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys

import confluent_kafka

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BINARY, Millstream, free_port, temporary_folder  # noqa: E402

DONE, FAILED, USAGE = 0, 1, 2


class Commands:
    """The binary against one broker."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def words(self, *arguments):
        return [BINARY, *arguments, "--bootstrap-server", self.bootstrap]

    def start(self, *arguments, **options):
        return subprocess.Popen(self.words(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run(self, *arguments, text="", code=DONE):
        result = subprocess.run(self.words(*arguments), input=text, capture_output=True, text=True, timeout=60)
        assert result.returncode == code, f"{arguments} ended with {result.returncode}, not {code}:\n{result.stdout}{result.stderr}"
        return result

    def out(self, *arguments, text=""):
        return self.run(*arguments, text=text).stdout

    def json(self, *arguments, text=""):
        return json.loads(self.out(*arguments, "--json", text=text))

    def rows(self, *arguments):
        """One JSON object a line."""
        return [json.loads(line) for line in self.out(*arguments, "--json").splitlines()]

    def refusal(self, *arguments, code=FAILED, text=""):
        result = self.run(*arguments, code=code, text=text)
        assert result.stdout == "", result.stdout
        assert result.stderr.startswith("error: "), result.stderr
        return result.stderr


def case_topics(kafka):
    assert kafka.out("topic", "create", "sales", "--partitions", "3", "-c", "retention.ms=60000") == "sales is there.\n"
    assert kafka.json("topic", "create", "plain") == {"created": "plain"}
    assert {"topic": "sales", "partitions": 3} in kafka.json("topic", "list")
    assert "sales" in kafka.out("topic", "list").split()
    text = kafka.out("topic", "describe", "sales")
    assert text.startswith("sales\n") and "retention.ms = 60000\n" in text, text
    described = kafka.json("topic", "describe", "sales")
    assert described["topic"] == "sales" and described["config"] == {"retention.ms": "60000"}, described
    assert described["partitions"][2] == {"partition": 2, "begin": 0, "end": 0, "records": 0}, described
    assert kafka.out("topic", "delete", "plain") == "plain is gone.\n"
    assert "plain" not in kafka.out("topic", "list").split()


def case_topics_that_cannot_be(kafka):
    kafka.run("topic", "create", "once")
    assert "exists" in kafka.refusal("topic", "create", "once")
    assert "nowhere" in kafka.refusal("topic", "describe", "nowhere")
    assert "nowhere" in kafka.refusal("topic", "delete", "nowhere")
    assert "nowhere" not in kafka.out("topic", "list"), "asking does not create"
    kafka.refusal("topic", "create", "a b")
    assert "frobnicate" in kafka.refusal("topic", "create", "wrong", "-c", "frobnicate=1")
    assert "--config takes KEY=VALUE" in kafka.refusal("topic", "create", "wrong", "-c", "retention.ms", code=USAGE)
    kafka.refusal("topic", "create", "wrong", "--partitions", "0", code=USAGE)
    kafka.refusal("topic", "create", "wrong", "--partitions", "10001")
    assert "wrong" not in kafka.out("topic", "list").split()


def case_records_there_and_back(kafka):
    kafka.run("topic", "create", "letters", "-p", "1")
    sent = kafka.run("produce", "letters", text="a\n\nZürich 東京 €\n" + "x" * 100_000 + "\nlast without a line break")
    assert sent.stdout == "" and sent.stderr == "5 records acknowledged\n", sent
    assert kafka.json("produce", "letters", text="json\n") == {"acknowledged": 1}
    assert kafka.json("produce", "letters", text="") == {"acknowledged": 0}
    lines = kafka.out("consume", "letters", "--from-beginning", "--exit-at-end").split("\n")
    assert lines == ["a", "", "Zürich 東京 €", "x" * 100_000, "last without a line break", "json", ""], [line[:50] for line in lines]
    assert kafka.out("consume", "letters", "-o", "5", "-e") == "json\n"
    assert kafka.out("consume", "letters", "-o", "beginning", "-n", "1") == "a\n"
    assert kafka.out("consume", "letters", "-e") == "", "the end is where it starts by itself"


def case_bytes_that_are_no_text(kafka):
    """What is read as JSON is what was sent, byte by byte."""
    kafka.run("topic", "create", "binary", "-p", "1")
    sent = [(b"caf\xc3\xa9", b"text \x01"), (b"\xff\xfe", bytes(range(0x20, 0x100))), (b"", b"\xed\xa0\x80")]
    subprocess.run(kafka.words("produce", "binary", "-k", "=>"), input=b"".join(key + b"=>" + value + b"\n" for key, value in sent), check=True, capture_output=True)
    producer = confluent_kafka.Producer({"bootstrap.servers": kafka.bootstrap})
    producer.produce("binary", None, None, headers=[("trace", b"\x00\xff"), ("trace", "ä"), ("nothing", None)])
    assert producer.flush(20) == 0
    rows = kafka.rows("consume", "binary", "-o", "beginning", "-e")

    def bytes_of(row, field):
        return base64.b64decode(row[field + "_base64"], validate=True) if field + "_base64" in row else row[field].encode()
    assert [(bytes_of(row, "key"), bytes_of(row, "value")) for row in rows[:3]] == sent, rows
    assert [sorted(row.keys() & {"key", "value", "key_base64", "value_base64"}) for row in rows] == [
        ["key", "value"], ["key_base64", "value_base64"], ["key", "value_base64"], ["key", "value"]], rows
    assert rows[3]["key"] is None and rows[3]["value"] is None, rows[3]
    assert rows[3]["headers"] == [{"name": "trace", "value_base64": "AP8="}, {"name": "trace", "value": "ä"}, {"name": "nothing", "value": None}], rows[3]


def case_keys_and_partitions(kafka):
    kafka.run("topic", "create", "keyed", "-p", "4")
    kafka.run("produce", "keyed", "-k", "=>", text="".join(f"key{i % 10}=>value {i}\n" for i in range(100)))
    rows = kafka.rows("consume", "keyed", "-o", "beginning", "-e")
    assert sorted(row["value"] for row in rows) == sorted(f"value {i}" for i in range(100))
    of_key = {}
    for row in rows:
        of_key.setdefault(row["key"], set()).add(row["partition"])
    assert len(of_key) == 10 and all(len(partitions) == 1 for partitions in of_key.values()), of_key
    assert len(set.union(*of_key.values())) > 1, "all keys in one partition"
    assert all(row["topic"] == "keyed" and row["timestamp"] > 0 and row["headers"] == [] for row in rows)
    kafka.run("produce", "keyed", "-p", "3", "-k", ":", text="k:only here\n")
    assert kafka.out("consume", "keyed", "-p", "3", "-o", "beginning", "-e", "-k").endswith("k\tonly here\n")
    assert "a line has no ':': without" in kafka.refusal("produce", "keyed", "-k", ":", text="a:1\nwithout\n", code=USAGE)
    assert "keyed: " in kafka.refusal("produce", "keyed", "-p", "9", text="x\n")


def case_groups(kafka):
    kafka.run("topic", "create", "work", "-p", "2")
    for partition in ("0", "1"):
        kafka.run("produce", "work", "-p", partition, text="".join(f"{i}\n" for i in range(5)))
    options = ("consume", "work", "-g", "workers", "-o", "beginning", "-e")
    assert sorted(kafka.out(*options).split(), key=int) == [str(i // 2) for i in range(10)]
    assert kafka.out(*options) == "", "the group goes on where it was"
    kafka.run("produce", "work", text="10\n")
    described = kafka.json("group", "describe", "workers")
    assert described["group"] == "workers" and described["members"] == [], described
    assert sum(row["committed"] for row in described["offsets"]) == 10 and sum(row["lag"] for row in described["offsets"]) == 1, described
    assert {"group": "workers", "state": "Empty"} in kafka.json("group", "list")
    assert "No members." in kafka.out("group", "describe", "workers")

    running = kafka.start("consume", "work", "-g", "workers")
    try:
        assert running.stdout.readline() == "10\n"
        members = kafka.json("group", "describe", "workers")["members"]
        assert len(members) == 1 and "work" in members[0]["assignment"], members
        text = kafka.refusal("group", "delete", "workers")
        assert "not empty" in text, text
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == DONE, running.stderr.read()
    finally:
        running.kill()
    assert sum(row["lag"] for row in kafka.json("group", "describe", "workers")["offsets"]) == 0, "committed when it was stopped"
    assert kafka.out("group", "delete", "workers") == "workers is gone.\n"
    assert "workers" not in kafka.out("group", "list")
    assert "workers" in kafka.refusal("group", "describe", "workers")
    assert "workers" in kafka.refusal("group", "delete", "workers")


def case_a_member_for_whom_no_partition_is_left(kafka):
    kafka.run("topic", "create", "narrow", "-p", "1")
    kafka.run("produce", "narrow", text="first\n")
    for strategy in ("range", "cooperative-sticky"):
        group = f"many-{strategy}"
        options = ("consume", "narrow", "-g", group, "-o", "beginning", "-X", f"partition.assignment.strategy={strategy}")
        # Of equal members the one with the first name gets the partition; names begin with the client's.
        holder = kafka.start(*options, "-X", "client.id=first")
        try:
            assert holder.stdout.readline() == "first\n"
            # Twice: the second finds a group that somebody has just left.
            for _ in range(2):
                late = kafka.run(*options, "-X", "client.id=second", "-e", "--json")
                assert late.stdout == "", late.stdout
                assert late.stderr == f"other members of the group {group} hold all partitions of narrow: there is nothing to read here\n", late.stderr
            assert holder.poll() is None
        finally:
            holder.kill()
            holder.wait()


def case_a_member_waits_for_partitions_on_their_way(kafka):
    # Where members hand over one by one, the first assignment of the second is empty though one is to come.
    kafka.run("topic", "create", "handed", "-p", "2")
    for partition in ("0", "1"):
        kafka.run("produce", "handed", "-p", partition, text="before\n")
    options = ("consume", "handed", "-g", "handing", "-o", "beginning", "-X", "partition.assignment.strategy=cooperative-sticky")
    holder = kafka.start(*options)
    try:
        assert [holder.stdout.readline() for _ in range(2)] == ["before\n"] * 2
        second = kafka.run(*options, "-e")
        assert second.stderr == "", second.stderr
    finally:
        holder.kill()
        holder.wait()


def case_what_a_group_has_not_read(kafka):
    kafka.run("topic", "create", "halves", "-p", "2")
    kafka.run("produce", "halves", "-p", "0", text="a\nb\n")
    kafka.run("consume", "halves", "-g", "readers", "-o", "beginning", "-e")
    kafka.run("produce", "halves", "-p", "1", text="c\n")
    assert kafka.json("group", "describe", "readers")["offsets"] == [
        {"topic": "halves", "partition": 0, "committed": 2, "end": 2, "lag": 0},
        {"topic": "halves", "partition": 1, "committed": None, "end": 1, "lag": None}]


def case_producing_until_it_is_stopped(kafka):
    kafka.run("topic", "create", "typed")
    running = subprocess.Popen(kafka.words("produce", "typed"), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        running.stdin.write("sent before Ctrl+C\n")
        running.stdin.flush()
        assert kafka.out("consume", "typed", "-o", "beginning", "-n", "1") == "sent before Ctrl+C\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == DONE
        assert running.stderr.read() == "1 record acknowledged\n"
    finally:
        running.kill()


def case_consuming_goes_on_until_it_is_stopped(kafka):
    kafka.run("topic", "create", "ticks")
    running = kafka.start("consume", "ticks", "-o", "beginning")
    try:
        for tick in ("one", "two"):
            kafka.run("produce", "ticks", text=tick + "\n")
            assert running.stdout.readline() == tick + "\n", "each line comes at once, also through a pipe"
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == DONE
    finally:
        running.kill()
    # `consume | head -n 1`: the reader has gone, and that is nobody's error.
    kafka.run("produce", "ticks", text="x\n" * 50_000)
    running = kafka.start("consume", "ticks", "-o", "beginning")
    try:
        assert running.stdout.readline() == "one\n"
        running.stdout.close()
        running.wait(timeout=20)
        assert "error" not in running.stderr.read()
    finally:
        running.kill()


def case_a_topic_deleted_while_it_is_read(kafka):
    for name, words in (("gone", ()), ("gone-group", ("-g", "gone-readers"))):
        kafka.run("topic", "create", name)
        kafka.run("produce", name, text="x\n")
        running = kafka.start("consume", name, "--from-beginning", *words)
        try:
            assert running.stdout.readline() == "x\n"
            kafka.run("topic", "delete", name)
            assert running.wait(timeout=30) == FAILED
            assert f"the topic {name} was deleted" in running.stderr.read()
        finally:
            running.kill()


def case_offsets_beyond_a_partition(kafka):
    kafka.run("topic", "create", "short")
    kafka.run("produce", "short", text="a\nb\nc\n")
    assert kafka.out("consume", "short", "-o", "2", "-e") == "c\n"
    assert kafka.out("consume", "short", "-o", "99", "-e") == "", "beyond the end there is nothing"


def case_wrong_words(kafka):
    assert "--bootstrap-server" in kafka.refusal("consume", "x", "--server", "http://127.0.0.1:8080", code=USAGE)
    assert "beginning, end, or a number" in kafka.refusal("consume", "keyed", "-o", "middle", code=USAGE)
    assert "nowhere" in kafka.refusal("consume", "nowhere", "-e")
    assert "no.such.property" in kafka.refusal("topic", "list", "-X", "no.such.property=1", code=USAGE)
    nobody = Commands(f"127.0.0.1:{free_port()}")
    for words in (("topic", "list"), ("group", "list"), ("produce", "t"), ("consume", "t", "-e")):
        text = nobody.refusal(*words, text="x\n")
        assert nobody.bootstrap in text and "millstream serve" in text, (words, text)


def main():
    with temporary_folder() as folder:
        server = Millstream(folder)
        server.start()
        try:
            cases = [case for name, case in globals().items() if name.startswith("case_") and (not sys.argv[1:] or name in sys.argv[1:])]
            # Most of the time is spent starting processes; the cases have topics of their own.
            with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
                for case, run in [(case, pool.submit(case, Commands(server.bootstrap))) for case in cases]:
                    try:
                        run.result()
                    except Exception as error:
                        raise AssertionError(f"{case.__name__}: {error}") from error
            print(f"{len(cases)} cases of the Kafka commands passed")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
