"""Records what Kafka clients send, as seeds for fuzzing: usage record_traffic.py [FILE], with tests/venv.sh's Python.

Runs the cases of tests/clients against a server behind a proxy. FILE (tests/fuzz/traffic.bin) keeps the bytes of a connection:
four bytes of size, then the request; some of each API, version and client, none above 4 KiB.
"""
import os
import pathlib
import select
import socket
import struct
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("MILLSTREAM", str(HERE.parents[1] / "build/release/millstream"))
sys.path[:0] = [str(HERE.parent / "clients"), str(HERE.parent / "e2e")]
from harness import Millstream, free_port, temporary_folder  # noqa: E402

MOST_OF_A_KIND = 8
LARGEST = 4096


class Recorder:
    """Passes bytes through in both directions and keeps requests as they go by."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        self.kept = {}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        pending = b""
        try:
            with client, socket.create_connection(("127.0.0.1", self.server_port)) as server:
                while True:
                    for ready in select.select([client, server], [], [])[0]:
                        data = ready.recv(1 << 16)
                        if not data:
                            return
                        (server if ready is client else client).sendall(data)
                        if ready is client:
                            pending = self.cut(pending + data)
        except OSError:
            pass

    def cut(self, data):
        while len(data) >= 4 and len(data) >= 4 + (size := struct.unpack(">i", data[:4])[0]) and size >= 10:
            self.keep(data[4:4 + size])
            data = data[4 + size:]
        return data

    def keep(self, frame):
        key, version, _, length = struct.unpack(">hhih", frame[:10])
        same = self.kept.setdefault((key, version, frame[10:10 + min(max(length, 0), 7)]), {})
        # By size, so that different requests of a kind are kept rather than one again and again.
        if len(frame) <= LARGEST and len(same) < MOST_OF_A_KIND:
            same.setdefault(len(frame) // 16, frame)

    def frames(self):
        return [frame for _, same in sorted(self.kept.items()) for frame in same.values()]


class RecordedServer(Millstream):
    """Listens on its own port; clients are sent to the proxy's, by the server too."""

    def __init__(self, folder):
        super().__init__(folder)
        self.recorder = Recorder(self.kafka_port)
        self.settings["kafka.advertise"] = f"127.0.0.1:{self.recorder.port}"
        self.starting = False

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.kafka_port if self.starting else self.recorder.port}"

    def start(self, environment=None):
        self.starting = True
        try:
            super().start(environment)
        finally:
            self.starting = False


def main():
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "traffic.bin"
    with temporary_folder() as folder:
        server = RecordedServer(folder)
        server.start()
        try:
            for name in ("librdkafka", "kafka_python", "kcat"):
                for title, case in list(vars(__import__(name)).items()):
                    if title.startswith("case_"):
                        try:
                            case(server)
                        except Exception as error:  # what it sent until then is recorded all the same
                            print(f"{name}.{title}: {error}")
        finally:
            server.stop()
    frames = server.recorder.frames()
    target.write_bytes(b"".join(struct.pack(">i", len(frame)) + frame for frame in frames))
    print(f"{len(frames)} requests of {len(server.recorder.kept)} kinds, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
