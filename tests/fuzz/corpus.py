"""Writes first inputs for each fuzz target: usage corpus.py FOLDER. SQL comes from the repository's own files."""
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def write(folder, inputs):
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / f"seed-{number:04}").write_bytes(data)


def sql_inputs():
    for path in sorted(ROOT.glob("examples/**/*.sql")):
        yield path.read_bytes()
    for path in sorted(ROOT.glob("tests/slt/**/*.slt")):
        for block in path.read_text().split("\n\n"):
            head, _, body = block.partition("\n")
            if head.startswith(("statement", "query", "stream")) and body:
                yield body.split("\n----")[0].encode()
    yield ("SELECT " + " + ".join(f"column_{i}" for i in range(900)) + " FROM t").encode()
    yield ("SELECT '" + "x" * (1 << 20) + "'").encode()


def json_inputs():
    row = {"a": 1, "b": "text \u00e9 \\ \"", "c": 1.5e300, "d": "12.3456", "t": "2026-03-28 12:00:00.123",
           "m": {"k": 1, "l": None}, "n": [{"x": 1, "y": "AAECAw=="}, None]}
    for separators in ((",", ":"), (", ", ": ")):
        yield json.dumps(row, separators=separators).encode()
    yield b"\n".join(json.dumps({**row, "a": i, "d": i / 7}).encode() for i in range(50))
    yield b'{"a": "7", "c": "NaN", "d": 1E5, "t": "2026-02-30 00:00:00", "unknown": [[[{}]]]}'
    yield b'{"a": 1' + b" " * 100 + b"}\n{\n[]\nnull\n1"
    yield json.dumps({**row, "b": "y" * (1 << 20)}).encode()


def batch_inputs():
    """Record batches v2 with one to three records; the checksum is not the target's business."""
    def varint(value):
        value = (value << 1) ^ (value >> 63)
        out = bytearray()
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes(out + bytes([value]))

    def record(offset, key, value, headers=()):
        body = b"\0" + varint(offset) + varint(offset)
        for part in (key, value):
            body += varint(-1) if part is None else varint(len(part)) + part
        body += varint(len(headers))
        for name, content in headers:
            body += varint(len(name)) + name + varint(len(content)) + content
        return varint(len(body)) + body

    def batch(records, attributes=0):
        tail = struct.pack(">hiqqqhii", attributes, len(records) - 1, 0, 10, -1, -1, -1, len(records)) + b"".join(records)
        return struct.pack(">qiibI", 0, len(tail) + 9, 0, 2, 0) + tail

    yield batch([record(0, b"key", b"value")])
    yield batch([record(0, None, None), record(1, b"", b"", [(b"h", b"v")]), record(2, b"k" * 100, b"v" * 1000)])
    yield batch([record(0, b"k", b"v" * (1 << 20))])
    for codec in (1, 2, 3, 4):
        yield batch([record(0, b"key", b"value")], codec)


def request_inputs():
    """Headers of every key and the first versions, with bodies of zeros: enough for the fuzzer to find its way."""
    for key in range(0, 76):
        for version in range(0, 4):
            yield struct.pack(">hhih", key, version, 1, 2) + b"id" + b"\0" * 40
            yield struct.pack(">hhih", key, version + 8, 1, 2) + b"id\0" + b"\1" * 40
    yield struct.pack(">hhih", 0, 9, 1, 2) + b"id\0\0" + b"\1" * (1 << 20)


def main():
    folder = pathlib.Path(sys.argv[1])
    write(folder / "sql_parser", sql_inputs())
    write(folder / "json_decoder", json_inputs())
    write(folder / "record_batch", batch_inputs())
    write(folder / "kafka_request", request_inputs())


main()
