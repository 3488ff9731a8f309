import { createMarketLookup, LOOKUP_MAX } from "../../adapters/kalshi/market-lookup.ts";
import { marketExtras } from "../../adapters/kalshi/rest-body.ts";
import type { LedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { KbtError } from "../../core/errors.ts";
import type { Settlement } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import { mulberry32 } from "../../core/rng.ts";
import { settlementOf } from "../../core/settlement.ts";
import type { Ms } from "../../core/units.ts";
import type { Environment, SimulatedWorld } from "./environment.ts";
import { steppedClock } from "./stepped-clock.ts";

/** Exchange time that a market needs from its close to its final result, with room to spare. */
const SETTLED_AFTER_MS = 300_000;

/** The limiter behind the requests doubles its pause up to 8 s: half a minute in all. */
const ATTEMPTS = 8;
const SPREAD_MS = 500;

export interface Imported {
  asked: number;
  imported: number;
  waiting: number;
  unknown: number;
}

/** What of an environment is asked. */
type Asked = Pick<Environment, "clock" | "http" | "signer" | "sim"> & {
  readonly urls: Pick<Environment["urls"], "kalshiRest">;
};

interface Importing {
  readonly env: Asked;
  readonly writer: LedgerWriter;
  readonly signal: AbortSignal;
  readonly tell: (imported: number) => void;
  /** Markets that the account itself has traded: of those it can be asked what it was paid. */
  readonly own: ReadonlySet<string>;
}

/**
 * Asks for markets some dozen at a time and puts each result on file at once: whoever is interrupted goes on where it was,
 * and who comes second finds nothing new.
 */
export async function importResults(
  { env, own, signal, tell, writer }: Importing,
  tickers: readonly string[],
): Promise<Imported> {
  const lost: string[] = [];
  const done: Imported = { asked: tickers.length, imported: 0, waiting: 0, unknown: 0 };
  await eachMarket(env, tickers, signal, (market, ticker) => {
    const nowMs = env.clock.nowMs();
    const settlement = market === null ? null : settlementOf(market, seenAs(market, nowMs));
    if (market === null) lost.push(ticker);
    else if (settlement === null) done.waiting++;
    else {
      writer.upsertMarket(market, nowMs);
      if (writer.recordSettlement(settlement, null)) done.imported++;
      if (!settlement.final) done.waiting++;
    }
    tell(done.imported);
  });
  for (const ticker of lost) {
    const settlement = own.has(ticker) ? await paidBy(env, ticker, signal) : null;
    if (settlement === null) done.unknown++;
    else if (writer.recordSettlement(settlement, null)) done.imported++;
  }
  return done;
}

/** What our account was paid by in a market that no list of markets has any more. */
async function paidBy(env: Asked, ticker: string, signal: AbortSignal): Promise<Settlement | null> {
  if (env.signer === null || env.sim !== null) return null;
  const { ask, lookup } = asking(env, signal);
  return ask(() => lookup.paid(ticker, env.clock.nowMs(), signal));
}

function asking({ http, signer, urls, ...env }: Asked, signal: AbortSignal) {
  const clock = steppedClock(env);
  // Each process waits a time of its own, or all that were refused together would be so again.
  const rng = mulberry32(clock.nowMs());
  const wait = (): Promise<void> => clock.sleep(rng.next() * SPREAD_MS, signal);
  return {
    lookup: createMarketLookup({ baseUrl: urls.kalshiRest, http, signer, clock }),
    ask: <T>(question: () => Promise<T>): Promise<T> => insist(question, wait),
  };
}

/** Each of these markets as the exchange has it now; null for one that it does not know. */
export async function eachMarket(
  env: Asked,
  tickers: readonly string[],
  signal: AbortSignal,
  take: (market: Market | null, ticker: string) => void,
): Promise<void> {
  const { ask, lookup } = asking(env, signal);
  for (let at = 0; at < tickers.length; at += LOOKUP_MAX) {
    const some = tickers.slice(at, at + LOOKUP_MAX);
    const { markets } = await ask(() => lookup.find(some, signal));
    for (const ticker of some) take(markets.get(ticker) ?? null, ticker);
  }
}

/** Other processes of the account share its budget of requests: one too many is asked again, later each time. */
async function insist<T>(ask: () => Promise<T>, wait: () => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof KbtError && error.code === "RATE_LIMITED";
      if (!isRefused || attempt === ATTEMPTS) throw error;
      await wait();
    }
  }
}

export function seenAs(market: Market, recvMs: Ms) {
  const { settledMs, yesPayout } = marketExtras(market);
  return { source: "kalshi", recvMs, settledMs, yesPayout };
}

/** The local exchange of the same seed tells the same story: letting it run on past the closes settles its markets. */
export function runOn(
  { clock, simulation }: SimulatedWorld,
  closes: readonly { readonly closeMs: Ms | null }[],
): void {
  const lastClose = Math.max(0, ...closes.map(({ closeMs }) => closeMs ?? 0));
  const untilMs: Ms = Math.max(clock.nowMs(), lastClose + SETTLED_AFTER_MS);
  simulation.runUntil(untilMs);
  while (simulation.held) {
    simulation.releaseHold();
    simulation.runUntil(untilMs);
  }
  clock.moveTo(untilMs);
}
