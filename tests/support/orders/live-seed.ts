import { existsSync } from "node:fs";
import type { SimulatedWorld } from "../../../src/app/compose/environment.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import { filedRows } from "./filed-rows.ts";
import { exposureWatch, finalProblems, type Limits, standingProblems } from "./judge.ts";
import { dbOf, liveHere, replayProblems, residueOf } from "./live-session.ts";

/** Of the configuration as it is shipped, with the settings of the session. */
const LIMITS: Limits = {
  bankroll: 1_000_000_000,
  maxPositionPct: 0.02,
  maxOpenPositions: 3,
  settlesByIndex: true,
};
const MINUTE_MS = 60_000;

export interface LiveSeedEnd {
  readonly problems: readonly string[];
  readonly orders: number;
  readonly fills: number;
  /** Times at which the limits were looked at. */
  readonly steps: number;
  /** The run proved that nothing rests. */
  readonly isVerified: boolean;
  /** Exit code and what the run said of it. */
  readonly ending: string;
}

/** One whole `kbt live` in chaos; what is wrong by the exchange's own books. */
export async function liveSeed({
  folder,
  minutes,
  scenario = "chaos",
  seed,
}: {
  readonly seed: number;
  readonly minutes: number;
  readonly folder: string;
  readonly scenario?: string;
}): Promise<LiveSeedEnd> {
  const sim = { scenario, seed, speed: "max" } as const;
  const opened = await openLocalExchange(sim);
  const exchange = opened.sim?.simulation as LocalExchange;
  const problems = new Set<string>();
  let steps = 0;
  const exposure = exposureWatch(exchange, LIMITS);
  const watched = watchedBy(exchange, () => {
    steps++;
    for (const problem of exposure()) problems.add(problem);
  });
  const env = {
    ...opened,
    sim: opened.sim === null ? null : { ...opened.sim, simulation: watched },
  };
  const series = ["KXBTC15M", "KXSOL15M"];
  const untilMs = env.clock.nowMs() + minutes * MINUTE_MS;
  const result = await liveHere({ env, folder, series, sim, untilMs });
  const isVerified = isRecord(result.data) && result.data["verified_empty"] === true;
  // Before anybody reads the file: a reader leaves its log behind.
  for (const problem of residueOf({ env, folder })) problems.add(problem);
  for (const problem of problemsAtEnd(exchange, folder, isVerified)) problems.add(problem);
  if (!isVerified && result.exitCode === 0) problems.add("exit 0 although nothing was proven");
  const ending = `${result.exitCode} ${result.error?.code ?? ""}`.trim();
  await env.close();
  for (const problem of await replayProblems({ env, folder, series, sim })) problems.add(problem);
  const [orders, fills] = [exchange.desk.orders().length, exchange.desk.fills().length];
  return { problems: [...problems], orders, fills, steps, isVerified, ending };
}

function problemsAtEnd(exchange: LocalExchange, folder: string, isVerified: boolean): string[] {
  if (!existsSync(dbOf(folder))) return standingProblems(exchange);
  const all = finalProblems(exchange, filedRows(dbOf(folder)));
  // A run that could not prove its end says so; everything else must be right all the same.
  return all.filter((problem) => isVerified || !isOfTheEnd(problem));
}

/** What an end in doubt has said: orders that rest or have no end on file, and fills that may have come since. */
function isOfTheEnd(problem: string): boolean {
  return /^I30: |^I4: |^I5: fill .* is not on file/.test(problem);
}

/** The exchange as whoever drives it sees it, with a look at it after each step. */
export function watchedBy(exchange: LocalExchange, look: () => void): SimulatedWorld["simulation"] {
  return {
    nextMs: () => exchange.nextMs(),
    runUntil: (ms) => {
      exchange.runUntil(ms);
      look();
    },
    get held() {
      return exchange.held;
    },
    get ended() {
      return exchange.ended;
    },
    releaseHold: () => exchange.releaseHold(),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
