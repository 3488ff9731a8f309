import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mapValue, type RecalibrationMap } from "../../src/core/calibration/maps.ts";
import type { Market, StrikeType } from "../../src/core/market.ts";
import { boundsOf } from "../../src/core/prob/bounds.ts";
import { chancesOf } from "../../src/core/prob/market-prob.ts";
import { type KnownPrints, type ModelInputs, outlookOf } from "../../src/core/prob/outlook.ts";
import { upDownChances } from "../../src/core/prob/unpublished.ts";
import { aMarket } from "../support/builders.ts";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// Every probability on file, computed again from its row and nothing else.

const folder = tempFolder();
afterAll(() => folder.remove());
const db = `${folder.path}/kbt.sqlite`;

interface Row {
  readonly p: number;
  readonly low: number;
  readonly high: number;
  readonly inputs: ModelInputs;
  readonly market: Market;
  readonly windowS: number;
  readonly reference: KnownPrints | null;
  readonly isBtc: boolean;
}

type Value = string | number | null;

const number = (value: Value | undefined): number =>
  typeof value === "number" ? value : Number.NaN;
const maybe = (value: Value | undefined): number | null =>
  typeof value === "number" ? value : null;

function prints([count, sum, source]: readonly Value[]): KnownPrints | null {
  if (typeof count !== "number" || count === 0) return null;
  if (source !== "index" && source !== "proxy") throw new Error(`source ${source}`);
  return { count, sumUsd: number(sum), source };
}

const KNOWN = "f.known_count, f.known_sum_usd, f.known_source";
const REFERENCE = "f.reference_count, f.reference_sum_usd, f.reference_source";
const STRIKE = "f.strike_type, f.floor_strike_usd, f.cap_strike_usd, f.window_s";
const LAW = "json_extract(m.params_json, '$.shape'), json_extract(m.params_json, '$.nu')";
/** The average ends so many seconds after the close, and nothing is left when all of it is known. */
const TAU = "max(0, f.tau_s + json_extract(m.params_json, '$.last_print_offset_s'))";
const INPUTS = `f.spot_usd, f.sigma, ${TAU}, f.basis_mean, f.basis_sd`;

function inputsOf(row: readonly Value[]): ModelInputs {
  const [spotUsd, sigma, tauS, basisMean, basisSd] = row.slice(3, 8).map(number);
  const [shape, nu] = row.slice(18);
  if (shape !== "student" && shape !== "normal") throw new Error(`shape ${shape}`);
  return {
    spotUsd: number(spotUsd),
    sigma: number(sigma),
    tauS: number(tauS),
    basisMean: number(basisMean),
    basisSd: number(basisSd),
    known: prints(row.slice(8, 11)),
    shape,
    nu: number(nu),
  };
}

function marketOf([strikeType, floor, cap]: readonly Value[]): Market {
  if (!isStrikeType(strikeType)) throw new Error(`strike type ${strikeType}`);
  return aMarket({ strikeType, floorUsd: maybe(floor), capUsd: maybe(cap) });
}

const STRIKE_TYPES: ReadonlySet<string> = new Set(["greater", "greater_or_equal", "between"]);

function isStrikeType(text: Value | undefined): text is StrikeType {
  return typeof text === "string" && STRIKE_TYPES.has(text);
}

function pricedRows(runId: number): Row[] {
  const found = rows(
    db,
    `SELECT o.p_model, f.p_low, f.p_high, ${INPUTS}, ${KNOWN}, ${REFERENCE}, ${STRIKE}, ${LAW},
       substr(o.ticker, 1, 5)
     FROM opportunities o JOIN features f USING (opportunity_id)
     JOIN pricing_models m ON m.version = f.model_version WHERE o.run_id = ${runId} AND o.p_model IS NOT NULL`,
  ) as Value[][];
  return found.map((row) => ({
    p: number(row[0]),
    low: number(row[1]),
    high: number(row[2]),
    inputs: inputsOf(row),
    market: marketOf(row.slice(14)),
    windowS: number(row[17]),
    reference: prints(row.slice(11, 14)),
    isBtc: row[20] === "KXBTC",
  }));
}

function again({ inputs, market, reference, windowS }: Row) {
  if (reference !== null) {
    const chances = upDownChances({ ...inputs, windowS, reference });
    if (typeof chances === "string") throw new Error(chances);
    return chances;
  }
  const outlook = outlookOf(inputs);
  const bounds = boundsOf(market);
  if (typeof outlook === "string") throw new Error(outlook);
  if (typeof bounds === "string") throw new Error(bounds);
  return chancesOf(bounds, outlook);
}

/** What one platt map makes of everything: 0.5 becomes 0.55, and the rest is drawn towards it. */
const MAP: RecalibrationMap = { kind: "platt", a: 0.8, b: 0.2 };

/** Puts an accepted map on file, fitted long ago to the forecasts of the model that priced KXBTC15M. */
function fileMap(): void {
  const writer = new Database(db);
  writer
    .prepare(
      `INSERT INTO models (kind, scope, version, trained_ms, train_from_ms, train_to_ms, rows, score_name, score_oos,
         score_plain, folds_json, accepted, reason, params_json)
       SELECT 'platt', 'KXBTC15M', '0123456789ab', 2, 1, 2, 100, 'log loss', 0.5, 0.6, '[]', 1, 'better',
         json_set(?, '$.pricing', version) FROM pricing_models WHERE params_json ->> '$.asset' = 'BTC'`,
    )
    .run(JSON.stringify(MAP));
  writer.close();
}

const E9 = (value: number): number => Math.round(value * 1e9) / 1e9;

const RUN = ["paper", "--sim", "--sim-speed", "max", "--sim-seed", "5"];

describe("any p can be computed again from its row", () => {
  let priced: Row[] = [];
  beforeAll(async () => {
    const ran = await kbt([...RUN, "--windows", "2", "--series", "KXBTC15M,KXBTC", "--db", db], {
      cwd: folder.path,
    });
    expect(ran).toMatchObject({ code: 0 });
    priced = pricedRows(1);
  }, 120_000);

  test("to the last digit that is stored", () => {
    expect(priced.length).toBeGreaterThan(5_000);
    const wrong = priced.filter((row) => {
      const { p, low, high } = again(row);
      return E9(p) !== row.p || E9(low) !== row.low || E9(high) !== row.high;
    });
    expect(wrong).toEqual([]);
  });

  test("inside the averaging minute, before a strike is out, and for brackets too", () => {
    expect(priced.some(({ inputs }) => inputs.known !== null)).toBe(true);
    expect(priced.some(({ reference }) => reference !== null)).toBe(true);
    expect(priced.some(({ market }) => market.strikeType === "between")).toBe(true);
    expect(priced.every(({ low, p, high }) => low <= p && p <= high)).toBe(true);
  });

  test("each row names its model, and the model its parameters", () => {
    expect(rows(db, "SELECT count(*) FROM features WHERE model_version IS NULL")).toEqual([[0]]);
    const models = rows(
      db,
      "SELECT name, length(version), json_extract(params_json, '$.asset') FROM pricing_models ORDER BY 3",
    );
    expect(models).toEqual([
      ["settlement-average/student", 12, "BTC"],
      ["settlement-average/student", 12, "ETH"],
      ["settlement-average/student", 12, "SOL"],
    ]);
  });

  test("with a map: what the map makes of it, under a version of its own", async () => {
    fileMap();
    const ran = await kbt([...RUN, "--windows", "1", "--series", "KXBTC15M,KXSOL15M", "--db", db], {
      cwd: folder.path,
      env: { KBT_MODEL__RECALIBRATION: "platt" },
    });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain("no accepted map of KXSOL15M is on file");
    const names = `SELECT DISTINCT substr(o.ticker, 1, 5), f.model_name
      FROM opportunities o JOIN features f USING (opportunity_id) WHERE o.run_id = 2 ORDER BY 1`;
    expect(rows(db, names)).toEqual([
      ["KXBTC", "settlement-average/student+platt"],
      ["KXSOL", "settlement-average/student"],
    ]);
    const corrected = pricedRows(2).filter(({ isBtc }) => isBtc);
    expect(corrected.length).toBeGreaterThan(500);
    for (const row of corrected) {
      const { p, low, high } = again(row);
      expect([row.p, row.low, row.high]).toEqual(
        [p, low, high].map((one) => E9(mapValue(MAP, one))),
      );
    }
  });

  test("under another law, and with another last print", async () => {
    const ran = await kbt([...RUN, "--windows", "1", "--series", "KXBTC15M,KXSOL15M", "--db", db], {
      cwd: folder.path,
      env: { KBT_MODEL__SHAPE: "normal", KBT_MODEL__LAST_PRINT_OFFSET_S: "-1" },
    });
    expect(ran).toMatchObject({ code: 0 });
    const [[run] = []] = rows(db, "SELECT max(run_id) FROM runs");
    const rerun = pricedRows(Number(run));
    expect(rerun.length).toBeGreaterThan(500);
    for (const row of rerun) {
      const { p, low, high } = again(row);
      expect([row.p, row.low, row.high]).toEqual([p, low, high].map(E9));
    }
    // A second before the close nothing moves any more; the last value may be on its way.
    const last = rerun.filter(({ inputs }) => inputs.tauS === 0);
    expect(last.length).toBeGreaterThan(0);
    expect(last.every(({ inputs }) => (inputs.known?.count ?? 0) >= 59)).toBe(true);
  });

  test("without a probability there is a reason, and no number", () => {
    const reasons = rows(
      db,
      "SELECT DISTINCT reason FROM opportunities WHERE p_model IS NULL AND reason NOT LIKE 'book_%'",
    ).map(([reason]) => reason);
    for (const reason of reasons) {
      expect([
        "strike_tbd",
        "no_sigma",
        "no_spot",
        "index_stale",
        "no_book",
        "spot_stale",
      ]).toContain(reason);
    }
  });
});
