import type { Rng } from "../../../core/rng.ts";
import type { Ms } from "../../../core/units.ts";
import type { FeedStats, Sink } from "../../../ports.ts";
import { type Backoff, createBackoff } from "../../platform/backoff.ts";
import { hostOf } from "../../platform/network-error.ts";
import { BINANCE } from "./frames.ts";
import { reportGap } from "./gap.ts";
import type { BinanceFailure, BinanceHost } from "./rest.ts";

/** One question of a round; null when it was answered. */
export type Ask = (signal: AbortSignal) => Promise<BinanceFailure | null>;

interface PollOptions extends BinanceHost {
  readonly stats: FeedStats;
  readonly rng: Rng;
  /** What is asked for: `funding`. */
  readonly what: string;
  /** What to do when the host refuses this place. */
  readonly remedy: string;
  /** By symbol, or what else tells them apart. */
  readonly asks: ReadonlyMap<string, Ask>;
}

const PERIOD_MS = 60_000;

/** Asks one host the same questions once a minute. Whatever fails shows in the status and is asked again later. */
export class BinancePoll {
  readonly #options: PollOptions;
  readonly #backoff: Backoff;
  /** What is wrong with the host, and with single questions. */
  #problem = "";
  readonly #refused = new Map<string, string>();

  constructor(options: PollOptions) {
    this.#options = options;
    this.#backoff = createBackoff(options.rng);
  }

  /** Empty while all is well. */
  status(): string {
    const problems = [this.#problem, ...this.#refused.values()].filter((text) => text !== "");
    return problems.length === 0 ? "" : `no ${this.#options.what}: ${problems.join(", ")}`;
  }

  /** Resolves when the host refuses this place; else goes on until aborted. */
  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    for (;;) {
      const failure = await this.#round(signal);
      if (failure?.kind === "blocked") {
        this.#block(failure.status, sink);
        return;
      }
      const waitMs = failure === null ? PERIOD_MS : this.#waitAfter(failure);
      await this.#options.clock.sleep(waitMs, signal);
    }
  }

  /** What keeps the host from answering; null when it does. */
  async #round(signal: AbortSignal): Promise<BinanceFailure | null> {
    for (const [name, ask] of this.#options.asks) {
      const failure = await ask(signal);
      this.#refused.delete(name);
      if (failure === null) continue;
      if (failure.kind !== "failed" || !failure.isRequest) return failure;
      // A symbol that does not exist is no reason to leave out the others.
      this.#refused.set(name, `${name}: ${failure.problem}`);
    }
    this.#problem = "";
    this.#backoff.opened(this.#options.clock.monoMs());
    return null;
  }

  #waitAfter(failure: Exclude<BinanceFailure, { kind: "blocked" }>): Ms {
    const { baseUrl, clock } = this.#options;
    const backoffMs = this.#backoff.next(clock.monoMs());
    const waitMs = failure.kind === "limited" ? failure.waitMs : backoffMs;
    const next = `asked again after ${(waitMs / 1000).toFixed(1)} s`;
    this.#problem = `${failure.problem}, ${hostOf(baseUrl)} is ${next}`;
    return waitMs;
  }

  #block(status: number, sink: Sink): void {
    const { baseUrl, clock, remedy, stats, what } = this.#options;
    this.#problem = `${hostOf(baseUrl)} does not serve this place (HTTP ${status}): ${remedy}`;
    const recvMs = clock.nowMs();
    // A source of its own, because prices from the socket are no sign that this is back.
    const facts = { source: `${BINANCE}-${what}`, reason: "geo_blocked" };
    const seqs = { fromSeq: null, toSeq: null };
    reportGap({ stats, sink }, { ...facts, ...seqs, fromMs: null, toMs: recvMs, recvMs });
  }
}
