"""Writes the numbers of bench/results into the table of bench/README.md, beside the targets and whether they are met."""
import json
import os

from measure import BENCH

MARKS = ("<!-- table.py writes from here -->", "<!-- to here -->")


def results(name):
    path = BENCH / "results" / f"{name}.json"
    return json.loads(path.read_text())["results"] if path.exists() else {}


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f} k"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


rows = []


def row(what, theirs, ours, target, met, entry):
    load = max(entry["load_average"])
    answer = "–" if met is None else ("yes" if met else "no") + ("*" if load > 2 * os.cpu_count() else "")
    rows.append(f"| {what} | {theirs} | {ours} | {target} | {answer} | {number(load)} |")


def verdict(ours, bound, at_most=True):
    if ours is None or bound is None:
        return None
    return ours <= bound if at_most else ours >= bound


def start_and_idle():
    all_of, broker = results("start_and_idle"), results("broker")
    get = lambda entry, key: entry.get(key) if entry else None
    start, kafka = all_of.get("millstream.start"), all_of.get("kafka.start")
    if start:
        row("start to first metadata answer, ms", number(get(kafka, "median_ms")), number(start["median_ms"]), "<= 100",
            verdict(start["median_ms"], 100), start)
    idle, kafka = all_of.get("millstream.idle"), all_of.get("kafka.idle")
    if idle:
        row("memory after start, MB", number(get(kafka, "rss_mb")), number(idle["rss_mb"]), "<= 60", verdict(idle["rss_mb"], 60), idle)
        row("CPU when idle, %", number(get(kafka, "cpu_percent")), number(idle["cpu_percent"]), "<= 0.1", verdict(idle["cpu_percent"], .1), idle)
    after, kafka = broker.get("millstream.memory after all of it"), broker.get("kafka.memory after all of it")
    if after:
        row("memory after the produce and consume runs, MB", number(get(kafka, "rss_mb")), number(after["rss_mb"]), "<= 150",
            verdict(after["rss_mb"], 150), after)


def broker():
    shares = {"produce 100 B, 1 MB batches": 1 / 3, "produce 100 B, 16 KB batches": 1 / 4, "produce 100 B, 16 KB batches, raw client": 1 / 4,
              "produce 100 B, Java producer": 1 / 4, "produce 1 KB, 1 MB batches": 1 / 3, "produce 1 KB, Java producer": 1 / 3, "consume 100 B": 1}
    for name, entry in results("broker").items():
        if name not in shares:
            continue
        theirs = entry.get("kafka_cpu_s_per_million")
        row(f"{name}: CPU s per million", number(theirs), number(entry["millstream_cpu_s_per_million"]),
            f"<= {number(shares[name])} of Kafka's", verdict(entry.get("cpu_ratio"), shares[name]), entry)
        if name.startswith("produce"):
            row(f"{name}: records/s", number(entry.get("kafka_records_per_s")), number(entry["millstream_records_per_s"]), ">= Kafka's",
                verdict(entry.get("rate_ratio"), 1, at_most=False), entry)
        if name.startswith("produce") and (cpu := entry.get("millstream_background_cpu_s_per_million")):
            row("the same with flush=background: CPU s per million; records/s", f"{number(theirs)}; {number(entry.get('kafka_records_per_s'))}",
                f"{number(cpu)}; {number(entry['millstream_background_records_per_s'])}", "–", None, entry)


def single_records():
    all_of = results("single_records")
    kafka, bare = all_of.get("kafka", {}), all_of.get("bare append of 200 bytes and fdatasync", {})
    for mode in ("background", "wait"):
        entry = all_of.get(f"millstream, kafka.flush={mode}")
        if not entry:
            continue
        cpu = kafka.get("cpu_us_per_record")
        row(f"1,000 single records/s, flush={mode}: CPU us a record", number(cpu), number(entry["cpu_us_per_record"]), "<= 1/5 of Kafka's",
            verdict(entry["cpu_us_per_record"], cpu and cpu / 5), entry)
        for key in ("p50_ms", "p99_ms", "p999_ms"):
            if mode == "wait":
                if key not in bare:
                    continue
                bound = bare[key] + .5
                target = f"<= {number(bound)} (bare fdatasync {number(bare[key])} + 0.5)"
            elif key == "p50_ms":
                bound, target = kafka.get(key), "<= Kafka's"
            elif key == "p99_ms":
                bound, target = 1, "<= 1"
            else:
                bound, target = None, "–"
            row(f"the same, {key.replace('_ms', '')}, ms", number(kafka.get(key)), number(entry[key]), target, verdict(entry[key], bound), entry)


def engine():
    for query, entry in results("nexmark").items():
        row(f"Nexmark {query}: events per CPU second", number(entry.get("flink_events_per_cpu_s")), number(entry["millstream_events_per_cpu_s"]),
            ">= 15 x Flink's", verdict(entry.get("ratio"), 15, at_most=False), entry)
        row(f"Nexmark {query}: peak memory, MB", number(entry.get("flink_peak_mb")), number(entry["millstream_peak_mb"]), "<= 1/10 of Flink's",
            verdict(entry.get("memory_ratio"), .1), entry)
    for name, entry in results("commerce").items():
        row(f"{name}: events per CPU second, broker included", number(entry.get("flink_and_kafka_events_per_cpu_s")),
            number(entry["millstream_events_per_cpu_s"]), ">= 15 x Flink's and Kafka's", verdict(entry.get("ratio"), 15, at_most=False), entry)
    sink = results("micro").get("micro_postgres_sink")
    for case in ("new_keys", "changed_rows"):
        if sink:
            at = lambda what: sink[f"postgres_sink.{case}{what}"]
            row(f"PostgreSQL sink, {case.replace('_', ' ')}: rows/s (theirs: psql)", number(at(" psql rows/s")), number(at(" rows/s")), ">= 0.9 of psql's",
                verdict(at(" beside psql %"), 90, at_most=False), sink)
            row("the same: our CPU, % of PostgreSQL's", "–", number(at(" own by server CPU %")), "<= 10", verdict(at(" own by server CPU %"), 10), sink)


def end_to_end():
    all_of = results("end_to_end")
    for stage, entry in all_of.items():
        if "p99_ms" in entry:
            bound = 300 if stage == "producer to row" else None
            row(f"end to end, {stage}: p50 / p99, ms", "–", f"{number(entry['p50_ms'])} / {number(entry['p99_ms'])}",
                "p99 <= 300" if bound else "–", verdict(entry["p99_ms"], bound), entry)


for part in (start_and_idle, broker, single_records, engine, end_to_end):
    part()
path = BENCH / "README.md"
before, rest = path.read_text().split(MARKS[0])
after = rest.split(MARKS[1])[1]
head = "| what | theirs | Millstream | target | met | load |\n|---|---|---|---|---|---|\n"
path.write_text(before + MARKS[0] + "\n" + head + "\n".join(rows) + "\n" + MARKS[1] + after)
