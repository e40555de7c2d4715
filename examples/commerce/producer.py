"""Sends made-up transactions to Kafka: `python producer.py [--bootstrap HOST:PORT] [--rate N] [--count N] [--seed N]`.

Needs confluent-kafka (requirements.txt). Idempotent, acks=all. Stops at --count or Ctrl+C, after everything was acknowledged.
"""
import argparse
import json
import random
import time
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import SerializingProducer
from confluent_kafka.serialization import StringSerializer

CATEGORIES = ["electronics", "groceries", "fashion", "home", "sports", "travel"]
MERCHANTS = ["Northwind", "Acorn & Co", "Blue Harbour", "Kestrel", "Maple Lane", "Orbit"]
CITIES = ["Lisbon", "Oslo", "Nairobi", "Lima", "Osaka", "Tallinn", "Porto Alegre", "Halifax"]
TYPES = ["purchase", "refund", "transfer"]
CURRENCIES = ["USD", "GBP", "EUR"]


def transaction(rng, now):
    return {
        "transactionId": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "userId": f"user_{rng.randint(1, 500)}",
        "transactionType": rng.choice(TYPES),
        "amount": round(rng.uniform(10, 1000), 2),
        "currency": rng.choice(CURRENCIES),
        "transactionDate": (now - timedelta(seconds=rng.randint(0, 3))).strftime("%Y-%m-%dT%H:%M:%S"),
        "category": rng.choice(CATEGORIES),
        "merchant": rng.choice(MERCHANTS),
        "location": rng.choice(CITIES),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="financial_transactions")
    parser.add_argument("--rate", type=float, default=1, help="transactions a second; 0: as fast as they go")
    parser.add_argument("--count", type=int, default=0, help="0: until Ctrl+C")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()

    producer = SerializingProducer({
        "bootstrap.servers": options.bootstrap,
        "enable.idempotence": True,
        "acks": "all",
        "key.serializer": StringSerializer("utf_8"),
        "value.serializer": lambda value, context: json.dumps(value).encode(),
    })
    delivered = failed = 0

    def on_delivery(error, message):
        nonlocal delivered, failed
        if error is None:
            delivered += 1
            if options.rate and options.rate <= 5:
                print(f"delivered to {message.topic()} [{message.partition()}] at offset {message.offset()}")
        else:
            failed += 1
            print(f"not delivered: {error}")

    rng = random.Random(options.seed)
    sent, started = 0, time.monotonic()
    try:
        while options.count == 0 or sent < options.count:
            event = transaction(rng, datetime.now(timezone.utc))
            while True:
                try:
                    producer.produce(options.topic, key=event["transactionId"], value=event, on_delivery=on_delivery)
                    break
                except BufferError:
                    producer.poll(0.1)
            sent += 1
            producer.poll(0)
            if options.rate:
                time.sleep(max(0, started + sent / options.rate - time.monotonic()))
    except KeyboardInterrupt:
        pass
    producer.flush()
    print(f"{sent} sent, {delivered} delivered, {failed} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
