"""Writes first inputs and a dictionary for each fuzz target: usage corpus.py FOLDER WIRE_PEER, the built program of tests/wire.

SQL comes from the repository's own files, requests from recorded traffic (record_traffic.py) and from wire_peer, which makes
messages of every API and version.
"""
import gzip
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def write(folder, inputs, dictionary=()):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for number, data in enumerate(dict.fromkeys(inputs)):
        (folder / f"seed-{number:04}").write_bytes(data)
    quoted = ("".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word) for word in dictionary)
    folder.with_suffix(".dict").write_text("".join(f'"{word}"\n' for word in quoted))


def literals_of(path):
    """The texts between quotes in a C++ source; those that stand next to each other are one."""
    source = re.sub(r'"\s*\n\s*"', "", path.read_text())
    for raw, plain in re.findall(r'R"\((.*?)\)"|"((?:[^"\\\n]|\\.)*)"', source, re.DOTALL):
        yield raw or re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), plain)


SQL_BEGINS = re.compile(r"\s*(SELECT|WITH|VALUES|CREATE|DROP|ALTER|INSERT|EXPLAIN|SHOW|DESC|SET|RESET|USE|EXECUTE|BEGIN|STATEMENT|UPDATE|DELETE)\b", re.I)


def pieces_of(line):
    """What stands between commas outside parentheses."""
    depth, start = 0, 0
    for at, character in enumerate(line):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            yield line[start:at]
            start = at + 1
    yield line[start:]


def sql_inputs():
    for path in sorted(ROOT.glob("examples/**/*.sql")):
        script = path.read_text()
        yield script.encode()
        yield from (statement.strip().encode() for statement in re.split(r";\s*\n", script))
    for path in sorted(ROOT.glob("tests/slt/**/*.slt")):
        for block in path.read_text().split("\n\n"):
            head, _, body = block.partition("\n")
            if head.startswith(("statement", "query", "stream")) and body:
                yield body.split("\n----")[0].encode()
    for path in sorted(ROOT.glob("docs/**/*.md")):
        text = path.read_text()
        yield from (block.encode() for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL))
        # The examples of the table of functions.
        yield from (f"SELECT {example}".encode() for example in re.findall(r"`([^`\n]+) → [^`\n]*`", text))
    for path in sorted(ROOT.glob("src/**/*_test.cc")):
        for text in literals_of(path):
            if SQL_BEGINS.match(text):
                yield text.encode()
            elif path.parent.name == "sql" and len(text) > 2:
                yield from (text.encode(), f"SELECT {text}".encode(), f"CREATE TABLE t (a {text})".encode())
    for line in (ROOT / "tests/fuzz/rare.sql").read_text().splitlines():
        yield line.encode()
        yield from (statement.encode() for statement in line.split("; "))
        yield from (f"SELECT {piece.removeprefix('SELECT').strip()} FROM t".encode() for piece in pieces_of(line))
    yield ("SELECT " + "(" * 600 + "1" + ")" * 600).encode()
    yield ("SELECT 1" + " + 1" * 1100).encode()
    yield ("SELECT CAST(a AS " + "ARRAY<" * 600 + "INT" + ">" * 600 + ")").encode()
    yield ("SELECT " + " + ".join(f"column_{i}" for i in range(900)) + " FROM t").encode()
    yield ("SELECT '" + "x" * (1 << 20) + "'").encode()


def sql_words():
    words = set()
    for path in ROOT.glob("src/sql/*.cc"):
        words.update(re.findall(r'"([A-Z][A-Z_]+)"', path.read_text()))
    symbols = ["<=", ">=", "<>", "!=", "||", "=>", "::", "->", "/*+", "*/", "--", "U&'", "X'", "''", "``", "(", ")", "[", "]", "1e5"]
    return [f" {word} ".encode() for word in sorted(words)] + [symbol.encode() for symbol in symbols]


# json_decoder_fuzz.cc's schemas, and what the bits of an input's first byte mean there.
JSON_FIELDS = (("a", "b", "c", "d", "t"), ("o", "i1", "i2", "i8", "f", "d", "e", "s", "x", "day", "time", "t9", "z"), ("m", "n", "u", "r"))
LENIENT, WHOLE, ISO = 1, 2, 4
NUMBERS = """0 -0 1 -1 127 -128 128 32767 32768 2147483647 2147483648 -2147483649 9223372036854775807 9223372036854775808
  99999999999999999999 1.5 -1.5 12.7 1e3 1E-3 1.0E10 1e400 1e-400 0.1 12.345 99999999.995 1.7976931348623157e308 4.9e-324
  123456789012345678901234567890.123456789012345678 0.000000000000000000001 1. .5 01 +5 - 1e 1e+ 0x10""".split()
STRINGS = ["", "12", " 13 ", "1.5", "1.5f", "1e5", "NaN", "Infinity", "-Infinity", "0x1p3", "1_0", "-", "TRUE", " true ", "x", "\u00e9\u20ac\U0001f600",
           "a" * 200, "2026-03-28", "2024-02-29", "2026-02-30", "0001-01-01", "9999-12-31", "-0001-01-01", "+10000-01-01", "2026-3-1", "12:34",
           "12:34:56", "12:34:56.789", "24:00:00", "12:60:00", "12:34:56.123456789", "12:34:56Z", "2026-03-28 12:00:00", "2026-03-28 12:00",
           "2026-03-28 12:00:00.123456789", "2026-03-28 12:00:00.1Z", "2026-03-28 12:00:00Z", "2026-03-28T12:00:00", "2026-03-28T12:00:00.123",
           "2026-03-28T12:00:00Z", "2026-03-28T12:00:00+01:00", "1500-01-01 00:00:00", "2026-03-28 12:00:00.", "2026-13-01 00:00:00",
           "AAECAw==", "AAE=", "AAEC", "AAE", "A===", "AA=A", "AA==AA==", "A A=", "_-8=", "====", "2147483648", "-9223372036854775808", "\u0663"]
ESCAPES = [r'"\n\t\"\\\/\b\f\r"', r'"\u00e9\u20ac"', r'"\ud83d\ude00"', r'"\ud800"', r'"\udc00\ud800"', r'"\u12"', r'"\x"', '"tab\there"', '"\x01\x1f"']
OTHERS = """true false null tru nul falsee [] {} [1] [1,2.5,"3",null,true,[],{}] [1,] [1 {"k":1} {"k":null,"k":2} {"k":[{"deep":"\\u00e9"}]} {"k" 1} {k:1} [[[[]]]]
  [{"x":1,"y":"AAECAw=="},null] [{"x":300}] [{"y":1}] [{"x":1,"x":2,"z":[1,{"a":2}]}] {"a":1,"b":2} {"a":[1.5,"2",null],"b":true} {"a":[1e400],"b":"no"} {"a":1}
  {"\\u0061":[],"b":null} {"b":1,"c":{"d":[1,2]}} 'x' NaN , : } ]""".split()


def json_inputs():
    row = {"a": 1, "b": "text \u00e9 \\ \"", "c": 1.5e300, "d": "12.3456", "t": "2026-03-28 12:00:00.123"}
    wide = {"o": True, "i1": 1, "i2": 300, "i8": 1 << 40, "f": 1.5, "d": 12.5, "e": "1.5", "s": "abc", "x": "AAECAw==", "day": "2026-03-28",
            "time": "12:34:56.7", "t9": "2026-03-28 12:00:00.123456789", "z": "2026-03-28 12:00:00Z"}
    nested = {"m": {"k": 1, "l": None}, "n": [{"x": 1, "y": "AAECAw=="}, None], "u": {"k": 2}, "r": {"a": [1.5, None], "b": False}}
    values = [*NUMBERS, *(json.dumps(text, ensure_ascii=False) for text in STRINGS), *ESCAPES, *OTHERS]
    for which, example in enumerate((row, wide, nested)):
        for bits in (0, LENIENT, WHOLE, ISO, LENIENT | ISO):
            first = bytes([which << 3 | bits])
            text = json.dumps(example, ensure_ascii=False)
            iso = re.sub(r"(\d\d-\d\d) (\d\d:)", r"\1T\2", text)
            spaced = text.replace(",", "\t , ").replace(":", " :\r") if which != 1 else json.dumps(example, indent=1).replace("\n", " ")
            for record in (text, iso, json.dumps(example, separators=(",", ":")), spaced):
                yield first + "\n".join([record] * 3).encode()
            names = list(example)
            yield first + b"\n".join(json.dumps({name: example[name] for name in names[at:] + names[:at // 2]}).encode() for at in range(len(names)))
            for cut in range(0, len(text), 9):
                yield first + text[:cut].encode()
        for name in JSON_FIELDS[which]:
            for start in range(0, len(values), 8):
                lines = "\n".join(f'{{"{name}":{value}}}' for value in values[start:start + 8]).encode()
                yield from (bytes([which << 3 | bits]) + lines for bits in (LENIENT, LENIENT | ISO))
                # As field of a record whose order is known by then, and as one that is not asked for.
                known = "\n".join(json.dumps({**example, name: 0}).replace(f'"{name}": 0', f'"{name}":{value}') for value in values[start:start + 8])
                yield bytes([which << 3 | LENIENT]) + known.encode()
                yield bytes([which << 3 | LENIENT]) + lines.replace(f'"{name}"'.encode(), b'"unknown"')
        yield from (bytes([which << 3]) + f'{{"{JSON_FIELDS[which][0]}":{value}}}'.encode() for value in values)
    for bits in (0, LENIENT):
        first = bytes([bits])
        yield first + b'{"a": 1' + b" " * 100 + b"}\n{\n[]\nnull\n1\n\n   \n\"x\"\n{}}\n{}{}\n{,}\n{\"a\"}\n{\"a\":}\n{\"a\":1 \"b\":2}\n{1:2}"
        yield first + b'{"a":1,"a":2}\n{"\\u0061":4,"b":"\\u0062"}\n{"A":1}\n{"a":1} trailing\n{"a":5} {"a":6}\n\xef\xbb\xbf{"a":1}\n{"b":"\xff"}\n{"b":"\xc3"}\n{"\xed\xa0\x80":1}'
        yield first + b'{"b":' + b"[" * 1100 + b"]" * 1100 + b"}"
        yield first + b'{"b":' + b'{"k":' * 1100 + b"1" + b"}" * 1101
        yield first + b'{"b":[1.50,1E5,"\\u00e9\\n\xc3\xa9",{"k":null,"l":[true,false,-0.0,1e400,123456789012345678901234567890]}]}'
        yield first + json.dumps({f"field{i}": i for i in range(300)}).encode()
    yield b"\0" + b"\n".join(json.dumps({**row, "a": i, "d": i / 7}).encode() for i in range(50))
    yield b"\0" + json.dumps({**row, "b": "y" * (1 << 20)}).encode()


def json_words():
    names = {f'"{name}":' for fields in JSON_FIELDS for name in fields} | {'"k":', '"x":', '"y":'}
    return [word.encode() for word in (*sorted(names), *NUMBERS, *OTHERS[:6], *ESCAPES[:5], *(f'"{text}"' for text in STRINGS[:50] if text.isascii()),
                                       "\n{", "},{", "],[", "\\u", "\\\\", ' " ')]


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
        body += varint(len(name)) + name + (varint(-1) if content is None else varint(len(content)) + content)
    return varint(len(body)) + body


def batch(count, records, attributes=0, magic=2, base_offset=0, last=None, producer=(-1, -1, -1)):
    """The checksum is not the target's business; recorded batches have the right one."""
    tail = struct.pack(">hiqqqhii", attributes, count - 1 if last is None else last, 0, 10, *producer, count) + records
    return struct.pack(">qiibI", base_offset, len(tail) + 9, 0, magic, 0) + tail


def compressed(data):
    """The smallest frames of each codec that hold `data` as it is: (codec, bytes)."""
    assert len(data) < 256
    snappy = bytes([len(data) & 127 | 128, len(data) >> 7, 60 << 2, len(data) - 1]) + data
    xerial = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
    member = gzip.compress(data, mtime=0)
    yield 1, member
    yield 1, member + member
    yield 1, member[:-9]
    yield 2, snappy
    yield 2, xerial + struct.pack(">i", len(snappy)) + snappy
    yield 2, (xerial + struct.pack(">i", len(snappy)) + snappy) * 2
    yield 2, xerial + struct.pack(">i", len(snappy) + 1) + snappy
    yield 3, bytes.fromhex("04224d18604082") + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)
    yield 3, bytes.fromhex("04224d18604082") + struct.pack("<I", len(data) | 1 << 31) + data
    block = struct.pack("<I", len(data) << 3 | 1)[:3] + data
    yield 4, bytes.fromhex("28b52ffd0000") + block                                          # a window, no size
    yield 4, bytes.fromhex("28b52ffd20") + bytes([len(data)]) + block                       # a size, no window
    yield 4, bytes.fromhex("28b52ffd0098") + block                                          # a window of 512 MB
    yield 4, (bytes.fromhex("28b52ffd20") + bytes([len(data)]) + block) * 2
    yield 4, bytes.fromhex("28b52ffda0ffffff7f") + block                                    # a size that cannot be right
    yield 4, bytes.fromhex("28b52ffd0068") + struct.pack("<I", len(data) << 3)[:3] + data   # 8 MB and the last block missing


def traffic():
    data = (ROOT / "tests/fuzz/traffic.bin").read_bytes()
    at = 0
    while at < len(data):
        size = struct.unpack_from(">i", data, at)[0]
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def batch_inputs():
    for frame in traffic():
        for at in range(len(frame) - 60):
            size = struct.unpack_from(">i", frame, at + 8)[0] + 12
            if frame[:2] == b"\0\0" and frame[at + 16] == 2 and 61 <= size <= len(frame) - at:
                yield frame[at:at + size]
    plain = record(0, b"key", b"value")
    three = record(0, None, None) + record(1, b"", b"", [(b"h", b"v"), (b"", None)]) + record(2, b"k" * 20, b"v" * 70)
    yield batch(1, plain)
    yield batch(3, three)
    yield batch(3, three, 8)  # the time of appending
    yield batch(1, plain) * 3 + batch(1, plain)[:40]
    yield batch(1, record(0, b"k", b"v" * (1 << 20)))
    for codec, data in compressed(three):
        yield batch(3, data, codec)
        yield bytes([codec]) + data
    for codec in (1, 2, 3, 4):
        yield batch(1, plain, codec)
    for first in range(0xf8, 0x100):  # compressed and read again
        yield bytes([first]) + three * 4
    yield batch(1, record(0, b"\0\0\0\1", b"\0\0\0\0\0\1"), 0x30, producer=(7, 1, -1))  # a commit
    yield batch(1, record(0, b"\0\0\0\7", b""), 0x20)
    yield batch(1, plain, 0x10, producer=(7, 1, 3))
    yield batch(1, plain, producer=(7, -1, 3))
    yield batch(1, plain, 0x10)
    yield batch(1, plain, base_offset=5)
    yield batch(0, b"", last=0)
    yield batch(1, b"")
    yield batch(2, plain, last=7)
    yield batch(-1, plain, last=0)
    yield batch(1, plain, 5)
    yield batch(1, plain + b"\0")
    for magic in (0, 1, 3):
        yield batch(1, plain, magic=magic)
    # Records broken at every place.
    for at in range(len(three)):
        yield batch(3, three[:at])
        yield batch(3, three[:at] + b"\x7f" + three[at + 1:])


def batch_words():
    return [bytes.fromhex(word) for word in ("04224d18604082", "28b52ffd", "1f8b0800", "00000001", "ffffffffffffffff", "7fffffff", "80ffffff0f", "fdffffff0f")] + [
        b"\x82SNAPPY\0"]


def request_inputs(wire_peer):
    yield from traffic()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "messages"
        subprocess.run([wire_peer, "write", path, "7", "3"], check=True)
        data = path.read_bytes()
    at = 0
    while at < len(data):
        size, key, _, version = struct.unpack_from(">ihbh", data, at)
        body = data[at + 9:at + 4 + size]
        # With the tagged fields of a flexible header and without: one of the two is right.
        yield struct.pack(">hhih", key, version, 1, 2) + b"id" + body
        yield struct.pack(">hhih", key, version, 1, -1) + b"\0" + body
        at += 4 + size
    for key in (*range(0, 76), -1, 32767):
        yield struct.pack(">hhih", key, 0, 1, 2) + b"id" + b"\0" * 40
        yield struct.pack(">hhih", key, 12, 1, 2) + b"id" + b"\1\0\3abc" + b"\1" * 40
    yield struct.pack(">hhih", 0, 9, 1, 2) + b"id\0\0" + b"\1" * (1 << 20)
    yield b"\0\3"


def request_words():
    return [bytes.fromhex(word) for word in ("ffff", "ffffffff", "7fffffff", "00000001", "00000000000000", "0001", "0201", "0100", "ffffffff0f", "8080808008")] + [
        b"\0\5topic", b"\6topic", b"\0\5group", b"range"]


def main():
    folder = pathlib.Path(sys.argv[1])
    write(folder / "sql_parser", sql_inputs(), sql_words())
    write(folder / "json_decoder", json_inputs(), json_words())
    write(folder / "record_batch", batch_inputs(), batch_words())
    write(folder / "kafka_request", request_inputs(sys.argv[2]), request_words())


main()
