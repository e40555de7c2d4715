"""What hostile, broken and idle peers do to the server: it keeps answering others and stays within its memory."""
import os
import random
import resource
import socket
import struct
import threading
import time
import urllib.request

from harness import Millstream, temporary_folder, wait_for
from librdkafka import consumer, create, fresh, produce, producer, read

VERSIONS_REQUEST = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def connect(server):
    peer = socket.create_connection(("127.0.0.1", server.kafka_port), timeout=10)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def exactly(peer, count):
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise ConnectionError(f"closed after {len(data)} of {count} bytes")
        data += more
    return data


def answers(peer):
    """Whether ApiVersions is answered on this connection."""
    peer.sendall(VERSIONS_REQUEST)
    size, correlation, error = struct.unpack(">iih", exactly(peer, 10))
    exactly(peer, size - 6)
    return correlation == 1 and error == 0


def closes(peer):
    try:
        while peer.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def memory(server, field="VmRSS"):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


def connections(server):
    """Open connections of Kafka clients, as the server counts them."""
    with urllib.request.urlopen(server.server + "/metrics", timeout=10) as answer:
        return next(float(line.split()[1]) for line in answer.read().decode().splitlines()
                    if line.startswith("millstream_kafka_connections "))


def await_connections(server, count):
    """The server reads and closes connections after their peers are gone; the next case measures its memory."""
    wait_for(lambda: connections(server) <= count, f"at most {count:.0f} connections are open")


def case_random_and_truncated_bytes(server):
    open_before = connections(server)
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    for _ in range(300):
        peer = connect(server)
        kind = chance.randrange(4)
        body = chance.randbytes(chance.randrange(200))
        if kind == 0:  # noise
            peer.sendall(body or b"x")
        elif kind == 1:  # a sound header, then noise
            body = struct.pack(">hhih", chance.randrange(80), chance.randrange(14), 7, -1) + body
            peer.sendall(struct.pack(">i", len(body)) + body)
        elif kind == 2:  # less than announced
            peer.sendall(struct.pack(">i", len(body) + 1 + chance.randrange(1000)) + body)
        else:  # sizes that nobody may have
            peer.sendall(struct.pack(">i", chance.choice([-1, -(1 << 31), (1 << 31) - 1, 200 << 20, 0])) + body)
        if chance.randrange(2):
            peer.shutdown(socket.SHUT_WR)
        peer.close()
    with connect(server) as peer:
        assert answers(peer)
    await_connections(server, open_before)
    return f"seed {seed}"


def case_oversized_requests_close_the_connection_unread(server):
    before = memory(server)
    for size in ((1 << 31) - 1, 101 << 20, -5):
        peer = connect(server)
        peer.sendall(struct.pack(">i", size) + b"x" * 100)
        assert closes(peer)
    assert memory(server) - before < 10 << 20


def case_half_open_connections(server):
    open_before = connections(server)
    peers = [connect(server) for _ in range(50)]
    for peer in peers[:25]:
        peer.sendall(VERSIONS_REQUEST[:7])  # half a frame
    for peer in peers[25:]:
        peer.sendall(VERSIONS_REQUEST)
        peer.shutdown(socket.SHUT_WR)  # the answer still comes
        size = struct.unpack(">i", exactly(peer, 4))[0]
        exactly(peer, size)
        assert closes(peer)
    assert answers(connect(server))
    for peer in peers[:25]:
        peer.sendall(VERSIONS_REQUEST[7:])
        exactly(peer, struct.unpack(">i", exactly(peer, 4))[0])
        peer.close()
    for peer in peers[25:]:
        peer.close()
    await_connections(server, open_before)


def case_a_client_that_does_not_read_its_answers(server):
    topic = create(server, fresh("deaf"))
    produce(producer(server), topic, [(None, b"x" * 100_000)] * 100)
    # Fetch version 4: everything from offset 0, again and again, and never a byte read.
    name = topic.encode()
    body = struct.pack(">hhih", 1, 4, 1, -1) + struct.pack(">iiiib", -1, 0, 1, 50 << 20, 0) + struct.pack(">ih", 1, len(name)) + name
    body += struct.pack(">iiqi", 1, 0, 0, 50 << 20)
    frame = struct.pack(">i", len(body)) + body
    before = memory(server)
    deaf, asked = [connect(server) for _ in range(20)], 0
    for peer in deaf:
        peer.setblocking(False)
        try:
            for _ in range(2000):
                if peer.send(frame) < len(frame):
                    break
                asked += 10
        except BlockingIOError:
            pass
    grown = 0
    for peer in deaf:
        peer.settimeout(10)
        assert peer.recv(1, socket.MSG_PEEK)  # its first answer is on the way
        with connect(server) as hearing:
            assert answers(hearing)
        grown = max(grown, memory(server) - before)
    open_with_deaf = connections(server)
    for peer in deaf:
        peer.close()
    await_connections(server, open_with_deaf - len(deaf))
    assert grown < 64 << 20, grown
    return f"20 deaf clients asked for {asked / 1000:.0f} GB: {grown / 1e6:.1f} MB"


def case_a_thousand_idle_connections(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096) if hard > 0 else 4096, hard))
    before = memory(server)
    open_before = connections(server)
    peers = [connect(server) for _ in range(1000)]
    for peer in peers:
        assert answers(peer)
    grown = memory(server) - before
    topic = create(server, fresh("crowd"))
    started = time.monotonic()
    produce(producer(server), topic, [(None, b"v")] * 1000)
    reader = consumer(server, fresh("g"))
    reader.subscribe([topic])
    read(reader, 1000)
    reader.close()
    took = time.monotonic() - started
    for peer in peers:
        peer.close()
    await_connections(server, open_before)
    assert grown < 100 << 20, grown
    return f"{grown / 1000 / 1024:.1f} KB each; 1,000 records in and out beside them in {took:.2f} s"


def case_memory_stays_within_the_limit(_):
    """Large requests on many connections at once, with a limit far below what they come to."""
    limit = 256 << 20
    with temporary_folder() as folder:
        server = Millstream(folder, settings={"memory.limit": "256 mb", "kafka.max-request-size": "20 mb"})
        server.start()
        try:
            topic = create(server, fresh("memory"), 4, {"max.message.bytes": "20000000"})
            idle = memory(server)
            with open(f"/proc/{server.process.pid}/clear_refs", "w") as reset:
                reset.write("5")
            refused = []
            sanitized = "asan" in server.binary  # keeps freed memory back, so its peak says nothing
            connections, each = (5, 3) if sanitized else (20, 6)

            def flood(index):
                out = producer(server, message_max_bytes=19_000_000, batch_size=19_000_000, acks="1", queue_buffering_max_kbytes=200_000)
                for i in range(each):
                    while True:
                        try:
                            out.produce(topic, os.urandom(1 << 20) * 15, partition=(index + i) % 4,
                                        on_delivery=lambda error, _: error and refused.append(str(error)))
                            break
                        except BufferError:
                            out.poll(0.1)
                left = out.flush(120)
                if left:
                    refused.append(f"{left} left")

            threads = [threading.Thread(target=flood, args=(i,)) for i in range(connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not refused, refused[:3]
            peak = memory(server, "VmHWM")
            reader = consumer(server, fresh("g"), fetch_message_max_bytes=20_000_000)
            reader.subscribe([topic])
            assert len(read(reader, connections * each, 120)) == connections * each
            reader.close()
            peak_reading = memory(server, "VmHWM")
            if not sanitized:
                assert max(peak, peak_reading) <= limit * 1.1 + idle, (peak, peak_reading)
            return (f"limit {limit >> 20} MB, idle {idle >> 20} MB, peak {peak >> 20} MB while {connections * each * 15} MB came in on {connections} connections, "
                    f"{peak_reading >> 20} MB with reading" + (" (sanitizer build: not judged)" if sanitized else ""))
        finally:
            server.stop(60)
