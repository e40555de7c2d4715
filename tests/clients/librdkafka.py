"""Cases with confluent-kafka, which is librdkafka: what most applications outside the JVM use."""
import multiprocessing
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, OFFSET_BEGINNING, Producer, TopicPartition, TIMESTAMP_CREATE_TIME
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, IsolationLevel, TopicCollection
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec)

from harness import wait_for

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def fresh(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


ADMINS = {}


def admin(server):
    """One for all cases: a client that is collected ends what it still has to do."""
    if server.bootstrap not in ADMINS:
        ADMINS[server.bootstrap] = AdminClient({"bootstrap.servers": server.bootstrap})
    return ADMINS[server.bootstrap]


def producer(server, **settings):
    return Producer({"bootstrap.servers": server.bootstrap, "linger.ms": 5, **{k.replace("_", "."): v for k, v in settings.items()}})


def consumer(server, group, **settings):
    return Consumer({"bootstrap.servers": server.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, **{k.replace("_", "."): v for k, v in settings.items()}})


def create(server, topic, partitions=1, config=None):
    for future in admin(server).create_topics([NewTopic(topic, partitions, 1, config=config or {})]).values():
        future.result(30)
    return topic


def error_of(call):
    """The name of the Kafka error that the call ends with."""
    try:
        call()
    except KafkaException as error:
        return error.args[0].name()
    return "none"


def produce(out, topic, records, **extra):
    """Produces (key, value) pairs, waits, and fails if one was refused."""
    refused = []
    for key, value in records:
        while True:
            try:
                out.produce(topic, value, key, on_delivery=lambda error, _: error and refused.append(error), **extra)
                break
            except BufferError:
                out.poll(0.1)
    assert out.flush(60) == 0, "records are left in the producer's queue"
    assert not refused, refused[:3]


def read(reader, count, seconds=30):
    """`count` messages, or an error that says how many came."""
    messages, end = [], time.monotonic() + seconds
    while len(messages) < count:
        assert time.monotonic() < end, f"{len(messages)} of {count} messages came"
        message = reader.poll(0.2)
        if message is None:
            continue
        assert message.error() is None, message.error()
        messages.append(message)
    return messages


def case_codecs_keys_headers_and_timestamps(server):
    for codec in CODECS:
        topic = create(server, fresh("codec"), 3)
        out = producer(server, compression_type=codec)
        headers = [("h", b"\x00\xff"), ("h", b"again"), ("none", None)]
        base = int(time.time() * 1000) - 100_000
        for i in range(300):
            out.produce(topic, None if i % 50 == 7 else b"" if i % 50 == 8 else f"value {i} ".encode() * 20,
                        None if i % 50 == 9 else f"key {i}".encode(), headers=headers if i % 3 == 0 else None, timestamp=base + i)
        assert out.flush(30) == 0
        reader = consumer(server, fresh("g"), check_crcs=True)
        reader.subscribe([topic])
        seen = {}
        for message in read(reader, 300):
            kind, at = message.timestamp()
            assert kind == TIMESTAMP_CREATE_TIME
            seen[at - base] = message
        reader.close()
        assert sorted(seen) == list(range(300))
        for i, message in seen.items():
            assert message.value() == (None if i % 50 == 7 else b"" if i % 50 == 8 else f"value {i} ".encode() * 20), i
            assert message.key() == (None if i % 50 == 9 else f"key {i}".encode())
            assert message.headers() == (headers if i % 3 == 0 else None)
        assert len({m.partition() for m in seen.values()}) == 3


def case_acks_and_sizes(server):
    topic = create(server, fresh("acks"))
    for acks in ("0", "1", "all"):
        produce(producer(server, acks=acks), topic, [(b"k", acks.encode())] * 10)
    reader = consumer(server, fresh("g"))
    reader.subscribe([topic])
    assert [m.value() for m in read(reader, 30)] == [b"0"] * 10 + [b"1"] * 10 + [b"all"] * 10
    reader.close()
    large = create(server, fresh("large"))
    out = producer(server, message_max_bytes=3_000_000)
    produce(out, large, [(b"k", b"x" * 1_000_000)])
    failures = []
    out.produce(large, b"x" * 1_100_000, on_delivery=lambda error, _: failures.append(error.name()))
    out.flush(30)
    assert failures == ["MSG_SIZE_TOO_LARGE"], failures
    wide = create(server, fresh("wide"), config={"max.message.bytes": "2500000"})
    produce(out, wide, [(b"k", b"y" * 2_400_000)])
    reader = consumer(server, fresh("g"))
    reader.subscribe([wide])
    assert len(read(reader, 1)[0].value()) == 2_400_000
    reader.close()


def case_idempotent_producer_survives_a_killed_server(server):
    topic = create(server, fresh("idempotent"), 2)
    out = producer(server, enable_idempotence=True, message_timeout_ms=60000, reconnect_backoff_max_ms=200)
    refused = []
    for i in range(6000):
        out.produce(topic, str(i).encode(), partition=i % 2, on_delivery=lambda error, _: error and refused.append(error))
        if i % 200 == 0:
            out.poll(0.01)
        if i == 3000:
            server.kill()
            server.start()
    assert out.flush(90) == 0 and not refused, refused[:3]
    reader = consumer(server, fresh("g"))
    reader.subscribe([topic])
    values = {0: [], 1: []}
    for message in read(reader, 6000):
        values[message.partition()].append(int(message.value()))
    assert reader.poll(0.5) is None
    reader.close()
    assert values == {0: list(range(0, 6000, 2)), 1: list(range(1, 6000, 2))}


def case_transactions_are_refused_by_name(server):
    out = producer(server, transactional_id=fresh("t"))
    assert error_of(lambda: out.init_transactions(20)) == "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"


def lost_member(bootstrap, group, topic, ready):
    member = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "session.timeout.ms": 6000, "heartbeat.interval.ms": 500,
                       "auto.offset.reset": "earliest", "enable.auto.commit": False})
    member.subscribe([topic])
    while len(member.assignment()) != 2:
        member.poll(0.1)
    ready.set()
    while True:
        member.poll(0.1)


def case_group_of_two_loses_a_member(server):
    topic = create(server, fresh("group"), 4)
    group = fresh("g")
    produce(producer(server), topic, [(str(i).encode(), str(i).encode()) for i in range(400)])
    stays = consumer(server, group, session_timeout_ms=6000, heartbeat_interval_ms=500)
    stays.subscribe([topic])
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=lost_member, args=(server.bootstrap, group, topic, ready), daemon=True)
    other.start()
    wait_for(lambda: stays.poll(0.05) and False or (ready.is_set() and len(stays.assignment()) == 2), "both members have two partitions", 40)
    description = admin(server).describe_consumer_groups([group])[group].result(10)
    assert description.state == ConsumerGroupState.STABLE and len(description.members) == 2, description
    other.kill()
    other.join()
    started = time.monotonic()
    wait_for(lambda: stays.poll(0.05) and False or len(stays.assignment()) == 4, "the one that stays has all", 40)
    took = time.monotonic() - started
    assert took > 4, f"{took} s after the kill, within its session of 6 s"
    stays.close()
    wait_for(lambda: admin(server).describe_consumer_groups([group])[group].result(10).state == ConsumerGroupState.EMPTY, "the group is empty")
    return f"rebalanced {took:.1f} s after the kill"


def case_commit_and_resume(server):
    topic = create(server, fresh("commit"))
    group = fresh("g")
    produce(producer(server), topic, [(None, str(i).encode()) for i in range(100)])
    first = consumer(server, group)
    first.subscribe([topic])
    messages = read(first, 40)
    first.commit(message=messages[39], asynchronous=False)
    first.close()
    server.stop()
    server.start()
    second = consumer(server, group)
    second.subscribe([topic])
    assert [int(m.value()) for m in read(second, 60)] == list(range(40, 100))
    second.commit(asynchronous=False)
    assert second.committed([TopicPartition(topic, 0)], 10)[0].offset == 100
    second.close()
    listed = admin(server).list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
    assert [(p.topic, p.offset) for p in listed.topic_partitions] == [(topic, 100)]
    changed = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 95)])
    admin(server).alter_consumer_group_offsets([changed])[group].result(10)
    third = consumer(server, group)
    third.subscribe([topic])
    assert [int(m.value()) for m in read(third, 5)] == [95, 96, 97, 98, 99]
    third.close()


def case_assignors_and_static_members(server):
    for strategy in ("range", "roundrobin", "cooperative-sticky"):
        topic = create(server, fresh("assign"), 4)
        group = fresh("g")
        members = [consumer(server, group, partition_assignment_strategy=strategy, group_instance_id=f"{group}-{i}") for i in range(2)]
        for member in members:
            member.subscribe([topic])

        def settled():
            for member in members:
                member.poll(0.05)
            return sorted(len(member.assignment()) for member in members) == [2, 2]
        wait_for(settled, f"{strategy} gives each member two partitions", 40)
        kept = members[1].assignment()
        members[1].close()  # a static member does not leave
        members[1] = consumer(server, group, partition_assignment_strategy=strategy, group_instance_id=f"{group}-1")
        members[1].subscribe([topic])
        wait_for(lambda: members[1].poll(0.05) and False or members[1].assignment() == kept, "the static member has its partitions back", 20)
        for member in members:
            member.close()


def case_list_offsets(server):
    topic = create(server, fresh("times"))
    out = producer(server, compression_type="lz4", linger_ms=100)
    base = int(time.time() * 1000) - 1_000_000
    for i in range(1000):
        out.produce(topic, b"v", timestamp=base + i * 10)
    assert out.flush(30) == 0
    reader = consumer(server, fresh("g"))
    assert reader.get_watermark_offsets(TopicPartition(topic, 0), 10) == (0, 1000)
    for at, expected in ((base - 5, 0), (base, 0), (base + 1, 1), (base + 5000, 500), (base + 9990, 999), (base + 9991, -1)):
        found = reader.offsets_for_times([TopicPartition(topic, 0, at)], 10)[0].offset
        assert found == expected, (at - base, found, expected)
    reader.close()
    partition = TopicPartition(topic, 0)
    for spec, expected in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 1000), (OffsetSpec.max_timestamp(), 999),
                           (OffsetSpec.for_timestamp(base + 15), 2)):
        for isolation in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED):
            found = admin(server).list_offsets({partition: spec}, isolation_level=isolation)[partition].result(10).offset
            assert found == expected, (spec, found)


def case_topics_and_configs(server):
    client = admin(server)
    topic = create(server, fresh("admin"), 2, {"retention.ms": "86400000", "cleanup.policy": "compact"})
    assert error_of(lambda: create(server, topic)) == "TOPIC_ALREADY_EXISTS"
    assert error_of(lambda: create(server, "not a name")) == "TOPIC_EXCEPTION"
    assert error_of(lambda: create(server, fresh("a"), 0)) == "INVALID_PARTITIONS"
    assert error_of(lambda: create(server, fresh("a"), 1, {"retention.msec": "1"})) == "INVALID_CONFIG"
    replicated = client.create_topics([NewTopic(fresh("a"), 1, 3)])
    assert [error_of(f.result) for f in replicated.values()] == ["INVALID_REPLICATION_FACTOR"]
    described = client.describe_topics(TopicCollection([topic]))[topic].result(10)
    assert len(described.partitions) == 2 and described.partitions[0].leader.id == 1
    assert client.list_topics(timeout=10).topics[topic].partitions[1].isrs == [1]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    values = client.describe_configs([resource])[resource].result(10)
    assert values["retention.ms"].value == "86400000" and not values["retention.ms"].is_default
    assert values["cleanup.policy"].value == "compact"
    change = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[
        ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET),
        ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.APPEND)])
    client.incremental_alter_configs([change])[change].result(10)
    values = client.describe_configs([resource])[resource].result(10)
    assert values["retention.ms"].value == "1000" and values["cleanup.policy"].value == "compact,delete"
    client.create_partitions([NewPartitions(topic, 3)])[topic].result(10)
    assert error_of(lambda: client.create_partitions([NewPartitions(topic, 2)])[topic].result(10)) == "INVALID_PARTITIONS"
    assert len(client.describe_topics(TopicCollection([topic]))[topic].result(10).partitions) == 3
    client.delete_topics([topic])[topic].result(10)
    assert error_of(lambda: client.delete_topics([topic])[topic].result(10)) == "UNKNOWN_TOPIC_OR_PART"
    assert topic not in client.list_topics(timeout=10).topics
    broker = ConfigResource(ConfigResource.Type.BROKER, "1")
    assert client.describe_configs([broker])[broker].result(10)["num.partitions"].value
    assert client.describe_cluster().result(10).controller.id == 1


def case_groups_and_deleted_records(server):
    client = admin(server)
    topic, group = create(server, fresh("records")), fresh("g")
    produce(producer(server), topic, [(None, b"v")] * 10)
    reader = consumer(server, group)
    reader.subscribe([topic])
    read(reader, 10)
    reader.commit(asynchronous=False)
    assert error_of(lambda: client.delete_consumer_groups([group])[group].result(10)) == "NON_EMPTY_GROUP"
    reader.close()
    assert group in [g.group_id for g in client.list_consumer_groups().result(10).valid]
    client.delete_consumer_groups([group])[group].result(10)
    assert error_of(lambda: client.delete_consumer_groups([group])[group].result(10)) == "GROUP_ID_NOT_FOUND"
    deleted = client.delete_records([TopicPartition(topic, 0, 4)])
    assert [f.result(10).low_watermark for f in deleted.values()] == [4]
    reader = consumer(server, fresh("g"))
    reader.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    assert read(reader, 1)[0].offset() == 4
    reader.assign([TopicPartition(topic, 0, 99)])
    assert read(reader, 1)[0].offset() == 4, "an offset out of range did not reset to the earliest"
    reader.close()


def case_auto_creation(server):
    topic = fresh("auto")
    produce(producer(server), topic, [(None, b"v")])
    reader = consumer(server, fresh("g"))
    assert reader.get_watermark_offsets(TopicPartition(topic, 0), 10) == (0, 1)
    reader.close()
    reader = consumer(server, fresh("g"), allow_auto_create_topics=False)
    missing = fresh("missing")
    reader.subscribe([missing])
    problem = wait_for(lambda: reader.poll(0.2), "an error about the missing topic", 20)
    assert problem.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    reader.close()
    assert missing not in admin(server).list_topics(timeout=10).topics


def case_a_long_poll_wakes_at_once(server):
    topic = create(server, fresh("poll"))
    reader = consumer(server, fresh("g"), fetch_wait_max_ms=5000)
    reader.assign([TopicPartition(topic, 0, 0)])
    reader.poll(1)
    out = producer(server, linger_ms=0)
    times = []
    for _ in range(20):
        started = time.monotonic()
        out.produce(topic, b"v")
        out.poll(0)
        read(reader, 1)
        times.append(time.monotonic() - started)
    reader.close()
    times.sort()
    assert times[10] < 0.25, times
    return f"median {times[10] * 1000:.1f} ms"
