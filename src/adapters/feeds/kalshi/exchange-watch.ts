import { KbtError } from "../../../core/errors.ts";
import { isoTime } from "../../../core/iso-time.ts";
import type { Market } from "../../../core/market.ts";
import type { Ms } from "../../../core/units.ts";
import type { KalshiRest } from "../../kalshi/rest.ts";

/** Crypto has a shard of its own; what the status says of the whole exchange is shard 0 (kalshi.md §2.1). */
export const CRYPTO_SHARD = 2;
const LOOK_MS = 60_000;
const PAUSED_LOOK_MS = 10_000;

/** Whether the exchange trades at all. A pause is nothing to fail on: each Thursday has one (kalshi.md §4.5). */
export class ExchangeWatch {
  #nextMs: Ms = Number.NEGATIVE_INFINITY;
  #note = "";
  #isKnown = false;

  /** Why nothing should be bought now; null while the exchange says that it trades. Until it has said so it may not. */
  holdReason(): string | null {
    if (!this.#isKnown) return "exchange_unknown";
    return this.#note === "" ? null : "exchange_paused";
  }

  /** What does not trade although its time has come, for people; empty while all is well, or nothing is known. */
  pauses(markets: readonly Market[]): string {
    if (this.#note !== "") return this.#note;
    const paused = markets.filter(({ status }) => status === "inactive");
    const [first] = paused;
    if (first === undefined) return "";
    return paused.length === 1
      ? `${first.ticker} is paused`
      : `${paused.length} markets are paused`;
  }

  nextMs(): Ms {
    return this.#nextMs;
  }

  /** Reads the status when it is time to. What it said last holds until it says something else. */
  async look(rest: KalshiRest, nowMs: Ms, signal: AbortSignal): Promise<void> {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LOOK_MS;
    try {
      this.#note = pauseOf(await rest.exchangeStatus(signal));
      this.#isKnown = true;
    } catch (error) {
      if (!(error instanceof KbtError)) throw error;
    }
    if (this.holdReason() !== null) this.#nextMs = nowMs + PAUSED_LOOK_MS;
  }
}

function pauseOf(status: Awaited<ReturnType<KalshiRest["exchangeStatus"]>>): string {
  const shard = status.shards.find(({ exchangeIndex }) => exchangeIndex === CRYPTO_SHARD) ?? status;
  if (shard.exchangeActive && shard.tradingActive) return "";
  const what = shard.exchangeActive ? "trading is paused" : "the exchange is paused";
  const { resumeMs } = status;
  return resumeMs === null ? what : `${what} until about ${isoTime(resumeMs).slice(11, 16)}Z`;
}
