"""Start to first metadata answer, and memory and CPU of an idle broker, beside a real Kafka."""
import time

import measure

options = measure.arguments()
results = measure.Results("start_and_idle", options)
seconds = 3 if options.quick else 30

with measure.Folder() as folder:
    for name, start in (("kafka", measure.real_kafka), ("millstream", measure.millstream)):
        times = []
        for run in range(2 if options.quick else 5):
            broker = start(folder / name)
            if broker is None:
                break
            times.append(broker.started_in)
            broker.stop()
        if not times:
            continue
        results.keep(f"{name}.start", first_ms=times[0] * 1e3, median_ms=measure.median(times) * 1e3, max_ms=max(times) * 1e3,
                     runs=len(times))
        with start(folder / name) as broker:
            time.sleep(2 if options.quick else 10)  # what a start leaves behind is not idling
            before = broker.cpu()
            time.sleep(seconds)
            results.keep(f"{name}.idle", rss_mb=measure.memory_mb(broker.pid), cpu_percent=100 * (broker.cpu() - before) / seconds,
                         seconds=seconds)
