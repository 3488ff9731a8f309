import type { ClusterMean } from "../calibration/intervals.ts";
import type { ReliabilityBin } from "../calibration/reliability.ts";
import type { Murphy } from "../calibration/scores.ts";
import type { Ms, Prob } from "../units.ts";

// What `kbt calibrate` finds out (models.md §4), as plain data: the terminal, `--json` and the HTML page show the same object.
// Probabilities, prices and profits are dollars of one contract, so 0.03 is three cents; a difference is market less model, so
// that positive means that the model is better. Null is "not determined", and no number here is NaN or infinite.

export interface Proof {
  /** `model`, or the strategy whose own probability is judged. */
  readonly forecaster: string;
  readonly verdict: ProofVerdict;
  /** The version that is judged, the newest; null without a row. */
  readonly version: ProofVersion | null;
  /** All versions on file, newest first. Each one tried is one more chance of being lucky. */
  readonly versions: readonly ProofVersion[];
  readonly options: ProofOptions;
  readonly universes: Universes;
  readonly parts: Parts;
  /** Wealth of a trader who bets by the model at real prices, in order of settlement: the proof itself. */
  readonly evidence: Evidence;
  /** Confidence sequence of the mean difference of Brier scores, one value a window. */
  readonly confidence: ConfidencePath;
  readonly evBins: EvBins;
  readonly breakdowns: Breakdowns;
  readonly equity: Equity;
  /** From all that was evaluated to what would be traded, each stage a part of the one before; fills are those of any time. */
  readonly funnel: readonly FunnelStage[];
  readonly coverage: Coverage;
}

export interface ProofOptions {
  /** Windows below which nothing is said. */
  readonly minWindows: number;
  /** Probabilities are kept in [eps, 1 − eps] for the log loss, model and market alike. */
  readonly eps: number;
  /** The same for the check that the result does not hang on it. */
  readonly epsRobust: number;
  readonly alpha: number;
  /** Resamples of a bootstrap. */
  readonly resamples: number;
  /** Simulated worlds behind a consistency band. */
  readonly draws: number;
  readonly seed: number;
}

/** What was judged by one set of parameters: changed ones begin a new version, whose evidence starts from nothing. */
export interface ProofVersion {
  /** First digits of the hash of the parameters. */
  readonly id: string;
  readonly runs: readonly number[];
  readonly fromMs: Ms;
  readonly untilMs: Ms;
  /** Rows that are scored, and the settlement windows they are of. */
  readonly rows: number;
  readonly windows: number;
}

type VerdictName = "CONFIRMED" | "INCONCLUSIVE" | "KILL" | "NOISY";

export interface ProofVerdict {
  readonly name: VerdictName;
  /** One line that says why. */
  readonly reason: string;
  /** What CONFIRMED needs, all of it. */
  readonly conditions: readonly Condition[];
  /** What stops it; one that is met is enough. */
  readonly kills: readonly Condition[];
  /** Windows with a trade, and what they are worth after their dependence on each other. */
  readonly windows: number;
  readonly effectiveWindows: number;
  /** Smallest edge that as many windows can show; null without any. */
  readonly minimumDetectableEdge: number | null;
  /** Windows still missing, were the edge what it seems to be; null where there is none to go by, 0 once it is confirmed. */
  readonly windowsMissing: number | null;
  /** How long that takes at the rate of this version; null like the above. */
  readonly daysMissing: number | null;
}

export interface Condition {
  /** Stable name, such as `evidence` or `calibration`. */
  readonly name: string;
  readonly met: boolean;
  /** What is asked, in words. */
  readonly rule: string;
  /** What was found, in words and numbers. */
  readonly found: string;
  /** The number that decides, where it is one, and what it is held against. */
  readonly value: number | null;
  readonly bound: number | null;
}

/** Always all three: on all rows scores look brilliant because most outcomes are nearly decided. */
export interface Universes {
  readonly all: Universe;
  readonly wouldTrade: Universe;
  readonly filled: Universe;
}

/** First 60 % of the windows, and the last 40 % on which nothing was chosen. */
export interface Parts {
  /** Last close of the development part; null with too few windows to cut. */
  readonly boundaryMs: Ms | null;
  readonly development: { readonly all: Universe; readonly wouldTrade: Universe };
  readonly confirmation: { readonly all: Universe; readonly wouldTrade: Universe };
}

export interface Universe {
  /** Rows that are scored: with a probability, a market price and a settlement. */
  readonly rows: number;
  /** Settlement windows they are of: the unit of evidence. */
  readonly windows: number;
  readonly fromMs: Ms | null;
  readonly untilMs: Ms | null;
  /** Null without a row. */
  readonly scores: UniverseScores | null;
}

export interface UniverseScores {
  readonly model: SourceScores;
  readonly market: SourceScores;
  readonly brier: Paired;
  readonly logLoss: Paired;
  /** The same with the probabilities kept further from 0 and 1. */
  readonly logLossRobust: Paired;
  readonly encompassing: EncompassingTest | null;
  /** Profit of one contract at its all-in cost; null where no row has a price. */
  readonly net: NetProfit | null;
}

export interface SourceScores {
  readonly brier: number;
  readonly logLoss: number;
  /** Rows as near to 0 or 1 as is believed: what lies beyond was clipped, for model and market alike. */
  readonly clipped: number;
  /** Null without both outcomes. */
  readonly auc: number | null;
  readonly ece: number;
  /** What a perfectly calibrated source would show by chance: compare `ece` with this, never with 0. */
  readonly eceIfCalibrated: number;
  readonly murphy: Murphy;
  /** Brier and log loss as miscalibration − discrimination + uncertainty (CORP). */
  readonly corp: { readonly brier: ScoreParts; readonly log: ScoreParts };
  /** Chance that a calibrated source shows as much miscalibration; strikes of one event move together in it. */
  readonly miscalibrationP: number | null;
  readonly cox: CoxTest | null;
  /** Calibration of the first row of each window: valid for independent rows only. */
  readonly spiegelhalter: { readonly z: number; readonly p: number } | null;
  /** Reliability diagram, ascending; the band is where 90 % of calibrated sources stay. */
  readonly reliability: readonly ReliabilityPoint[];
  /** The same in tenths of the forecast, empty ones left out. */
  readonly tenths: readonly ReliabilityBin[];
}

export interface ScoreParts {
  readonly score: number;
  readonly mcb: number;
  readonly dsc: number;
  readonly unc: number;
}

export interface CoxTest {
  /** 0 is no bias. */
  readonly intercept: number;
  readonly interceptLower: number | null;
  readonly interceptUpper: number | null;
  /** Below 1 the forecasts are over-confident. */
  readonly slope: number;
  readonly slopeLower: number | null;
  readonly slopeUpper: number | null;
  /** Of (0, 1), by settlement. */
  readonly p: number | null;
}

export interface ReliabilityPoint {
  readonly forecast: Prob;
  /** Share that came true, by isotonic regression. */
  readonly observed: Prob;
  readonly lower: Prob | null;
  readonly upper: Prob | null;
  readonly rows: number;
}

/** One difference of scores by three tests that know that rows of a window share their luck. */
export interface Paired {
  readonly mean: number;
  /** 95 % by the standard error of windows; null with fewer than two. */
  readonly cluster: (Interval & Pick<ClusterMean, "se" | "t" | "df" | "p">) | null;
  /** 95 % by resampling windows, in blocks of a day. */
  readonly bootstrap: (Interval & { readonly pOneSided: number }) | null;
  /** Diebold–Mariano on means of windows in order of time. */
  readonly dieboldMariano: {
    readonly stat: number;
    readonly p: number;
    readonly lag: number;
  } | null;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export interface EncompassingTest extends Interval {
  /** 0: the market knows everything, 1: the model is right; between, shrink the model by it. */
  readonly theta: number;
  readonly se: number;
  readonly t: number;
  readonly pOneSided: number;
}

export interface NetProfit extends Paired {
  /** Rows with a price. */
  readonly rows: number;
  readonly meanEv: number;
  /** Realised on predicted: 1 when a predicted cent earns a cent. */
  readonly evSlope: { readonly slope: number; readonly se: number } | null;
}

export interface Evidence {
  /** Windows with a bet: the first of the window that would be traded, made after the window before had settled. */
  readonly bets: number;
  /** Wealth E as a natural logarithm; 0 without a bet. */
  readonly logE: number;
  /** What it needs: 20 times the number of versions, as a logarithm. */
  readonly logThreshold: number;
  /** When it first stood as high; null until then. */
  readonly reachedMs: Ms | null;
  readonly path: readonly EvidencePoint[];
}

interface EvidencePoint {
  readonly atMs: Ms;
  readonly logE: number;
}

export interface ConfidencePath {
  readonly alpha: number;
  readonly path: readonly ConfidencePoint[];
}

export interface ConfidencePoint {
  readonly atMs: Ms;
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

export interface EvBins {
  readonly bins: readonly EvBin[];
  /** Jonckheere–Terpstra over bins, one mean a window and bin. */
  readonly trend: { readonly z: number; readonly pOneSided: number } | null;
  /** Rank correlation of predicted and realised, 95 % by resampling windows. */
  readonly spearman: (Interval & { readonly rho: number }) | null;
  /** From the lowest to the highest value of the isotonic fit over bins. */
  readonly isotonicRange: number | null;
}

export interface EvBin {
  /** Predicted net value of a contract; null is open. */
  readonly from: number | null;
  readonly to: number | null;
  readonly rows: number;
  readonly windows: number;
  readonly meanEv: number | null;
  readonly realised: number | null;
  /** By window; null with fewer than two. */
  readonly se: number | null;
}

export interface Breakdowns {
  readonly strategy: readonly Slice[];
  readonly series: readonly Slice[];
  /** Minutes to the close. */
  readonly timeToClose: readonly Slice[];
  /** Market's probability. */
  readonly price: readonly Slice[];
  /** Hour of the day, UTC. */
  readonly hour: readonly Slice[];
}

/** One part of the scored rows; nothing in it is corrected for how many parts were looked at. */
export interface Slice {
  readonly key: string;
  readonly rows: number;
  readonly windows: number;
  readonly modelBrier: number;
  readonly marketBrier: number;
  readonly modelLogLoss: number;
  readonly marketLogLoss: number;
  readonly brierGain: number;
  /** By window; null with fewer than two. */
  readonly brierGainSe: number | null;
  readonly trades: number;
  /** Mean profit of a contract that would be traded; null without any. */
  readonly netProfit: number | null;
}

/** Realised profit of the account, in dollars, from the ledger. */
export interface Equity {
  readonly path: readonly EquityPoint[];
  readonly profit: number;
  readonly maxDrawdown: number;
}

export interface EquityPoint {
  readonly atMs: Ms;
  readonly profit: number;
  /** Below the highest point so far; never positive. */
  readonly drawdown: number;
}

export interface FunnelStage {
  readonly name:
    | "evaluated"
    | "with_probability"
    | "at_decision_time"
    | "scored"
    | "would_trade"
    | "filled";
  readonly rows: number;
}

export interface Coverage {
  readonly markets: number;
  readonly settledMarkets: number;
  readonly settledWindows: number;
  /** Rows at decision times that are left out by the rules fixed beforehand, by what was wrong with them. */
  readonly leftOut: readonly { readonly reason: string; readonly rows: number }[];
}
