"""Cases with Apache Kafka's own tools, which are its Java client: REAL_KAFKA names the program that runs them."""
import json
import os
import re
import subprocess

from librdkafka import consumer, create, fresh, produce, producer, read


def tool(server, name, *arguments, text=None, ok=True, seconds=120, bootstrap="--bootstrap-server"):
    program = os.environ.get("REAL_KAFKA")
    if not program:
        raise AssertionError("REAL_KAFKA is not set: it names a program with which `$REAL_KAFKA run CLASS ARGUMENTS…` runs a class of Kafka's tools")
    command = [program, "run", name] + ([bootstrap, server.bootstrap] if bootstrap else []) + [str(a) for a in arguments]
    result = subprocess.run(command, input=text, text=True, capture_output=True, timeout=seconds)
    output = result.stdout + result.stderr
    assert (result.returncode == 0) == ok, f"{name} ended with {result.returncode}:\n{output[-3000:]}"
    return output


def case_topic_command(server):
    topic = fresh("java")
    tool(server, "TopicCommand", "--create", "--topic", topic, "--partitions", 3, "--config", "retention.ms=100000")
    described = tool(server, "TopicCommand", "--describe", "--topic", topic)
    assert "PartitionCount: 3" in described and "retention.ms=100000" in described and "Isr: 1" in described, described
    assert "already exists" in tool(server, "TopicCommand", "--create", "--topic", topic, ok=False)
    tool(server, "TopicCommand", "--alter", "--topic", topic, "--partitions", 4)
    assert topic in tool(server, "TopicCommand", "--list")
    tool(server, "TopicCommand", "--delete", "--topic", topic)
    assert topic not in tool(server, "TopicCommand", "--list")


def case_config_command(server):
    topic = create(server, fresh("java"))
    of_topic = ("--entity-type", "topics", "--entity-name", topic)
    tool(server, "ConfigCommand", "--alter", *of_topic, "--add-config", "retention.ms=5000,cleanup.policy=[compact,delete]")
    described = tool(server, "ConfigCommand", "--describe", *of_topic)
    assert "retention.ms=5000" in described and "cleanup.policy=compact,delete" in described, described
    tool(server, "ConfigCommand", "--alter", *of_topic, "--delete-config", "retention.ms")
    assert "retention.ms=5000" not in tool(server, "ConfigCommand", "--describe", *of_topic)
    everything = tool(server, "ConfigCommand", "--describe", *of_topic, "--all")
    assert "DEFAULT_CONFIG:log.retention.ms=604800000" in everything, everything
    tool(server, "ConfigCommand", "--describe", "--entity-type", "brokers", "--entity-name", "1", "--all")


def case_console_producer_and_consumer(server):
    topic = create(server, fresh("java"), 2)
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        lines = "".join(f"h1:v1,h2:v2|{codec}{i}|value {i}\n" for i in range(200))
        tool(server, "ConsoleProducer", "--topic", topic, "--compression-codec", codec, "--reader-property", "parse.key=true",
             "--reader-property", "key.separator=|", "--reader-property", "parse.headers=true", "--reader-property", "headers.delimiter=|",
             text=lines)
    got = tool(server, "ConsoleConsumer", "--topic", topic, "--from-beginning", "--max-messages", 1000, "--timeout-ms", 30000,
               "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true", "--group", fresh("g"))
    rows = [line for line in got.splitlines() if line.startswith("h1:v1,h2:v2")]
    assert len(rows) == 1000 and "h1:v1,h2:v2\tzstd199\tvalue 199" in rows, got[-500:]


def case_groups(server):
    topic, group = create(server, fresh("java"), 2), fresh("g")
    produce(producer(server), topic, [(str(i).encode(), b"v") for i in range(100)])
    tool(server, "ConsoleConsumer", "--topic", topic, "--from-beginning", "--max-messages", 100, "--timeout-ms", 30000, "--group", group)
    assert group in tool(server, "ConsumerGroupCommand", "--list")
    described = tool(server, "ConsumerGroupCommand", "--describe", "--group", group)
    lags = [line.split()[5] for line in described.splitlines() if line.startswith(group)]
    assert lags == ["0", "0"], described
    assert "Empty" in tool(server, "ConsumerGroupCommand", "--describe", "--group", group, "--state")
    tool(server, "ConsumerGroupCommand", "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--execute")
    described = tool(server, "ConsumerGroupCommand", "--describe", "--group", group)
    assert sum(int(line.split()[5]) for line in described.splitlines() if line.startswith(group)) == 100, described
    tool(server, "ConsumerGroupCommand", "--delete", "--group", group)
    assert group not in tool(server, "ConsumerGroupCommand", "--list")


def case_offsets_and_records(server):
    topic = create(server, fresh("java"))
    produce(producer(server), topic, [(None, b"v")] * 50)
    assert f"{topic}:0:50" in tool(server, "GetOffsetShell", "--topic", topic)
    assert f"{topic}:0:0" in tool(server, "GetOffsetShell", "--topic", topic, "--time", "earliest")
    tool(server, "GetOffsetShell", "--topic", topic, "--time", "max-timestamp")
    path = server.folder / "delete.json"
    path.write_text(json.dumps({"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": 20}]}))
    assert "low_watermark: 20" in tool(server, "DeleteRecordsCommand", "--offset-json-file", path)
    assert f"{topic}:0:20" in tool(server, "GetOffsetShell", "--topic", topic, "--time", "earliest")
    assert topic in tool(server, "LogDirsCommand", "--describe", "--topic-list", topic)
    versions = tool(server, "BrokerApiVersionsCommand")
    assert "Produce(0): 0 to 13" in versions and "ERROR" not in versions, versions[:2000]


def case_performance_tools(server):
    topic = create(server, fresh("java"), 2)
    out = tool(server, "org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", 200000, "--record-size", 200,
               "--throughput", -1, "--command-property", "linger.ms=5")
    rate = re.findall(r"200000 records sent, ([0-9.]+) records/sec", out)
    assert rate, out
    read_out = tool(server, "org.apache.kafka.tools.ConsumerPerformance", "--topic", topic, "--num-records", 200000)
    assert re.search(r"20\d{4}", read_out), read_out
    return f"{float(rate[0]):,.0f} records/s produced, JVM start included"


def case_verifiable_clients(server):
    topic = create(server, fresh("java"))
    out = tool(server, "VerifiableProducer", "--topic", topic, "--max-messages", 2000, "--acks", -1)
    assert '"acked":2000' in out, out[-500:]
    out = tool(server, "VerifiableConsumer", "--topic", topic, "--group-id", fresh("g"), "--max-messages", 2000, "--reset-policy", "earliest")
    assert sum(json.loads(line)["count"] for line in out.splitlines() if '"records_consumed"' in line) == 2000, out[-500:]


def case_dump_log_reads_our_segments(server):
    topic = create(server, fresh("dump"), config={"segment.bytes": "1048576"})
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        produce(producer(server, compression_type=codec, enable_idempotence=True), topic, [(b"key", f"{codec} {i} {os.urandom(150).hex()}".encode()) for i in range(2000)])
    folder = server.data / "topics" / f"{topic}-0"
    server.stop()  # the last segment's indexes are written out
    try:
        files = sorted(folder.glob("*.log"))
        assert len(files) > 1, files
        out = tool(server, "DumpLogSegments", "--deep-iteration", "--print-data-log", "--files", ",".join(map(str, files)), bootstrap=None)
        offsets = [int(at) for at in re.findall(r"^\| offset: (\d+)", out, re.M)]
        assert offsets == list(range(10000)), offsets[:5]
        assert "isvalid: false" not in out and "zstd 1999" in out and "CreateTime" in out
        indexes = sorted(folder.glob("*.index")) + sorted(folder.glob("*.timeindex"))
        assert indexes
        out = tool(server, "DumpLogSegments", "--files", ",".join(map(str, indexes)), "--index-sanity-check", bootstrap=None)
        assert "mismatches" not in out.lower() and "corrupt" not in out.lower(), out[-2000:]
    finally:
        server.start()
    reader = consumer(server, fresh("g"))
    reader.subscribe([topic])
    read(reader, 10000)
    reader.close()
    return f"{len(files)} segments, 10,000 records"


def case_transactions_are_refused_by_name(server):
    out = tool(server, "org.apache.kafka.tools.ProducerPerformance", "--topic", create(server, fresh("java")), "--num-records", 10, "--record-size", 10,
               "--throughput", -1, "--transactional-id", fresh("t"), ok=False)
    assert "TransactionalIdAuthorization" in out or "transactional" in out.lower(), out[-1500:]
