"""Cases with kafka-python, a client with a protocol implementation of its own."""
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from harness import wait_for
from librdkafka import create, fresh


def case_produce_and_consume(server):
    for codec in (None, "gzip"):
        topic = create(server, fresh("py"), 2)
        out = KafkaProducer(bootstrap_servers=server.bootstrap, compression_type=codec, acks="all", linger_ms=5)
        sent = [out.send(topic, key=b"k%d" % i, value=b"v%d" % i, headers=[("n", b"%d" % i)], timestamp_ms=1_700_000_000_000 + i) for i in range(500)]
        offsets = [future.get(30) for future in sent]
        out.close()
        assert {meta.partition for meta in offsets} == {0, 1}
        reader = KafkaConsumer(topic, bootstrap_servers=server.bootstrap, auto_offset_reset="earliest", group_id=None, consumer_timeout_ms=20_000)
        seen = {}
        for message in reader:
            seen[message.key] = message
            if len(seen) == 500:
                break
        reader.close()
        for i in range(500):
            message = seen[b"k%d" % i]
            assert (message.value, message.timestamp, list(message.headers)) == (b"v%d" % i, 1_700_000_000_000 + i, [("n", b"%d" % i)])


def case_idempotent_producer(server):
    topic = create(server, fresh("py"))
    out = KafkaProducer(bootstrap_servers=server.bootstrap, enable_idempotence=True, acks="all")
    futures = [out.send(topic, b"%d" % i) for i in range(1000)]
    assert [future.get(30).offset for future in futures] == list(range(1000))
    out.close()


def case_group_of_two_commit_and_resume(server):
    topic, group = create(server, fresh("py"), 2), fresh("g")
    options = dict(bootstrap_servers=server.bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
                   session_timeout_ms=6000, heartbeat_interval_ms=500)
    members = [KafkaConsumer(topic, **options) for _ in range(2)]
    assignments, stop = {}, threading.Event()

    def run(index):
        while not stop.is_set():
            members[index].poll(timeout_ms=100)
            assignments[index] = members[index].assignment()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
    # They join at the same moment, but know the topic by then. Up to kafka-python 3.0.12 at least, a leader that learns of
    # partitions after it joined begins to join again and forgets it if poll() times out meanwhile: it stops to heartbeat
    # and gets no partition for ever, also on Apache Kafka with group.initial.rebalance.delay.ms=0.
    for member in members:
        wait_for(lambda: member.partitions_for_topic(topic), "the member knows the partitions", 40)
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: sorted(len(a) for a in assignments.values()) == [1, 1], "each member has one partition", 40)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for member in members:
        member.close()
    out = KafkaProducer(bootstrap_servers=server.bootstrap)
    for i in range(20):
        out.send(topic, b"%d" % i, partition=0).get(10)
    out.close()
    first = KafkaConsumer(**options)
    first.subscribe([topic])
    got = []
    end = time.monotonic() + 30
    while len(got) < 20 and time.monotonic() < end:
        for messages in first.poll(timeout_ms=500).values():
            got += messages
    assert len(got) == 20, len(got)
    first.commit({TopicPartition(topic, 0): OffsetAndMetadata(12, "here", -1)})
    first.close()
    second = KafkaConsumer(**options)
    second.subscribe([topic])
    message = next(second)
    assert message.offset == 12
    assert second.committed(TopicPartition(topic, 0)) == 12
    second.close()


def case_offsets(server):
    topic = create(server, fresh("py"))
    out = KafkaProducer(bootstrap_servers=server.bootstrap)
    for i in range(10):
        out.send(topic, b"v", timestamp_ms=1_700_000_000_000 + i * 10).get(10)
    out.close()
    reader = KafkaConsumer(bootstrap_servers=server.bootstrap)
    at = TopicPartition(topic, 0)
    assert reader.beginning_offsets([at]) == {at: 0} and reader.end_offsets([at]) == {at: 10}
    assert reader.offsets_for_times({at: 1_700_000_000_041})[at].offset == 5
    reader.close()


def case_admin(server):
    client = KafkaAdminClient(bootstrap_servers=server.bootstrap)
    topic = fresh("py")
    client.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "1000"})])
    try:
        client.create_topics([NewTopic(topic, 3, 1)])
        raise AssertionError("created twice")
    except TopicAlreadyExistsError:
        pass
    assert topic in client.list_topics()
    assert len(client.describe_topics([topic])[0]["partitions"]) == 3
    assert "1000" in str(client.describe_configs([ConfigResource("TOPIC", topic)]))
    client.delete_topics([topic])
    assert topic not in client.list_topics()
    try:
        client.delete_topics([topic])
        raise AssertionError("deleted twice")
    except KafkaError:
        pass
    client.close()
