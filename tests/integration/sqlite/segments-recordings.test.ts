import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { compact } from "../../../src/adapters/sqlite/segments/compact.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { aMarket } from "../../support/builders.ts";
import { aRecorder, tempDb } from "./support.ts";

// Whole recordings, which are not part of the repository: they lie beside it where this program is developed.
const FOLDER = new URL("../../../../shared/data/kalshi/ws-btc15m/", import.meta.url);
const isThere = existsSync(FOLDER);
const FILES = isThere ? readdirSync(FOLDER).filter((name) => name.endsWith(".gz")) : [];

interface Line {
  readonly recv_ns: string;
  readonly frame?: object;
}

function eventsOf(file: string): MarketEvent[] {
  const events: MarketEvent[] = [];
  const tickers = new Set<string>();
  for (const text of gunzipSync(readFileSync(new URL(file, FOLDER)))
    .toString()
    .split("\n")) {
    if (text === "") continue;
    const { frame, recv_ns } = JSON.parse(text) as Line;
    const recvMs = Number(recv_ns.slice(0, -6));
    const decoded = frame === undefined ? null : decode(JSON.stringify(frame), recvMs);
    if (decoded?.kind !== "data") continue;
    const { event } = decoded;
    if ("ticker" in event && !tickers.has(event.ticker)) {
      tickers.add(event.ticker);
      const market = aMarket({ ticker: event.ticker, openMs: 0, closeMs: recvMs });
      events.push({ type: "market", market, recvMs });
    }
    events.push(event);
  }
  return events;
}

const SUITE = isThere
  ? "the recorded sessions"
  : "SKIPPED: no recordings at ../shared/data, so no bytes a delta were measured";

describe.skipIf(!isThere)(SUITE, () => {
  test.each(FILES)("%s comes back packed as it was, in at most 9 bytes a delta", async (file) => {
    const path = tempDb();
    const events = eventsOf(file);
    const startedMs = events[0]?.recvMs ?? 0;
    const run = { mode: "collect", startedMs, version: "0", config: {}, command: "x" } as const;
    const recorder = aRecorder(path, "collect", { run, batchRows: 10_000 });
    for (const event of events) recorder.event(event);
    await recorder.close(0);
    const writer = openWriter(path, { env: "sim" });
    const { rows } = compact(writer, { beforeMs: startedMs + 1e9, nowMs: startedMs + 1e9 });
    writer.close();
    const reader = openReader(path);
    const bytes = reader.db
      .prepare<[], { packed: number; stored: number; plain: number }>(
        `SELECT (SELECT sum(length(data)) FROM delta_segments) AS packed, (SELECT count(*) FROM deltas) AS plain,
           (SELECT sum(pgsize) FROM dbstat WHERE name = 'delta_segments') AS stored`,
      )
      .get();
    const replayed = [...replayEvents(reader, recorder.runId)];
    reader.close();
    expect(replayed).toEqual(events);
    expect(bytes?.plain).toBe(0);
    expect(rows).toBe(events.filter(({ type }) => type === "delta").length);
    const perDelta = (bytes?.stored ?? Number.NaN) / rows;
    const packed = (bytes?.packed ?? Number.NaN) / rows;
    process.stderr.write(
      `${file}: ${rows} deltas, ${packed.toFixed(2)} bytes each packed, ${perDelta.toFixed(2)} with pages\n`,
    );
    expect(perDelta).toBeLessThanOrEqual(9);
  });
});
