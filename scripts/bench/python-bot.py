"""The whole path as a plain asyncio bot: one coroutine, json, dictionaries for books, rows in batches of 1,000.

A subject of `npm run bench` (scripts/bench/child.ts): one JSON request a line on stdin, one answer a line on stdout.
Needs the Debian package python3-websockets.
"""

import array
import asyncio
import json
import math
import resource
import sqlite3
import sys
import time

import websockets

BATCH = 1000
INSERT = "INSERT INTO deltas VALUES (?, ?, ?, ?, ?, ?, ?)"


def scaled(text, places):
    return round(float(text) * 10**places)


def cpu_ms():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


async def run(request):
    count = request["count"]
    stamps = array.array("d", bytes(8 * count)) if "stamps" in request else None
    db = sqlite3.connect(request["db"])
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(
        "CREATE TABLE deltas (ticker TEXT, seq INTEGER, side INTEGER, price INTEGER, delta INTEGER, ms INTEGER, ev REAL)"
    )
    books = {}
    rows = []
    frames = 0
    started = used = 0.0
    async with websockets.connect(request["url"], compression=None, max_size=None) as socket:
        for number, channel in enumerate(["orderbook_delta", "ticker"]):
            params = {"channels": [channel], "market_tickers": request["tickers"]}
            await socket.send(json.dumps({"id": number, "cmd": "subscribe", "params": params}))
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "subscribed":
                continue
            msg = frame["msg"]
            ticker = msg["market_ticker"]
            if frame["type"] == "orderbook_delta":
                levels = books[ticker][msg["side"]]
                price = scaled(msg["price_dollars"], 4)
                delta = scaled(msg["delta_fp"], 2)
                size = levels.get(price, 0) + delta
                if size == 0:
                    levels.pop(price, None)
                else:
                    levels[price] = size
                ev = value_of(books[ticker])
                rows.append((ticker, frame["seq"], msg["side"] == "yes", price, delta, msg["ts_ms"], ev))
                if len(rows) == BATCH:
                    db.executemany(INSERT, rows)
                    db.commit()
                    rows.clear()
            elif frame["type"] == "orderbook_snapshot":
                books[ticker] = {
                    side: {
                        scaled(price, 4): scaled(size, 2)
                        for price, size in msg.get(f"{side}_dollars_fp") or []
                    }
                    for side in ("yes", "no")
                }
            if frames == 0:
                started = time.monotonic()
                used = cpu_ms()
            if stamps is not None:
                stamps[frames] = time.monotonic_ns() / 1000
            frames += 1
            if frames == count:
                break
        db.executemany(INSERT, rows)
        db.commit()
        answer = {"ms": (time.monotonic() - started) * 1000, "cpuMs": cpu_ms() - used, "count": frames}
        db.close()
    if stamps is not None:
        with open(request["stamps"], "wb") as file:
            stamps.tofile(file)
    return answer


def value_of(book):
    """A logistic chance and the value of buying at the ask with the exchange's fee."""
    ask = 1 - max(book["no"], default=0) / 10_000
    p = 1 / (1 + math.exp((ask - 0.5) / 4))
    return p - ask - 0.07 * ask * (1 - ask)


def facts_of(path):
    db = sqlite3.connect(path)
    deltas, prices, sizes = db.execute("SELECT count(*), sum(price), sum(delta) FROM deltas").fetchone()
    db.close()
    return {"deltas": deltas, "prices": prices, "sizes": sizes}


def main():
    tickers = sys.argv[1].split(",")
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("do") == "hello":
            print(json.dumps({"version": websockets.__version__}), flush=True)
            continue
        try:
            answer = asyncio.run(run({**request, "tickers": tickers}))
            if request.get("facts"):
                answer["facts"] = facts_of(request["db"])
        except Exception as error:  # noqa: BLE001 -- the bench prints whatever went wrong
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
