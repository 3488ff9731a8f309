import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listModels } from "../../../src/adapters/sqlite/queries/models.ts";
import { createRecorder, type SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { loadRecalibration } from "../../../src/app/compose/models.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import type { ModelReport } from "../../../src/app/fit-report.ts";
import type { Shell } from "../../../src/cli/context.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import { applyMap, parseMap } from "../../../src/core/calibration/maps.ts";
import type { SpotCandle } from "../../../src/core/learn/bars.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { aMarket } from "../../support/builders.ts";
import {
  CANDLES_FROM_MS,
  minutesOf,
  noisePlan,
  quartersOf,
  reversingPlan,
} from "../../support/candles.ts";
import { NO_TERMINAL } from "../../support/terminal.ts";
import { anOpportunity } from "../sqlite/support.ts";

// `kbt calibrate fit` through the command line, on a database that the recorder has filled: candles of two products, one
// of which reverses and one of which is pure chance, and settled evaluations of a model that is too sure of itself.

const BARS = 1_400;
const WINDOWS = 400;
const NOW_MS = CANDLES_FROM_MS + BARS * 900_000;

/** Another way to price. */
const NORMAL: Config = { ...DEFAULTS, model: { ...DEFAULTS.model, shape: "normal" } };

let folder: string;
let db: string;

function recorderOf(path: string, config: object = {}): SqliteRecorder {
  return createRecorder({
    path,
    env: "sim",
    run: {
      mode: "paper",
      startedMs: CANDLES_FROM_MS,
      version: "0.1.0",
      config,
      command: "paper",
      models: [...pricingOf(DEFAULTS).facts, ...pricingOf(NORMAL).facts],
    },
    nowMs: () => NOW_MS,
  });
}

function addCandles(
  recorder: SqliteRecorder,
  product: string,
  candles: readonly SpotCandle[],
  intervalS = 60,
): void {
  for (const candle of candles) {
    recorder.event({
      type: "candle",
      source: "coinbase",
      product,
      intervalS,
      ...candle,
      recvMs: CANDLES_FROM_MS + 1,
    });
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What really happens when the model says p. */
const truth = (p: number): number => 1 / (1 + ((1 - p) / p) ** 0.5);

function addWindows(
  recorder: SqliteRecorder,
  series: string,
  { config = DEFAULTS, from = 0, to }: { config?: Config; from?: number; to: number },
): void {
  const rng = mulberry32(9);
  const model = pricingOf(config).of(series).version;
  for (let w = from; w < to; w++) {
    const closeMs = CANDLES_FROM_MS + (w + 1) * 900_000;
    const ticker = `${series}-W${String(w).padStart(4, "0")}`;
    const pModel = 0.02 + 0.96 * rng.next();
    const result = rng.next() < truth(pModel) ? "yes" : "no";
    const market = aMarket({ ticker, eventTicker: ticker, seriesTicker: series, closeMs });
    recorder.event({ type: "market", market, recvMs: closeMs - 900_000 });
    for (const [i, tauS] of [720, 300, 250].entries()) {
      // What a strategy made of the model's probability teaches no map of the model.
      const pStrategy = 1 - pModel;
      const at = { atMs: closeMs - tauS * 1_000, tauS, ticker, pModel, pStrategy, model };
      recorder.opportunity(anOpportunity(recorder, w * 3 + i + 1, at));
    }
    const of = { type: "settlement", ticker, eventTicker: ticker, result } as const;
    recorder.event({
      ...of,
      yesPayout: null,
      expirationValue: "1",
      settledMs: closeMs + 5_000,
      final: true,
      source: "kalshi",
      recvMs: closeMs + 6_000,
    });
  }
}

async function kbt(words: readonly string[], stop: AbortController | null = null) {
  const { signal } = stop ?? new AbortController();
  let out = "";
  let err = "";
  const shell: Shell = {
    env: {},
    cwd: folder,
    homeDir: folder,
    version: "0.1.0",
    isTty: { stdout: false, stderr: false },
    terminal: NO_TERMINAL,
    signal,
    stopCode: () => (signal.aborted ? 130 : null),
    monoMs: () => 0,
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
      stop?.abort();
    },
    readText: async () => null,
  };
  return { code: await runProgram(words, shell), out: () => out, err: () => err };
}

async function fitted(...words: string[]): Promise<ModelReport[]> {
  const { code, out } = await kbt(["calibrate", "fit", "--db", db, "--json", ...words]);
  expect(code).toBe(0);
  return JSON.parse(out()).data.models;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kbt-fit-"));
  db = join(folder, "kbt.sqlite");
  const recorder = recorderOf(db);
  addCandles(recorder, "BTC-USD", minutesOf(1, BARS, reversingPlan));
  addCandles(recorder, "SOL-USD", minutesOf(2, BARS, noisePlan));
  addWindows(recorder, "KXBTC15M", { to: WINDOWS });
  await recorder.close(0);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("calibrate fit", () => {
  test("fits everything there is enough for, and stores what helped and what did not", async () => {
    const { code, err, out } = await kbt(["calibrate", "fit", "--db", db, "--folds", "3"]);
    expect(err()).toMatch(/^fit 1\/6 · direction of BTC-USD 0\/4 steps\n/);
    expect(code).toBe(0);
    const reader = openReader(db);
    const models = listModels(reader).toReversed();
    reader.close();
    expect(models.map(({ kind, scope }) => `${kind} ${scope}`)).toEqual([
      "direction BTC-USD",
      "magnitude BTC-USD",
      "direction SOL-USD",
      "magnitude SOL-USD",
      "platt KXBTC15M",
      "beta KXBTC15M",
    ]);
    const verdicts = new Map(models.map((row) => [`${row.kind} ${row.scope}`, row.accepted]));
    expect(verdicts.get("direction BTC-USD")).toBe(true);
    expect(verdicts.get("direction SOL-USD")).toBe(false);
    expect(verdicts.get("magnitude SOL-USD")).toBe(false);
    expect(verdicts.get("platt KXBTC15M")).toBe(true);
    expect(verdicts.get("beta KXBTC15M")).toBe(true);
    for (const { accepted, kind, reason, scope, version } of models) {
      const word = accepted ? "ACCEPTED" : "REFUSED";
      expect(out()).toContain(`${kind} of ${scope} ${word}: ${reason}\n`);
      expect(out()).toContain(`version ${version}`);
    }
    expect(out()).toContain("KXBTC15M isotonic: 400 settled windows, 1000 needed\n");
  }, 120_000);

  test("the same data give the same model, which is stored once", async () => {
    const [first] = await fitted("--model", "platt");
    const [again] = await fitted("--model", "platt");
    expect(again).toMatchObject({ version: first?.version, model_id: first?.model_id });
    expect(again?.is_new).toBe(false);
    // Other folds are another examination of the same map.
    const [other] = await fitted("--model", "platt", "--folds", "4");
    expect(other).toMatchObject({ version: first?.version, is_new: true });
  });

  test("the map knows only what was over before --until, and says so", async () => {
    const untilMs = CANDLES_FROM_MS + 200 * 900_000;
    const until = isoOf(untilMs);
    const [map] = await fitted("--model", "platt", "--until", until);
    expect(map?.train_to_ms).toBe(untilMs);
    const [earlier] = await fitted("--model", "platt", "--until", isoOf(untilMs - 1));
    expect(earlier?.train_to_ms).toBe(untilMs - 900_000);
  });

  test.each([0, 1, 60_000, 900_000])(
    "models of candles know only what was over %d ms before a bar ends",
    async (beforeMs) => {
      const path = join(folder, `until-${beforeMs}.sqlite`);
      const recorder = recorderOf(path);
      addCandles(recorder, "BTC-USD", quartersOf(3, 1_200, noisePlan), 900);
      await recorder.close(0);
      const untilMs = CANDLES_FROM_MS + 1_100 * 900_000 - beforeMs;
      const until = isoOf(untilMs);
      const [model] = await fitted("--db", path, "--model", "direction", "--until", until);
      const barMs = Math.floor(untilMs / 900_000) * 900_000;
      expect(model?.train_to_ms).toBe(barMs);
    },
  );

  test("one product, one model, any order of global options", async () => {
    const models = await fitted("--product", "SOL-USD", "--model", "direction");
    expect(models).toMatchObject([
      {
        kind: "direction",
        scope: "SOL-USD",
        accepted: false,
        score_name: "Brier",
      },
    ]);
    expect(models[0]?.folds).toHaveLength(5);
  });

  test("an own 15-minute candle stands in for minutes that are missing", async () => {
    const path = join(folder, "quarters.sqlite");
    const recorder = recorderOf(path);
    const minutes = minutesOf(1, BARS, reversingPlan);
    const quarters = Array.from({ length: BARS }, (_, k) => minutes.slice(15 * k, 15 * k + 15)).map(
      (own): SpotCandle => ({
        openMs: own[0]?.openMs ?? 0,
        openUsd: own[0]?.openUsd ?? 0,
        highUsd: Math.max(...own.map(({ highUsd }) => highUsd)),
        lowUsd: Math.min(...own.map(({ lowUsd }) => lowUsd)),
        closeUsd: own.at(-1)?.closeUsd ?? 0,
        volume: own.reduce((sum, { volume }) => sum + volume, 0),
      }),
    );
    addCandles(recorder, "BTC-USD", minutes.slice(0, 600 * 15));
    addCandles(recorder, "BTC-USD", quarters.slice(500), 900);
    await recorder.close(0);
    const words = ["calibrate", "fit", "--json", "--model", "direction,magnitude"];
    const { code, out } = await kbt([...words, "--product", "BTC-USD", "--db", path]);
    expect(code).toBe(0);
    const { data } = JSON.parse(out());
    const [whole] = await fitted("--model", "direction", "--product", "BTC-USD");
    expect(data.models).toMatchObject([{ kind: "direction", version: whole?.version }]);
    // Magnitude needs the minutes themselves.
    expect(data.short).toEqual([{ scope: "BTC-USD", kind: "magnitude", have: 503, need: 1_000 }]);
  });

  test("too little data is one line that says how much there is and what to do, exit 7", async () => {
    const path = join(folder, "little.sqlite");
    const recorder = recorderOf(path);
    addCandles(recorder, "BTC-USD", minutesOf(1, 150, noisePlan));
    addWindows(recorder, "KXBTC15M", { to: 12 });
    await recorder.close(0);
    const { code, err, out } = await kbt(["calibrate", "fit", "--db", path, "--quiet"]);
    expect(code).toBe(7);
    expect(out()).toBe("");
    expect(err()).toContain("error[NOT_ENOUGH_DATA]");
    expect(err()).toContain("BTC-USD direction: 130 usable quarters of an hour, 1000 needed");
    expect(err()).toContain("KXBTC15M platt: 12 settled windows, 100 needed");
    expect(err()).toContain("kbt collect --backfill 30");
    const reader = openReader(path);
    expect(listModels(reader)).toEqual([]);
    reader.close();
  });

  test("what a map has changed already teaches no map", async () => {
    const path = join(folder, "mapped.sqlite");
    const recorder = recorderOf(path, { model: { recalibration: "platt" } });
    addWindows(recorder, "KXBTC15M", { to: 150 });
    await recorder.close(0);
    const words = ["calibrate", "fit", "--db", path, "--model", "platt", "--series", "KXBTC15M"];
    const { code, err } = await kbt(words);
    expect(code).toBe(7);
    expect(err()).toContain("KXBTC15M platt: 0 settled windows, 100 needed");
  });

  test("only forecasts of the newest way to price teach a map", async () => {
    const path = join(folder, "repriced.sqlite");
    const recorder = recorderOf(path);
    addWindows(recorder, "KXBTC15M", { config: NORMAL, to: 130 });
    addWindows(recorder, "KXBTC15M", { from: 130, to: 250 });
    await recorder.close(0);
    const words = ["calibrate", "fit", "--db", path, "--model", "platt", "--json"];
    const { code, out } = await kbt(words);
    expect(code).toBe(0);
    const { data, warnings } = JSON.parse(out());
    expect(data.models[0].train_from_ms).toBe(CANDLES_FROM_MS + 131 * 900_000);
    // Two of its three evaluations are at decision times.
    expect(warnings).toEqual([expect.stringContaining("260 evaluations were left out")]);
  });

  test.each([
    [["--model", "forest"], "It must be some of direction, magnitude"],
    [["--folds", "1"], "It must be an integer from 2 to 20"],
    [["--require-proof"], "calibrate fit cannot be used with option '--require-proof'"],
    [["--mode", "paper"], "calibrate fit cannot be used with option '--mode'"],
  ])("%j is refused", async (words, message) => {
    const { code, err } = await kbt(["calibrate", "fit", "--db", db, ...words]);
    expect(code).toBe(2);
    expect(err()).toContain(message);
  });

  test("a request to stop ends it between two steps, and what was stored stays", async () => {
    const stop = new AbortController();
    const count = (): number => {
      const reader = openReader(db);
      const { length } = listModels(reader);
      reader.close();
      return length;
    };
    const before = count();
    // Asked by the first line of progress.
    const words = ["calibrate", "fit", "--db", db, "--model", "magnitude"];
    const { code, err } = await kbt(words, stop);
    expect(err()).toContain("magnitude of BTC-USD 0/21 steps");
    expect(code).toBe(130);
    expect(count()).toBe(before);
  });

  test("calibrate itself still scores, and lists fit in its help", async () => {
    const scored = await kbt(["calibrate", "--db", db, "--json"]);
    expect(scored.code).toBe(0);
    expect(JSON.parse(scored.out()).data.report.all.windows).toBe(WINDOWS);
    expect((await kbt(["calibrate", "--help"])).out()).toContain("fit");
    const help = (await kbt(["calibrate", "fit", "--help"])).out();
    expect(help).toContain("--model");
    expect(help).toContain("--config");
    expect(help).not.toContain("--require-proof");
  });
});

function configOf(
  recalibration: Config["model"]["recalibration"],
  { base = DEFAULTS, path = db }: { base?: Config; path?: string } = {},
): Config {
  return {
    ...base,
    model: { ...base.model, recalibration },
    storage: { ...base.storage, db_path: path },
  };
}

describe("the map of a run", () => {
  const series = ["KXBTC15M", "KXSOL15M"];

  test("is the newest accepted one that was fitted on the past of the run", async () => {
    const [map] = await fitted("--model", "platt");
    const loaded = loadRecalibration(configOf("platt"), { series, nowMs: NOW_MS });
    expect([...loaded.maps.keys()]).toEqual(["KXBTC15M"]);
    const found = loaded.maps.get("KXBTC15M");
    expect(found?.version).toBe(map?.version);
    expect(parseMap(found?.map)).toEqual(found?.map);
    const corrected = found === undefined ? Number.NaN : applyMap(found.map, 0.95);
    expect(Math.abs(corrected - truth(0.95))).toBeLessThan(0.06);
    // A series without one is named, once, and left as it is.
    expect(loaded.warnings).toEqual([expect.stringContaining("no accepted map of KXSOL15M")]);
    const early = loadRecalibration(configOf("platt"), { series, nowMs: CANDLES_FROM_MS });
    expect(early.maps.size).toBe(0);
    expect(early.warnings).toHaveLength(1);
  });

  test("is none when it corrects another way to price", () => {
    const loaded = loadRecalibration(configOf("platt", { base: NORMAL }), {
      series: ["KXBTC15M"],
      nowMs: NOW_MS,
    });
    expect(loaded.maps.size).toBe(0);
    expect(loaded.warnings).toEqual([
      expect.stringContaining(
        "that of KXBTC15M was fitted to another version of the pricing model",
      ),
    ]);
  });

  test("is none while it is off, and no file is opened for it", () => {
    const missing = join(folder, "none", "kbt.sqlite");
    expect(
      loadRecalibration(configOf("off", { path: missing }), { series, nowMs: NOW_MS }),
    ).toEqual({
      maps: new Map(),
      warnings: [],
    });
  });

  test("is none, with a warning, where the file cannot be read or is of another exchange", () => {
    const older = join(folder, "older.sqlite");
    writeFileSync(older, "");
    const asked = { series: ["KXBTC15M"], nowMs: NOW_MS };
    const unread = loadRecalibration(configOf("platt", { path: older }), asked);
    expect(unread.maps.size).toBe(0);
    expect(unread.warnings).toEqual([
      expect.stringMatching(/model\.recalibration is platt, but .*has schema 0.*used as it is/),
    ]);
    const foreign = loadRecalibration(configOf("platt"), { ...asked, env: "prod" });
    expect(foreign.maps.size).toBe(0);
    expect(foreign.warnings).toEqual([expect.stringContaining("holds the exchange 'sim'")]);
    expect(loadRecalibration(configOf("platt"), { ...asked, env: "sim" }).maps.size).toBe(1);
  });

  test("is the one of the present way to price, also when a newer one is of another", async () => {
    const path = join(folder, "two-ways.sqlite");
    const recorder = recorderOf(path);
    addWindows(recorder, "KXBTC15M", { to: WINDOWS });
    await recorder.close(0);
    await fitted("--db", path, "--model", "platt");
    const other = recorderOf(path);
    addWindows(other, "KXBTC15M", { config: NORMAL, from: WINDOWS, to: 2 * WINDOWS });
    await other.close(0);
    await fitted("--db", path, "--model", "platt");
    const asked = { series: ["KXBTC15M"], nowMs: CANDLES_FROM_MS + 900_000 * 3 * WINDOWS };
    const ids = [DEFAULTS, NORMAL].map((base) => {
      return loadRecalibration(configOf("platt", { base, path }), asked).maps.get("KXBTC15M")
        ?.modelId;
    });
    expect(ids).toEqual([1, 2]);
  });

  test("is none, with a warning, where there is no database yet or no map of its kind", () => {
    const missing = join(folder, "none", "kbt.sqlite");
    for (const config of [configOf("platt", { path: missing }), configOf("isotonic")]) {
      const loaded = loadRecalibration(config, { series, nowMs: NOW_MS });
      expect(loaded.maps.size).toBe(0);
      expect(loaded.warnings).toEqual([
        expect.stringContaining("no accepted map of KXBTC15M, KXSOL15M is on file"),
      ]);
    }
  });
});
