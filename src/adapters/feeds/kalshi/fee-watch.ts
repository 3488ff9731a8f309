import { KbtError } from "../../../core/errors.ts";
import type { FeeReport } from "../../../core/events.ts";
import { datedTerms, FEE_LAG_MS, type FeeReading } from "../../../core/fee-book.ts";
import type { FeeTerms } from "../../../core/fees.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import type { LifecycleFact } from "../../kalshi/map.ts";
import type { KalshiRest } from "../../kalshi/rest.ts";

/** The exchange announces changes weeks ahead, so the lists are read again for what nobody announced. */
const READ_MS = 3_600_000;
/** The first books have the budget of requests for themselves. */
const FIRST_LOOK_MS = 2000;
/** How soon the fees of a newly followed event are read. */
const LOOK_MS = 15_000;
/** After a reading that failed. */
const RETRY_MS = 60_000;
const PASSING: ReadonlySet<string> = new Set(["network", "venue", "protocol"]);

interface Subject {
  readonly scope: FeeReport["scope"];
  readonly ticker: string;
  terms: readonly FeeTerms[];
  dueMs: Ms;
  /** Why the last reading failed; empty after one that did not. */
  trouble: string;
}

interface Followed {
  readonly series: Iterable<string>;
  readonly events: Iterable<string>;
}

type Emit = (report: FeeReport) => void;

/** Knows what series and events charge, and reads it again: each hour, after each change, after a failure. */
export class FeeWatch {
  readonly #rest: KalshiRest;
  readonly #clock: Clock;
  readonly #subjects = new Map<string, Subject>();
  /** Events of the last look at the lists. */
  #listed: ReadonlySet<string> = new Set();

  constructor(rest: KalshiRest, clock: Clock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  /** For people: what could not be read; empty while all is well. */
  get note(): string {
    for (const { trouble } of this.#subjects.values()) if (trouble !== "") return trouble;
    return "";
  }

  /** Reads a series now, whatever is known of it. */
  async read(ticker: string, signal: AbortSignal): Promise<FeeReport> {
    const reading = await this.#rest.seriesFees(ticker, signal);
    const subject = this.#subject("series", ticker);
    return this.#take(subject, reading) ?? reportOf(subject, this.#clock.nowMs());
  }

  /** Reads what is due of the followed series and events, one after the other: nobody waits for it. */
  async look(followed: Followed, emit: Emit, signal: AbortSignal): Promise<void> {
    const wanted = new Set([
      ...[...followed.series].map((ticker) => this.#subject("series", ticker)),
      ...[...followed.events].map((ticker) => this.#subject("event", ticker)),
    ]);
    for (const [key, subject] of this.#subjects) {
      if (wanted.has(subject)) continue;
      subject.trouble = "";
      // What the lists showed of an event that nobody follows is kept while they show it, or it would be news each time.
      const isListed = subject.scope === "event" && this.#listed.has(subject.ticker);
      if (!isListed) this.#subjects.delete(key);
    }
    for (const subject of wanted) {
      if (subject.dueMs > this.#clock.nowMs()) continue;
      const report = await this.#again(subject, signal);
      if (report !== null) emit(report);
    }
  }

  /** Looks again and again, until aborted. */
  async run(followed: () => Followed, emit: Emit, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(FIRST_LOOK_MS, signal);
    while (!signal.aborted) {
      await this.look(followed(), emit, signal);
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  /** Overrides as a list of events shows them, in passing; what is announced of them is read by `look`. */
  seen(overrides: ReadonlyMap<string, FeeReading["now"]>, emit: Emit): void {
    this.#listed = new Set(overrides.keys());
    for (const [ticker, now] of overrides) {
      const subject = this.#subject("event", ticker);
      const report = this.#change(subject, { now, changes: subject.terms });
      if (report !== null) emit(report);
    }
  }

  /** An override that the socket told of: it holds from now on, and is read again when the lists have had their time. */
  told({ fees, ticker }: LifecycleFact): FeeReport | null {
    if (fees === null) return null;
    const nowMs = this.#clock.nowMs();
    const subject = this.#subject("event", ticker);
    const { terms } = subject;
    const past = terms.filter(({ fromMs }) => fromMs <= nowMs);
    const before = past.length > 0 ? past : [{ fromMs: 0, ...NOTHING }];
    subject.dueMs = Math.min(subject.dueMs, nowMs + FEE_LAG_MS);
    if (isSame(before.at(-1), fees)) return null;
    subject.terms = [...before, { fromMs: nowMs, ...fees }, ...terms.slice(past.length)];
    return reportOf(subject, nowMs);
  }

  async #again(subject: Subject, signal: AbortSignal): Promise<FeeReport | null> {
    const { scope, ticker } = subject;
    try {
      const reading =
        scope === "series"
          ? await this.#rest.seriesFees(ticker, signal)
          : await this.#rest.eventFees(ticker, signal);
      return this.#take(subject, reading);
    } catch (error) {
      if (signal.aborted || !(error instanceof KbtError) || !PASSING.has(error.kind)) throw error;
      // What was known goes on; an event that was never read is charged as its series is.
      subject.dueMs = this.#clock.nowMs() + RETRY_MS;
      subject.trouble = `fees of ${ticker} not read: ${error.message}`;
      return null;
    }
  }

  #take(subject: Subject, reading: FeeReading): FeeReport | null {
    const nowMs = this.#clock.nowMs();
    const report = this.#change(subject, reading);
    subject.trouble = "";
    const next = subject.terms.find(({ fromMs }) => fromMs + FEE_LAG_MS > nowMs);
    subject.dueMs = Math.min(nowMs + READ_MS, (next?.fromMs ?? nowMs + READ_MS) + FEE_LAG_MS);
    return report;
  }

  #change(subject: Subject, reading: FeeReading): FeeReport | null {
    const nowMs = this.#clock.nowMs();
    const before = subject.terms;
    subject.terms = datedTerms(reading, before, nowMs);
    // Hardly any event has fees of its own, and those that have none are not told of.
    const isPlain = [...before, ...subject.terms].every((terms) => isSame(terms, NOTHING));
    const isKnown = JSON.stringify(subject.terms) === JSON.stringify(before);
    return isPlain || isKnown ? null : reportOf(subject, nowMs);
  }

  #subject(scope: FeeReport["scope"], ticker: string): Subject {
    const key = `${scope} ${ticker}`;
    const known = this.#subjects.get(key);
    if (known !== undefined) return known;
    const subject: Subject = {
      scope,
      ticker,
      terms: [],
      dueMs: Number.NEGATIVE_INFINITY,
      trouble: "",
    };
    this.#subjects.set(key, subject);
    return subject;
  }
}

const NOTHING: FeeReading["now"] = { feeType: null, multiplierBps: null };

function isSame(terms: FeeReading["now"] | undefined, other: FeeReading["now"]): boolean {
  return terms?.feeType === other.feeType && terms.multiplierBps === other.multiplierBps;
}

function reportOf({ scope, terms, ticker }: Subject, recvMs: Ms): FeeReport {
  return { type: "fees", scope, ticker, terms, recvMs };
}
