import type { SizeSpec } from "../random.ts";

export type ScenarioName = "edge" | "fair" | "quiet" | "jumpy" | "chaos";

/** What the market makers get wrong; all zero for makers who know the truth. */
export interface MakerErrors {
  /** Their spot is this old, drawn once per event. */
  readonly delayMs: readonly [from: number, to: number];
  /** They price a digital on the closing price instead of the closing minute's average. */
  readonly ignoresAverage: boolean;
  /** |ln| of their volatility over the true one, drawn once per event; the sign persists for a few events. */
  readonly logVolBias: readonly [from: number, to: number];
  /** Constant error of their price at even odds, in centicents, drawn once per event. */
  readonly levelBiasCc: readonly [from: number, to: number];
}

export interface Profile {
  /** Volatility relative to the asset's normal level. */
  readonly volScale: number;
  readonly jumpsPerHour: number;
  /** Standard deviation of a jump as a fraction of the price. */
  readonly jumpSize: number;
  readonly makers: MakerErrors;
}

const WELL_INFORMED: MakerErrors = {
  delayMs: [0, 0],
  ignoresAverage: false,
  logVolBias: [0, 0],
  levelBiasCc: [0, 0],
};

const PROFILES: Readonly<Record<Exclude<ScenarioName, "chaos">, Profile>> = {
  fair: { volScale: 1, jumpsPerHour: 0.4, jumpSize: 6e-4, makers: WELL_INFORMED },
  edge: {
    volScale: 1,
    jumpsPerHour: 0.4,
    jumpSize: 6e-4,
    makers: {
      delayMs: [1300, 2300],
      ignoresAverage: true,
      logVolBias: [0, 0.05],
      levelBiasCc: [10, 30],
    },
  },
  quiet: { volScale: 0.35, jumpsPerHour: 0, jumpSize: 0, makers: WELL_INFORMED },
  jumpy: {
    volScale: 1,
    jumpsPerHour: 16,
    jumpSize: 9e-4,
    // Slow enough that a jump leaves stale quotes behind for a moment, which is what this scenario is for.
    makers: { ...WELL_INFORMED, delayMs: [300, 900] },
  },
};

/** In `chaos` the market is that of `edge`; what goes wrong there is not the market. */
export function profileOf(scenario: ScenarioName): Profile {
  return PROFILES[scenario === "chaos" ? "edge" : scenario];
}

export interface AssetSpec {
  readonly coin: string;
  readonly indexId: string;
  readonly product: string;
  readonly startPrice: number;
  /** Mean standard deviation of log returns per square-root second. */
  readonly sigma: number;
  /** Decimals of the index, the strikes and the settlement values. */
  readonly digits: number;
  /** Size of a Coinbase trade in coins. */
  readonly tradeSize: SizeSpec;
}

export const ASSETS: readonly AssetSpec[] = [
  {
    coin: "BTC",
    indexId: "BRTI",
    product: "BTC-USD",
    startPrice: 104_000,
    sigma: 0.55e-4,
    digits: 2,
    tradeSize: { median: 0.008, low: 0.000_01, high: 4, spread: 1.4 },
  },
  {
    coin: "SOL",
    indexId: "SOLUSD_RTI",
    product: "SOL-USD",
    startPrice: 168,
    sigma: 0.9e-4,
    digits: 4,
    tradeSize: { median: 3, low: 0.01, high: 900, spread: 1.4 },
  },
];
