import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const INPUTS = "f.spot_usd, f.sigma, f.tau_s, f.basis_mean, f.basis_sd";
const KNOWN = "f.known_count, f.known_sum_usd, f.known_source";
const REFERENCE = "f.reference_count, f.reference_sum_usd, f.reference_source";
const STRIKE = "f.strike_type, f.floor_strike_usd, f.cap_strike_usd, f.window_s";
const LAW = "json_extract(m.params_json, '$.shape'), json_extract(m.params_json, '$.nu')";

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

function pricedRows(): Row[] {
  const found = rows(
    db,
    `SELECT o.p_model, f.p_low, f.p_high, ${INPUTS}, ${KNOWN}, ${REFERENCE}, ${STRIKE}, ${LAW}
     FROM opportunities o JOIN features f USING (opportunity_id)
     JOIN pricing_models m ON m.version = f.model_version WHERE o.p_model IS NOT NULL`,
  ) as Value[][];
  return found.map((row) => ({
    p: number(row[0]),
    low: number(row[1]),
    high: number(row[2]),
    inputs: inputsOf(row),
    market: marketOf(row.slice(14)),
    windowS: number(row[17]),
    reference: prints(row.slice(11, 14)),
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

const E9 = (value: number): number => Math.round(value * 1e9) / 1e9;

describe("any p can be computed again from its row", () => {
  let priced: Row[] = [];
  beforeAll(async () => {
    const run = ["paper", "--sim", "--sim-speed", "max", "--sim-seed", "5", "--windows", "2"];
    const ran = await kbt([...run, "--series", "KXBTC15M,KXBTC", "--db", db], {
      cwd: folder.path,
    });
    expect(ran).toMatchObject({ code: 0 });
    priced = pricedRows();
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
