import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createModelStore } from "../../../src/adapters/sqlite/model-store.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import {
  candleStocks,
  paidFunding,
  spotCandles,
} from "../../../src/adapters/sqlite/queries/candles.ts";
import {
  acceptedModels,
  listModels,
  recalibratedRuns,
} from "../../../src/adapters/sqlite/queries/models.ts";
import type { Candle } from "../../../src/core/events.ts";
import type { Fitted } from "../../../src/core/learn/verdict.ts";
import { aRecorder, rows, T0, tempDb } from "./support.ts";

function aFit(changes: Partial<Fitted> = {}): Fitted {
  return {
    kind: "platt",
    params: { kind: "platt", b: -0.1, a: 0.9 },
    rows: 400,
    trainFromMs: T0 - 1_000_000,
    trainToMs: T0,
    scoreName: "log loss",
    scoreOos: 0.51,
    scorePlain: 0.53,
    plains: [{ name: "the model as it is", score: 0.53 }],
    folds: [{ fromMs: T0 - 500_000, toMs: T0, rows: 80, score: 0.51, plain: 0.53 }],
    accepted: true,
    reason: "better than the model as it is by 0.020 (p 0.001 by window)",
    ...changes,
  };
}

function stored(path: string, fits: readonly (readonly [scope: string, fit: Fitted])[]) {
  const store = createModelStore({ path, env: "sim" });
  try {
    return fits.map(([scope, fit], i) => store.add(scope, fit, T0 + i));
  } finally {
    store.close();
  }
}

test("a fit comes back as it was, refused ones too", () => {
  const path = tempDb();
  const params = { kind: "magnitude", base: 0.1 + 0.2, trees: [[3, -1e-9, 0.25, [0, 1, -2, 2]]] };
  const refused = aFit({ kind: "magnitude", params, accepted: false, reason: "worse than HAR" });
  const [map, model] = stored(path, [
    ["KXBTC15M", aFit()],
    ["BTC-USD", refused],
  ]);
  const reader = openReader(path);
  const [newest, first] = listModels(reader);
  expect(newest).toEqual({
    modelId: model?.modelId,
    kind: "magnitude",
    scope: "BTC-USD",
    version: model?.version,
    trainedMs: T0 + 1,
    trainFromMs: T0 - 1_000_000,
    trainToMs: T0,
    rows: 400,
    scoreName: "log loss",
    scoreOos: 0.51,
    scorePlain: 0.53,
    accepted: false,
    reason: "worse than HAR",
    params,
  });
  expect(first).toMatchObject({ modelId: map?.modelId, version: map?.version, accepted: true });
  reader.close();
  expect(rows(path, "SELECT folds_json FROM models WHERE kind = 'platt'")).toEqual([
    {
      folds_json: JSON.stringify([
        { from_ms: T0 - 500_000, to_ms: T0, rows: 80, score: 0.51, plain: 0.53 },
      ]),
    },
  ]);
});

test("the version names the parameters, in whatever order they are given, and nothing else", () => {
  const path = tempDb();
  const [one, reordered, later, other] = stored(path, [
    ["A", aFit()],
    ["B", aFit({ params: { a: 0.9, b: -0.1, kind: "platt" } })],
    ["A", aFit({ trainToMs: T0 + 900_000 })],
    ["A", aFit({ params: { kind: "platt", a: 0.9, b: -0.1000001 } })],
  ]);
  expect(one?.version).toMatch(/^[0-9a-f]{12}$/);
  expect(reordered?.version).toBe(one?.version);
  expect(later).toMatchObject({ version: one?.version, isNew: true });
  expect(other?.version).not.toBe(one?.version);
});

test("the very same fit is stored once", () => {
  const path = tempDb();
  const [first, again] = stored(path, [
    ["A", aFit()],
    ["A", aFit()],
  ]);
  expect(first?.isNew).toBe(true);
  expect(again).toEqual({ ...first, isNew: false });
  expect(rows(path, "SELECT count(*) AS n FROM models")).toEqual([{ n: 1 }]);
});

test("the newest model is accepted, of its kind and scope, and saw nothing that was still to come", () => {
  const path = tempDb();
  const fits: [string, Fitted][] = [
    ["A", aFit({ trainToMs: T0 - 1_000 })],
    ["A", aFit({ trainToMs: T0 })],
    ["A", aFit({ trainToMs: T0 + 1_000, accepted: false })],
    ["B", aFit({ trainToMs: T0 + 2_000 })],
    ["A", aFit({ kind: "beta", trainToMs: T0 + 2_000 })],
    // Trained last, on less.
    ["A", aFit({ trainToMs: T0 - 2_000 })],
  ];
  const ids = stored(path, fits).map(({ modelId }) => modelId);
  const reader = openReader(path);
  const newest = (beforeMs: number) =>
    acceptedModels(reader, "platt", "A", beforeMs)[0]?.modelId ?? null;
  expect(newest(T0 + 5_000)).toBe(ids[1]);
  expect(newest(T0 + 1)).toBe(ids[1]);
  expect(newest(T0)).toBe(ids[0]);
  expect(newest(T0 - 1_000)).toBe(ids[5]);
  expect(newest(T0 - 2_000)).toBeNull();
  expect(acceptedModels(reader, "isotonic", "A", T0 + 5_000)).toEqual([]);
  expect(acceptedModels(reader, "platt", "C", T0 + 5_000)).toEqual([]);
  reader.close();
});

test("what is stored is never changed or removed", () => {
  const path = tempDb();
  const store = createModelStore({ path, env: "sim" });
  store.add("A", aFit(), T0);
  expect(() => store.add("", aFit(), T0)).toThrow("refused a row");
  store.close();
  const db = new Database(path);
  expect(() => db.exec("UPDATE models SET accepted = 0")).toThrow("models is append-only");
  expect(() => db.exec("DELETE FROM models")).toThrow("models is append-only");
  db.close();
  expect(rows(path, "SELECT accepted FROM models")).toEqual([{ accepted: 1 }]);
});

test("a fit is stored beside a run that is recording", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  recorder.event(aCandle(0, 100));
  const [model] = stored(path, [["A", aFit()]]);
  recorder.event(aCandle(1, 101));
  await recorder.close(0);
  expect(model?.isNew).toBe(true);
  expect(rows(path, "SELECT count(*) AS n FROM candles")).toEqual([{ n: 2 }]);
});

function aCandle(minute: number, closeUsd: number, changes: Partial<Candle> = {}): Candle {
  return {
    type: "candle",
    source: "coinbase",
    product: "BTC-USD",
    openMs: T0 - 600_000 + minute * 60_000,
    intervalS: 60,
    openUsd: 100,
    highUsd: Math.max(100, closeUsd),
    lowUsd: 99,
    closeUsd,
    volume: 1,
    recvMs: T0 + minute,
    ...changes,
  };
}

test("candles come in the order of time, each once and as it was told last", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  for (const event of [
    aCandle(2, 102),
    aCandle(0, 100.5),
    aCandle(1, 101),
    aCandle(0, 100.7),
    aCandle(5, 105, { source: "binance", product: "BTC-USDT" }),
    aCandle(0, 103, { intervalS: 900 }),
  ]) {
    recorder.event(event);
  }
  await recorder.close(0);
  const reader = openReader(path);
  const of = { source: "coinbase", product: "BTC-USD", intervalS: 60 };
  expect(spotCandles(reader, of)).toEqual(
    [aCandle(0, 100.7), aCandle(1, 101), aCandle(2, 102)].map(
      ({ closeUsd, highUsd, lowUsd, openMs, openUsd, volume }) => ({
        openMs,
        openUsd,
        highUsd,
        lowUsd,
        closeUsd,
        volume,
      }),
    ),
  );
  expect(spotCandles(reader, { ...of, since: T0 - 540_000, until: T0 - 540_000 })).toHaveLength(1);
  expect(candleStocks(reader, {})).toEqual([
    { source: "binance", product: "BTC-USDT", intervalS: 60, count: 1 },
    { source: "coinbase", product: "BTC-USD", intervalS: 60, count: 3 },
    { source: "coinbase", product: "BTC-USD", intervalS: 900, count: 1 },
  ]);
  expect(candleStocks(reader, { since: T0 })).toEqual([]);
  reader.close();
});

test("of the funding rates those that were paid count, not the estimates before", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  const funding = { type: "funding", source: "binance", product: "BTC-USDT" } as const;
  const add = (atMs: number, rate: number, isEstimate: boolean): void =>
    recorder.event({ ...funding, atMs, rate, isEstimate, recvMs: T0 });
  add(T0, 0.0001, true);
  add(T0, 0.0002, false);
  add(T0 + 28_800_000, 0.0003, true);
  add(T0 - 28_800_000, 0.0004, false);
  await recorder.close(0);
  const reader = openReader(path);
  expect(paidFunding(reader, "BTC")).toEqual([
    { atMs: T0 - 28_800_000, rate: 0.0004 },
    { atMs: T0, rate: 0.0002 },
  ]);
  expect(paidFunding(reader, "BT")).toEqual([]);
  reader.close();
});

test("runs whose probabilities went through a map are known by their configuration", async () => {
  const path = tempDb();
  const ids = [];
  for (const config of [
    {},
    { model: { recalibration: "off" } },
    { model: { recalibration: "beta" } },
  ]) {
    const run = {
      mode: "paper",
      startedMs: T0,
      version: "0.1.0",
      config,
      command: "paper",
    } as const;
    const recorder = aRecorder(path, "paper", { run });
    ids.push(recorder.runId);
    await recorder.close(0);
  }
  const reader = openReader(path);
  expect(recalibratedRuns(reader)).toEqual(new Set([ids[2]]));
  reader.close();
});
