"""Cases with kcat, the command line of librdkafka."""
import json
import subprocess

from librdkafka import create, fresh


def run(server, *arguments, text=None):
    result = subprocess.run(["kcat", "-b", server.bootstrap, *arguments], input=text, text=True, capture_output=True, timeout=60)
    assert result.returncode == 0, f"kcat {arguments}: {result.stderr}"
    return result.stdout


def case_produce_consume_and_list(server):
    topic = create(server, fresh("kcat"), 2)
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        run(server, "-P", "-t", topic, "-z", codec, "-K:", "-H", "h=1", "-p", "0", text="".join(f"k{i}:{codec} {i}\n" for i in range(100)))
    rows = [json.loads(line) for line in run(server, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-J").splitlines()]
    assert [row["offset"] for row in rows] == list(range(500))
    assert rows[499]["payload"] == "zstd 99" and rows[499]["key"] == "k99" and rows[0]["headers"] == ["h", "1"], rows[499]
    metadata = json.loads(run(server, "-L", "-J", "-t", topic))
    assert len(metadata["topics"][0]["partitions"]) == 2 and metadata["brokers"][0]["name"] == server.bootstrap
    assert run(server, "-Q", "-t", f"{topic}:0:-1").strip().endswith("offset 500")
    assert len(run(server, "-C", "-t", topic, "-p", "0", "-o", "-5", "-e", "-q").splitlines()) == 5


def case_group(server):
    topic, group = create(server, fresh("kcat")), fresh("g")
    run(server, "-P", "-t", topic, text="a\nb\nc\n")
    options = ("-G", group, "-q", "-c", "3", "-X", "auto.offset.reset=earliest", topic)
    assert run(server, *options).split() == ["a", "b", "c"]
    run(server, "-P", "-t", topic, text="d\ne\nf\n")
    assert run(server, *options).split() == ["d", "e", "f"]
