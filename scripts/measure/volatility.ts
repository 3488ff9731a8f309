// Out-of-sample loss of every volatility estimator on the recorded spot series, through the streaming code that the product
// runs: `npm run measure:vol -- [--data ../shared/data] [--json]` (docs/volatility.md).

import path from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_SEASON } from "../../src/core/vol/seasonal.ts";
import { fitLadders, hasLadders, type LadderReport, reportLadders } from "./ladders.ts";
import { type Forecasts, forecastSeries, HORIZONS_S, type Variant } from "./vol-loss.ts";
import { type Score, scores } from "./vol-score.ts";
import { readSeries, type Series } from "./vol-series.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: path.resolve(import.meta.dirname, "../../../shared/data") },
    json: { type: "boolean", default: false },
  },
});

const FLAT = Array.from({ length: 24 }, () => 1);
const NAMES = ["blend", "cascade", "ewma", "realised", "two_scale", "bipower", "medrv"] as const;
/** The first one is what the others are held against: models.md's own, the default before it was measured here. */
const ESTIMATORS: readonly Variant[] = [
  ...NAMES.map((estimator) => ({ name: estimator, options: { estimator } })),
  { name: "ewma, 0.94", options: { estimator: "ewma", fastLambdaPerMinute: 0.94 } },
  { name: "ewma, 0.99", options: { estimator: "ewma", fastLambdaPerMinute: 0.99 } },
  { name: "realised, 15 min", options: { estimator: "realised", windowS: 900 } },
  { name: "realised, 24 h", options: { estimator: "realised", windowS: 86_400 } },
];
/** The default estimator, with and without the time of day. */
const SEASONS: readonly Variant[] = [
  { name: "hours and weekend", options: {} },
  { name: "hours alone", options: { season: { ...DEFAULT_SEASON, weekend: 1 } } },
  { name: "weekend alone", options: { season: { ...DEFAULT_SEASON, hourly: FLAT } } },
  { name: "neither", options: { diurnal: "off" } },
];

type Result = Score & { readonly series: string; readonly horizonMin: number };
/** The KXBTC snapshots are of about 36 and 5 minutes before the close. */
const EARLY_S = 1_500;
const rows: Result[] = [];
const recorded = readSeries(values.data);
for (const variants of [ESTIMATORS, SEASONS]) {
  const all = recorded.map((series) => ({ series, forecasts: forecastSeries(series, variants) }));
  for (const { series, forecasts } of all) takeIn(series.name, forecasts);
  for (const asset of ["BTC", "SOL"] as const) pool(asset, all);
}
const implied = hasLadders(values.data) ? ladderReports(values.data) : [];
if (values.json) process.stdout.write(`${JSON.stringify({ forecasts: rows, implied })}\n`);
else {
  const names = [...new Set(rows.map(({ series }) => series))];
  for (const series of names.toSorted(
    (a, b) => Number(b.startsWith("all")) - Number(a.startsWith("all")),
  )) {
    for (const horizonS of HORIZONS_S) print(series, horizonS / 60);
  }
  printImplied();
}

/** All minute series of an asset together: what the default is decided by. */
function pool(
  asset: Series["asset"],
  all: readonly { readonly series: Series; readonly forecasts: readonly Forecasts[] }[],
): void {
  const chosen = all.filter(({ series }) => series.asset === asset && series.isPooled);
  for (const [k, horizonS] of HORIZONS_S.entries()) {
    const one = chosen.flatMap(({ forecasts }) => forecasts.slice(k, k + 1));
    add(`all minutes of ${asset}`, horizonS, scores(one));
  }
}

function takeIn(series: string, forecasts: readonly Forecasts[]): void {
  for (const one of forecasts) add(series, one.horizonS, scores([one]));
}

function add(series: string, horizonS: number, found: readonly Score[]): void {
  for (const score of found) {
    if (score.n > 0) rows.push({ series, horizonMin: horizonS / 60, ...score });
  }
}

function print(series: string, horizonMin: number): void {
  const chosen = rows.filter((row) => row.series === series && row.horizonMin === horizonMin);
  const [first] = chosen;
  if (first === undefined) return;
  const title = `${series}, next ${horizonMin} min, n ${first.n}, blocks ${first.blocks}`;
  process.stdout.write(
    `| ${title} | QLIKE | less the first | sd z | median error % | tail ¢ | apart ¢ | t4 | t5 |\n|---|---|---|---|---|---|---|---|---|\n`,
  );
  for (const row of chosen) {
    const cells = [
      `${row.qlike.toFixed(3)} ± ${row.qlikeSe.toFixed(3)}`,
      row.apartCents === 0 ? "–" : `${signed(row.lead, 3)} ± ${row.leadSe.toFixed(3)}`,
      row.sdZ.toFixed(2),
      row.medianErrorPct.toFixed(0),
      signed(row.tailCents, 1),
      row.apartCents.toFixed(1),
      ...[row.t4, row.t5].map(({ mean, se }) => `${signed(mean, 1)} ± ${se.toFixed(1)}`),
    ];
    process.stdout.write(`| ${row.variant} | ${cells.join(" | ")} |\n`);
  }
  process.stdout.write("\n");
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

function ladderReports(data: string): readonly LadderReport[] {
  const btc = fitLadders(data, "KXBTC");
  return [
    reportLadders("KXBTC", btc),
    reportLadders(
      "KXBTC, 25 min and more to go",
      btc.filter(({ tauS }) => tauS >= EARLY_S),
    ),
    reportLadders(
      "KXBTC, less to go",
      btc.filter(({ tauS }) => tauS < EARLY_S),
    ),
    reportLadders("KXETH", fitLadders(data, "KXETH")),
  ];
}

function printImplied(): void {
  if (implied.length === 0) {
    process.stderr.write(`no hourly ladders below ${values.data}: market-implied not measured\n`);
    return;
  }
  process.stdout.write(
    "| implied by the ladder | snapshots | fitted | brackets | RMSE t4 ¢ | RMSE normal ¢ | t4 better | sigma bp/√s | mean over spot bp | sd of settlement z (n) |\n|---|---|---|---|---|---|---|---|---|---|\n",
  );
  for (const one of implied) {
    const cells = [
      one.snapshots,
      one.fitted,
      one.usedMedian,
      one.studentRmseCents.toFixed(2),
      one.normalRmseCents.toFixed(2),
      `${(100 * one.studentBetter).toFixed(0)} %`,
      one.sigmaBpMedian.toFixed(2),
      signed(one.meanAboveSpotBpMedian, 2),
      `${one.settledZ.toFixed(2)} (${one.settled})`,
    ];
    process.stdout.write(`| ${one.title} | ${cells.join(" | ")} |\n`);
  }
}
