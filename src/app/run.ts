import { KbtError } from "../core/errors.ts";
import type { MarketEvent } from "../core/events.ts";
import type { Ms } from "../core/units.ts";
import type { Clock, Feed } from "../ports.ts";
import type { Session } from "./session.ts";

// Runs feeds into a session until something ends the run, and always closes in order.

export type StopReason =
  | "error"
  | "signal"
  | "seconds"
  | "windows"
  | "until"
  | "once"
  | "killed"
  | "recording_ended";

/** The reason as the end of a sentence: "run 1 on …, ended …". */
export const END_TEXT: Readonly<Record<StopReason, string>> = {
  error: "with an error",
  signal: "on request",
  seconds: "after the asked seconds",
  windows: "after the asked windows",
  until: "at the asked time",
  once: "after one look",
  killed: "by the kill switch",
  recording_ended: "with the recording",
};

export interface RunParts {
  readonly feeds: readonly Feed[];
  readonly session: Session;
  /** The run's clock, virtual with --sim. */
  readonly clock: Clock;
  /** The user's own clock: `--seconds` and progress count it. */
  readonly real: Pick<Clock, "monoMs" | "sleep">;
  /** Moves virtual time; null when time passes by itself. */
  readonly drive: ((onTime: (nowMs: Ms) => void, signal: AbortSignal) => Promise<void>) | null;
  /** Asked whenever the run's time moved; a reason ends the run. */
  readonly stopWhen: (nowMs: Ms) => StopReason | null;
  readonly seconds: number | null;
  readonly flushMs: Ms;
  readonly flush: () => void;
  /** Everything recorded so far is on file when it resolves. */
  readonly drain: () => Promise<void>;
  readonly progress: () => void;
  /** Work that goes on beside the feeds and ends with them. */
  readonly beside?: readonly ((signal: AbortSignal) => Promise<void>)[];
  /** What has to be done before anything stops, while feeds and time go on. */
  readonly windDown?: () => Promise<void>;
}

export interface RunEnd {
  readonly reason: StopReason;
  /** What ended the run early; null when it ended as asked. */
  readonly error: KbtError | null;
  readonly realMs: Ms;
}

const PROGRESS_MS = 500;
const SHUTDOWN_MS = 10_000;

/** Resolves when everything has stopped; failures of feeds come back as `error`, bugs are thrown. */
export async function runFeeds(parts: RunParts, signal: AbortSignal): Promise<RunEnd> {
  const run = new Run(parts, signal);
  return run.toEnd();
}

class Run {
  readonly #parts: RunParts;
  readonly #outer: AbortSignal;
  readonly #stop = new AbortController();
  readonly #startMono: Ms;
  #reason: StopReason | null = null;
  #error: unknown = null;

  constructor(parts: RunParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#outer = signal;
    this.#startMono = parts.real.monoMs();
  }

  async toEnd(): Promise<RunEnd> {
    const { beside = [], clock, drain, drive, feeds, real, session } = this.#parts;
    const onAbort = (): void => this.#end("signal");
    if (this.#outer.aborted) onAbort();
    this.#outer.addEventListener("abort", onAbort, { once: true });
    const tasks = feeds.map((feed) => {
      const sink = (event: MarketEvent): void => session.handle(event, feed.name);
      return this.#guard(feed.run(sink, this.#stop.signal));
    });
    if (drive !== null) {
      tasks.push(
        this.#guard(
          drive((nowMs) => this.#onTime(nowMs), this.#stop.signal).then(() =>
            this.#end("recording_ended"),
          ),
        ),
      );
    }
    for (const work of beside) tasks.push(this.#guard(work(this.#stop.signal)));
    tasks.push(this.#guard(this.#heartbeat()));
    await this.#settled(tasks);
    this.#outer.removeEventListener("abort", onAbort);
    if (this.#error === null || this.#error instanceof KbtError) session.finish(clock.nowMs());
    await drain();
    if (this.#error !== null && !(this.#error instanceof KbtError)) {
      throw new Error("a task of the run failed", { cause: this.#error });
    }
    return {
      reason: this.#reason ?? "signal",
      error: this.#error,
      realMs: real.monoMs() - this.#startMono,
    };
  }

  #end(reason: StopReason): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    const { windDown } = this.#parts;
    if (windDown === undefined) this.#stopAll();
    else {
      windDown()
        .catch((error: unknown) => {
          this.#error ??= error;
        })
        .finally(() => this.#stopAll());
    }
  }

  #stopAll(): void {
    this.#stop.abort(new DOMException("the run is over", "AbortError"));
  }

  async #guard(task: Promise<void>): Promise<void> {
    try {
      await task;
    } catch (error) {
      const isStop = error instanceof Error && error.name === "AbortError";
      if (this.#stop.signal.aborted && (isStop || error === this.#outer.reason)) return;
      this.#error ??= error;
      this.#end("error");
    }
  }

  #onTime(nowMs: Ms): void {
    this.#parts.session.advance(nowMs);
    const reason = this.#parts.stopWhen(nowMs);
    if (reason !== null) this.#end(reason);
  }

  /** Real-time duties: flushing, progress, `--seconds`, and the passing of time when nobody drives it. */
  async #heartbeat(): Promise<void> {
    const { clock, drive, flush, flushMs, progress, real, seconds } = this.#parts;
    let flushedMs = real.monoMs();
    let shownMs = Number.NEGATIVE_INFINITY;
    const tickMs = Math.min(flushMs, 100);
    while (!this.#stop.signal.aborted) {
      await real.sleep(tickMs, this.#stop.signal);
      const nowMono = real.monoMs();
      if (drive === null) this.#onTime(clock.nowMs());
      if (nowMono - flushedMs >= flushMs) {
        flush();
        flushedMs = nowMono;
      }
      if (nowMono - shownMs >= PROGRESS_MS) {
        progress();
        shownMs = nowMono;
      }
      if (seconds !== null && seconds > 0 && nowMono - this.#startMono >= seconds * 1000) {
        this.#end("seconds");
      }
    }
  }

  async #settled(tasks: readonly Promise<void>[]): Promise<void> {
    const all = Promise.all(tasks);
    const { real } = this.#parts;
    // Waits as long as the run lasts, and then a bounded time for the last ones to let go.
    await Promise.race([all, aborted(this.#stop.signal)]);
    const patience = new AbortController();
    await Promise.race([all, real.sleep(SHUTDOWN_MS, patience.signal)]);
    patience.abort(new DOMException("stopped in time", "AbortError"));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
