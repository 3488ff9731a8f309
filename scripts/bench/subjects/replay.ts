// A recorded run once more. `kbt` reads it with the product's replay, from rows or from segments, whichever the file holds;
// `iterate` its rows with bare SQLite, `memory` from typed arrays. With `engine` the product's engine takes the events in
// place of the model: that of `memory` has them all made before.
import { readFileSync } from "node:fs";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { replayStretches } from "../../../src/adapters/sqlite/replay.ts";
import { compact } from "../../../src/adapters/sqlite/segments/compact.ts";
import { buildEngine } from "../../../src/app/compose/engine.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import type { Engine } from "../../../src/core/engine.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { textAt } from "../child.ts";
import { frameMs, START_MS } from "../frames.ts";
import { loadColumns, replayColumns } from "../limit/recorded-columns.ts";
import { openRows } from "../limit/recorded-rows.ts";
import {
  BENCH_CONFIG,
  benchCandles,
  benchFees,
  benchMarkets,
  FRAMES_PER_SPOT,
  spotBefore,
} from "../path-world.ts";
import { openBenchRecorder } from "../recorder.ts";
import { ModelFeed, ReplayModel } from "../replay-model.ts";
import { type Cost, serve, timedWarm } from "../serve.ts";

const [who = "", tickerList = ""] = process.argv.slice(2);
const tickers = tickerList.split(",");
const RUN_ID = 1;
const DAY_MS = 86_400_000;
const TURN = 500;
/** More than is recorded. */
const COLUMNS_MOST = 1_000_000;
/** All that the model takes in, and all that moves the engine. */
const TABLES = ["deltas", "snapshots", "spots"] as const;

const DO: Readonly<Record<string, (path: string) => Answer | Promise<Answer>>> = {
  kbt: replayed,
  memory: fromMemory,
  iterate: iterated,
  engine: throughEngine,
  "engine from memory": engineFromMemory,
};

type Answer = Cost & { readonly count: number; readonly account: object };

await serve(async (request) => {
  const path = textAt(request, "path");
  if (who === "record") return record(path, textAt(request, "file"), request["packed"] === true);
  const run = DO[who];
  if (run === undefined) throw new Error(`there is no subject '${who}'`);
  return run(path);
});

async function replayed(path: string): Promise<Answer> {
  const reader = openReader(path);
  const feed = new ModelFeed(tickers);
  const cost = await timedWarm(() => {
    for (const events of replayStretches(reader, RUN_ID, TABLES)) feed.take(events);
  });
  reader.close();
  return modelAnswer(cost, feed.model);
}

async function iterated(path: string): Promise<Answer> {
  const rows = openRows(path, tickers);
  const model = new ReplayModel(tickers);
  const cost = await timedWarm(() => rows.replay(model));
  rows.close();
  return modelAnswer(cost, model);
}

async function fromMemory(path: string): Promise<Answer> {
  const rows = openRows(path, tickers);
  const columns = loadColumns(rows, COLUMNS_MOST);
  rows.close();
  const model = new ReplayModel(tickers);
  const cost = await timedWarm(() => replayColumns(columns, model));
  return modelAnswer(cost, model);
}

function modelAnswer(cost: Cost, { account }: ReplayModel): Answer {
  return { ...cost, count: account.changes, account };
}

async function throughEngine(path: string): Promise<Answer> {
  const reader = openReader(path);
  const answer = await engineAnswer(replayStretches(reader, RUN_ID, TABLES));
  reader.close();
  return answer;
}

async function engineFromMemory(path: string): Promise<Answer> {
  const reader = openReader(path);
  const events = [...replayStretches(reader, RUN_ID, TABLES)];
  reader.close();
  return engineAnswer(events);
}

async function engineAnswer(stretches: Iterable<readonly MarketEvent[]>): Promise<Answer> {
  const engine = preparedEngine();
  let [count, opportunities, evs] = [0, 0, 0];
  const cost = await timedWarm(() => {
    for (const events of stretches) {
      for (const event of events) {
        if (event.type === "delta") count++;
        for (const effect of engine.step(event)) {
          if (effect.type !== "opportunity") continue;
          opportunities++;
          evs += effect.row.ev ?? 0;
        }
      }
    }
  });
  return { ...cost, count, account: { count, opportunities, evs } };
}

function preparedEngine(): Engine {
  const engine = buildEngine(BENCH_CONFIG, {
    pricing: pricingOf(BENCH_CONFIG),
    runId: RUN_ID,
    runKey: "bench/replay",
    strategies: [],
    slippage: [],
  });
  for (const event of [benchFees(), ...benchCandles(), ...benchMarkets(tickers)]) {
    engine.step(event);
  }
  return engine;
}

/** Frames as a run would record them, as rows; packed like those of markets that are over. */
async function record(path: string, file: string, isPacked: boolean): Promise<object> {
  const recorder = openBenchRecorder(path, () => START_MS);
  for (const event of [benchFees(), ...benchCandles()]) recorder.event(event, null);
  for (const market of benchMarkets(tickers)) recorder.event(market, "kalshi");
  const texts = readFileSync(file, "utf8").split("\n");
  for (const [at, text] of texts.entries()) {
    if (at % FRAMES_PER_SPOT === 0) recorder.event(spotBefore(at), "coinbase");
    const frame = decode(text, frameMs(at));
    if (frame.kind === "data") recorder.event(frame.event, "kalshi");
    if (at % TURN === TURN - 1) await turn();
  }
  await recorder.close(0);
  if (isPacked) pack(path);
  return {};
}

function pack(path: string): void {
  const writer = openWriter(path, { env: "sim" });
  const end = START_MS + DAY_MS;
  compact(writer, { beforeMs: end, nowMs: end });
  writer.close();
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
