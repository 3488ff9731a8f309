import type { ReportFacts } from "../../src/app/report/page.ts";
import { gridConfidenceSequence } from "../../src/core/calibration/confidence-sequence.ts";
import { consistencyBand, corp, ownLuck } from "../../src/core/calibration/corp.ts";
import { lrEProcess } from "../../src/core/calibration/e-process.ts";
import { clusterMean } from "../../src/core/calibration/intervals.ts";
import { reliability } from "../../src/core/calibration/reliability.ts";
import { brier, logLoss, murphy } from "../../src/core/calibration/scores.ts";
import type { Paired, Proof, Slice, SourceScores, Universe } from "../../src/core/proof/proof.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import { aProof } from "./a-proof.ts";

// A report of made-up windows in which the model is right and the market lags behind it, one row a window.

const QUARTER_MS = 900_000;
const START_MS = Date.UTC(2026, 10, 2, 14);

interface Row {
  readonly atMs: number;
  readonly p: number;
  readonly q: number;
  readonly y: 0 | 1;
}

export function aReport({ windows = 600, lag = 0.3, seed = 7 } = {}): ReportFacts {
  const rows = someRows(windows, lag, seed);
  return {
    about: [
      ["mode", "paper"],
      ["series", "KXBTC15M"],
      ["database", "data/kbt.sqlite"],
    ],
    proof: someProof(rows),
    funnel: null,
    recording: {
      spans: [{ fromMs: START_MS, toMs: START_MS + windows * QUARTER_MS }],
      gaps: [{ fromMs: START_MS + QUARTER_MS * 20, toMs: START_MS + QUARTER_MS * 22 }],
      groups: [
        {
          source: "coinbase",
          reason: "reconnect",
          count: 1,
          totalMs: 2 * QUARTER_MS,
          longestMs: 2 * QUARTER_MS,
        },
      ],
    },
    provenance: {
      runs: [
        {
          runId: 1,
          mode: "paper",
          command: "paper",
          startedMs: START_MS,
          endedMs: START_MS + windows * QUARTER_MS,
          version: "0.1.0",
          commit: "0123456789ab",
        },
      ],
      settings: [{ key: "risk.bankroll_usd", value: "500", standard: "100", runs: [1] }],
    },
  };
}

function someRows(windows: number, lag: number, seed: number): readonly Row[] {
  const rng = mulberry32(seed);
  return Array.from({ length: windows }, (_, i) => {
    const p = 0.02 + 0.96 * rng.next();
    return {
      atMs: START_MS + (i + 1) * QUARTER_MS,
      p,
      q: Math.min(0.99, Math.max(0.01, p + lag * (rng.next() - 0.5))),
      y: rng.next() < p ? 1 : 0,
    };
  });
}

function someProof(rows: readonly Row[]): Proof {
  const p = rows.map((row) => row.p);
  const q = rows.map((row) => row.q);
  const y = rows.map((row) => row.y);
  const d = rows.map((row) => (row.q - row.y) ** 2 - (row.p - row.y) ** 2);
  const profits = rows.map((row) => (row.p > row.q ? row.y - row.q : row.q - row.y));
  const sequence = gridConfidenceSequence({ d, lo: -1, hi: 1, alpha: 0.05 });
  const logs = lrEProcess({ p, q, y, thetas: [0.1, 0.25, 0.5, 0.75, 1] });
  const universe: Universe = {
    rows: rows.length,
    windows: rows.length,
    fromMs: rows[0]?.atMs ?? null,
    untilMs: rows.at(-1)?.atMs ?? null,
    scores: {
      model: someScores(p, y),
      market: someScores(q, y),
      brier: paired(d),
      logLoss: paired(d.map((value) => 2.5 * value)),
      logLossRobust: paired(d.map((value) => 2.4 * value)),
      encompassing: { theta: 0.9, se: 0.2, t: 4.5, pOneSided: 0.001, lower: 0.5, upper: 1.3 },
      net: {
        ...paired(profits),
        rows: rows.length,
        meanEv: 0.05,
        evSlope: { slope: 0.92, se: 0.31 },
      },
    },
  };
  const sums: number[] = [];
  for (const value of d) sums.push((sums.at(-1) ?? 0) + value);
  let profit = 0;
  let peak = 0;
  const equity = profits.map((value, i) => {
    profit += 4 * value;
    peak = Math.max(peak, profit);
    return { atMs: rows[i]?.atMs ?? 0, profit, drawdown: profit - peak };
  });
  return aProof({
    verdict: {
      name: "CONFIRMED",
      reason: "the bet at real prices stands at $412, and nothing speaks against it",
      conditions: [
        {
          name: "evidence",
          met: true,
          rule: "a bet at real prices reaches $20",
          found: "$412 after 600 bets",
          value: 412,
          bound: 20,
        },
        {
          name: "one_day",
          met: false,
          rule: "no day has a quarter of the trades",
          found: "31 % on 3 Nov",
          value: 0.31,
          bound: 0.25,
        },
      ],
      kills: [
        {
          name: "profit",
          met: false,
          rule: "profit of a contract is below nought with 97.5 %",
          found: "+1.2 to +8.9 ¢",
          value: 0.089,
          bound: 0,
        },
      ],
      windows: rows.length,
      effectiveWindows: rows.length * 0.8,
      minimumDetectableEdge: 1.24 / Math.sqrt(rows.length),
      windowsMissing: 120,
      daysMissing: 1.5,
    },
    universes: {
      all: universe,
      wouldTrade: universe,
      filled: { ...universe, scores: null, rows: 0, windows: 0 },
    },
    parts: {
      boundaryMs: rows[Math.floor(rows.length * 0.6)]?.atMs ?? null,
      development: { all: universe, wouldTrade: universe },
      confirmation: { all: universe, wouldTrade: universe },
    },
    evidence: {
      bets: rows.length,
      logE: logs.at(-1) ?? 0,
      logThreshold: Math.log(20),
      reachedMs: null,
      path: rows.map(({ atMs }, i) => ({ atMs, logE: logs[i] ?? 0 })),
    },
    confidence: {
      alpha: 0.05,
      path: rows.map(({ atMs }, i) => ({
        atMs,
        mean: (sums[i] ?? 0) / (i + 1),
        lower: sequence.lower[i] ?? -1,
        upper: sequence.upper[i] ?? 1,
      })),
    },
    evBins: {
      bins: [
        { from: null, to: 0, rows: 210, windows: 180, meanEv: -0.013, realised: -0.021, se: 0.034 },
        { from: 0, to: 0.02, rows: 120, windows: 110, meanEv: 0.01, realised: 0.004, se: 0.041 },
        { from: 0.02, to: 0.04, rows: 98, windows: 90, meanEv: 0.03, realised: 0.051, se: 0.046 },
        { from: 0.04, to: 0.06, rows: 71, windows: 69, meanEv: 0.05, realised: 0.038, se: 0.053 },
        { from: 0.06, to: 0.1, rows: 64, windows: 60, meanEv: 0.078, realised: 0.091, se: 0.055 },
        { from: 0.1, to: null, rows: 37, windows: 35, meanEv: 0.13, realised: 0.162, se: 0.071 },
      ],
      trend: { z: 2.4, pOneSided: 0.008 },
      spearman: { rho: 0.14, lower: 0.03, upper: 0.25 },
      isotonicRange: 0.183,
    },
    breakdowns: {
      strategy: [aSlice("threshold-ev", 0.004)],
      series: [aSlice("KXBTC15M", 0.004)],
      timeToClose: [
        aSlice("12", 0.002),
        aSlice("8", 0.005),
        aSlice("5", 0.006),
        aSlice("3", -0.001),
      ],
      price: [aSlice("0.4–0.6", 0.004)],
      hour: [aSlice("14", 0.004)],
    },
    equity: {
      path: equity,
      profit,
      maxDrawdown: equity.reduce((least, { drawdown }) => Math.min(least, drawdown), 0),
    },
    coverage: {
      markets: rows.length + 4,
      settledMarkets: rows.length,
      settledWindows: rows.length,
      leftOut: [{ reason: "spread_wide", rows: 41 }],
    },
  });
}

function aSlice(key: string, gain: number): Slice {
  return {
    key,
    rows: 580,
    windows: 570,
    modelBrier: 0.16,
    marketBrier: 0.16 + gain,
    modelLogLoss: 0.48,
    marketLogLoss: 0.48 + 3 * gain,
    brierGain: gain,
    brierGainSe: 0.003,
    trades: 41,
    netProfit: 10 * gain,
  };
}

function paired(d: readonly number[]): Paired {
  const mean = clusterMean({ d, cluster: d.map((_, i) => i) });
  const interval = { lower: mean.mean - 1.96 * mean.se, upper: mean.mean + 1.96 * mean.se };
  return {
    mean: mean.mean,
    cluster: d.length < 2 ? null : { ...mean, ...interval },
    bootstrap: d.length < 2 ? null : { ...interval, pOneSided: mean.p / 2 },
    dieboldMariano: null,
  };
}

function someScores(p: readonly number[], y: readonly (0 | 1)[]): SourceScores {
  const { brier: parts, log, recal } = corp({ p, y });
  const band = consistencyBand({
    p,
    luck: ownLuck(p.length, mulberry32(1)),
    draws: 20,
    level: 0.9,
  });
  const place = new Map([...band.x].map((x, i) => [x, i]));
  const points = p
    .map((forecast, i) => ({ forecast, observed: recal[i] ?? 0, at: place.get(forecast) ?? 0 }))
    .toSorted((a, b) => a.forecast - b.forecast);
  return {
    brier: brier({ p, y }),
    logLoss: logLoss({ p, y, eps: 1e-3 }),
    clipped: 0,
    auc: 0.84,
    ece: 0.04,
    eceIfCalibrated: 0.035,
    murphy: murphy({ p, y, bins: 10 }),
    corp: { brier: parts, log },
    miscalibrationP: 0.41,
    cox: {
      intercept: 0.02,
      interceptLower: -0.1,
      interceptUpper: 0.14,
      slope: 0.97,
      slopeLower: 0.85,
      slopeUpper: 1.09,
      p: 0.6,
    },
    spiegelhalter: { z: 0.4, p: 0.69 },
    reliability: points.map(({ at, forecast, observed }) => ({
      forecast,
      observed,
      lower: band.lower[at] ?? 0,
      upper: band.upper[at] ?? 1,
      rows: 1,
    })),
    tenths: reliability({ p, y }),
  };
}
