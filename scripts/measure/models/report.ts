import { minimumDetectableEdge } from "../../../src/core/calibration/intervals.ts";
import { deviation, mean } from "../numbers.ts";
import { type CaptureRun, measureCaptureSessions } from "./capture-session.ts";
import { type ChainRun, measureChain } from "./chain.ts";
import { type LagLine, measureLags } from "./clock.ts";
import { type HourlyRun, type HourlySigma, measureHourly } from "./hourly.ts";
import { type Price, readChainlink, readTrades } from "./recordings.ts";
import {
  atDecisionTimes,
  type Bucket,
  HOURLY_BUCKETS,
  type Line,
  QUARTER_BUCKETS,
  type Row,
  scoreTable,
} from "./scoring.ts";
import { measureSynthetic, type Synthetic, type SyntheticSpec } from "./synthetic.ts";

/** Scores of one set of rows. */
export interface Section {
  readonly title: string;
  readonly facts: readonly string[];
  readonly sources: readonly string[];
  readonly lines: readonly Line[];
}

export interface ModelsReport {
  readonly sections: readonly Section[];
  readonly lags: readonly LagLine[];
  readonly chain: Omit<ChainRun, "rows" | "standardised"> & { readonly rms: number };
}

const PRICED = ["model", "plain", "plain, student"];
const MARKETED = [...PRICED, "market"];
const BY_LAW = ["model", "model, normal", "plain", "plain, student"];
/** `kbt calibrate` takes the first four; the model inside the last minute is what the other two are for. */
const DECISIONS_S = [720, 480, 300, 180, 60, 30];

const CHAINLINK: SyntheticSpec = {
  carryS: 3,
  gridS: 5,
  closeEveryS: 900,
  minLifeS: 900,
  strikesSd: [-3, -2, -1, 0, 1, 2, 3],
  pauseS: Number.POSITIVE_INFINITY,
  cluster: "close",
};
/** One in a minute: the averaging minutes of two closes share no second. */
const CHAINLINK_DENSE: SyntheticSpec = {
  ...CHAINLINK,
  closeEveryS: 60,
  strikesSd: [0],
  cluster: "hour",
};
const COINBASE: SyntheticSpec = {
  ...CHAINLINK_DENSE,
  carryS: 10,
  minLifeS: 300,
  pauseS: 60,
  cluster: "stretch",
};

/** Everything that docs/models.md shows; `data` is the folder with `kalshi/` and `spot/`. */
export function measureModels(data: string): ModelsReport {
  const warm = measureCaptureSessions(data, { isCold: false });
  const cold = measureCaptureSessions(data, { isCold: true });
  const chain = measureChain(data);
  const { rows, standardised, ...chainFacts } = chain;
  return {
    sections: [
      ...captureSections(warm, cold),
      ...hourlySections(data),
      section("settled-KXBTC15M.csv, at the open", rows, {
        sources: ["model", "half", "base rate"],
        facts: [],
      }),
      ...syntheticSections(data),
    ],
    lags: measureLags(cold.heard),
    chain: { ...chainFacts, rms: rms(standardised) },
  };
}

interface SectionSpec {
  readonly sources: readonly string[];
  readonly facts: readonly string[];
  /** Compared besides the first source with each of the others. */
  readonly pairs?: readonly (readonly [source: string, over: string])[];
  readonly buckets?: readonly Bucket[];
}

/** What the basis is worth, and what the averaging is without it. */
const LEARNT_SPEC: SectionSpec = {
  sources: [...PRICED, "no basis"],
  facts: [],
  pairs: [["no basis", "plain, student"]],
};

/** Compares the first source with each of the others. */
function section(title: string, rows: readonly Row[], spec: SectionSpec): Section {
  const { facts, sources } = spec;
  const [first = "", ...others] = sources;
  const pairs = [...others.map((over) => [first, over] as const), ...(spec.pairs ?? [])];
  const lines = scoreTable(rows, { buckets: spec.buckets ?? QUARTER_BUCKETS, sources, pairs });
  const windows = lines.at(-1)?.windows ?? 0;
  const edge = minimumDetectableEdge(windows);
  const shown = `smallest edge that ${windows} windows can show (5 %, power 80 %, p = 0.5): ${cents(edge)} by profit or slope, ${cents(2 * edge)} by the Brier difference`;
  return { title, facts: [...facts, shown], sources, lines };
}

function cents(edge: number): string {
  return edge < 0.5 ? `${(100 * edge).toFixed(0)} cents` : "none";
}

function captureSections(warm: CaptureRun, cold: CaptureRun): Section[] {
  const facts = [
    `${warm.events} events through one engine that ran all along`,
    `rows without a probability: ${counts(warm.unpriced)}`,
    spreads(warm.standardised),
  ];
  const coldFacts = [`rows without a probability: ${counts(cold.unpriced)}`];
  const decided = atDecisionTimes(warm.rows, DECISIONS_S);
  return [
    section("ws-btc15m, each second", warm.rows, { sources: MARKETED, facts }),
    section(`ws-btc15m, at ${DECISIONS_S.join(", ")} s`, decided, { sources: MARKETED, facts: [] }),
    section("ws-btc15m, a new engine for each session, each second", cold.rows, {
      sources: MARKETED,
      facts: coldFacts,
    }),
    section("every settled window with Coinbase's trades, each second", warm.rows, LEARNT_SPEC),
    section(
      `every settled window with Coinbase's trades, at ${DECISIONS_S.join(", ")} s`,
      decided,
      LEARNT_SPEC,
    ),
  ];
}

function hourlySections(data: string): Section[] {
  const constant = dailySigma(readChainlink(data));
  const variants: (readonly [HourlySigma, string])[] = [
    ["season", "sigma of past settlements and the time of day"],
    ["chain", "sigma of past settlements"],
    ["constant", `sigma of 2026-06-08, ${(constant * 1e4).toFixed(2)} bp/√s, BTC alone`],
  ];
  return variants.flatMap(([sigma, name]) => {
    const run = measureHourly(data, sigma, constant);
    const title = `hourly-brackets, ${name}`;
    const facts = [hourlyFacts(run)];
    const buckets = HOURLY_BUCKETS;
    return [
      section(`${title}: the twelve markets nearest to spot`, run.near, {
        sources: PRICED,
        facts,
        buckets,
      }),
      section(`${title}: markets with a mid`, run.quoted, {
        sources: MARKETED,
        facts: [],
        buckets,
      }),
    ];
  });
}

function hourlyFacts({ dropped, snapshots, standardised }: HourlyRun): string {
  const z = `settlement in s.d. of the model: mean ${mean(standardised).toFixed(2)}, rms ${rms(standardised).toFixed(2)}`;
  return `${snapshots} snapshots, left out: ${counts(dropped)}; ${z}`;
}

/** Per √second over a day, from five-minute returns. */
function dailySigma(prices: readonly Price[]): number {
  const returns: number[] = [];
  let [slot, last] = [Number.NaN, Number.NaN];
  for (const { atMs, priceUsd } of prices) {
    const next = Math.floor(atMs / 300_000);
    if (next === slot) continue;
    if (next === slot + 1) returns.push(Math.log(priceUsd / last));
    [slot, last] = [next, priceUsd];
  }
  return rms(returns) / Math.sqrt(300);
}

function syntheticSections(data: string): Section[] {
  const chainlink = readChainlink(data);
  const coinbase = readTrades(data)
    .map(({ exchangeMs, priceUsd }) => ({ atMs: exchangeMs, priceUsd }))
    .toSorted((a, b) => a.atMs - b.atMs);
  const ladder = measureSynthetic(chainlink, CHAINLINK);
  const dense = measureSynthetic(chainlink, CHAINLINK_DENSE);
  const ticks = measureSynthetic(coinbase, COINBASE);
  return [
    section("synthetic, Chainlink, up or down", ladder.rows.filter(isAtMoney), bySynthetic(ladder)),
    section(
      "synthetic, Chainlink, seven strikes from -3 to 3 sd",
      ladder.rows,
      bySynthetic(ladder),
    ),
    section("synthetic, Chainlink, a close each minute, by hour", dense.rows, bySynthetic(dense)),
    section(
      "synthetic, Coinbase, a close each minute, by recording",
      ticks.rows,
      bySynthetic(ticks),
    ),
  ];
}

function isAtMoney({ ticker }: Row): boolean {
  return ticker.endsWith("-0");
}

function bySynthetic(run: Synthetic): SectionSpec {
  return { sources: BY_LAW, facts: syntheticFacts(run) };
}

function syntheticFacts({ dropped, markets, standardised, stretches }: Synthetic): string[] {
  return [
    `${markets} closes in ${stretches} recordings, ${dropped} left out for missing seconds`,
    spreads(standardised),
  ];
}

function spreads(standardised: ReadonlyMap<number, readonly number[]>): string {
  const found = [...standardised]
    .filter(([, z]) => z.length > 0)
    .map(([tauS, z]) => `${rms(z).toFixed(2)} at ${tauS} s (${z.length})`);
  return `settlement in s.d. of the diffusion, rms: ${found.join(", ")}`;
}

function counts(found: ReadonlyMap<string, number>): string {
  return [...found].map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

function rms(values: readonly number[]): number {
  return Math.hypot(mean(values), deviation(values));
}
