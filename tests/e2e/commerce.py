"""The commerce pipeline end to end: a confluent-kafka producer, the example's SQL file unchanged, a real PostgreSQL.

Usage: commerce.py [--seconds N] [--comparisons N] [--kills N] [--seed N]
Compares the four tables with each other under load in REPEATABLE READ snapshots, and the records with what was
acknowledged. With --kills, Millstream or PostgreSQL is killed at random moments and must come back exact.
"""
import argparse
import random
import time

from commerce_world import commerce


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--comparisons", type=int, default=100)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed)
    rng = random.Random(options.seed)

    with commerce(options.seed) as world:
        counts = set()
        kill_times = sorted(rng.uniform(1, options.seconds) for _ in range(options.kills))
        started, compared = time.monotonic(), 0
        while time.monotonic() - started < options.seconds or compared < options.comparisons:
            if kill_times and time.monotonic() - started >= kill_times[0]:
                kill_times.pop(0)
                victim = rng.choice(["millstream", "postgres"])
                print(f"kill -9 {victim} at {time.monotonic() - started:.2f} s")
                if victim == "millstream":
                    world.server.kill()
                    world.server.start()
                else:
                    world.postgres.kill()
                    world.postgres.restart()
                world.wait_running()
            counts.add(world.compare())
            compared += 1
            time.sleep(max(0, min(options.seconds / options.comparisons, 0.2)))
        world.finish(compared, counts)
        assert len(counts) >= min(50, options.comparisons // 2), f"only {len(counts)} different counts"
        world.server.stop()
    print("commerce: ok")


if __name__ == "__main__":
    main()
