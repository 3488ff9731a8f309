import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { AlertService, Delivery, Notice } from "../../ports-alerts.ts";

const MINUTE_MS = 60_000;
/** Of a minute's messages so many are kept for what is critical. */
const RESERVED = 5;
const ATTEMPTS = { critical: 12, other: 4 } as const;
const BACKOFF_MS = 1_000;
const BACKOFF_MS_MAX = 60_000;

export interface OutboxParts {
  readonly service: AlertService;
  /** The user's own time. */
  readonly real: Pick<Clock, "monoMs" | "sleep">;
  /** Most notices that wait. */
  readonly sizeMax: number;
  /** Hears why something was not delivered. */
  readonly trouble: (reason: string) => void;
}

interface Waiting {
  readonly notice: Notice;
  attempts: number;
}

/**
 * What waits for one messenger. Taking a notice is a push onto a list and nothing else, however the messenger is: what
 * does not fit pushes out the oldest that is not critical, and is counted.
 */
export class Outbox {
  /** What became of alerts; each is counted once. */
  readonly counts = { sent: 0, dropped: 0 };
  readonly #parts: OutboxParts;
  readonly #critical: Waiting[] = [];
  readonly #others: Waiting[] = [];
  /** When the messages of the last minute were sent. */
  #sentMs: Ms[] = [];
  #freeMs: Ms = Number.NEGATIVE_INFINITY;
  #untold = 0;
  #failures = 0;
  #isGone = false;
  #isSending = false;
  #wake: (() => void) | null = null;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.service.name;
  }

  get size(): number {
    return this.#critical.length + this.#others.length;
  }

  /** Messages that failed; their alerts are tried again, or dropped. */
  get failures(): number {
    return this.#failures;
  }

  offer(notice: Notice): void {
    if (this.#isGone) return this.#drop(1);
    const queue = notice.severity === "critical" ? this.#critical : this.#others;
    queue.push({ notice, attempts: 0 });
    if (this.size > this.#parts.sizeMax) {
      (this.#others.length > 0 ? this.#others : this.#critical).shift();
      this.#drop(1);
    }
    this.#wake?.();
  }

  /** Sends until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { real } = this.#parts;
    while (!signal.aborted) {
      if (this.size === 0) {
        await this.#offered(signal);
        continue;
      }
      const dueMs = this.#dueMs(real.monoMs());
      const waitMs = dueMs - real.monoMs();
      // Something critical may come meanwhile, and may go sooner.
      if (waitMs > 0) await real.sleep(Math.min(waitMs, BACKOFF_MS), signal);
      else await this.#sendOne(signal);
    }
  }

  /** Resolves when nothing waits any more and nothing is under way; whoever waits for it brings a time limit. */
  async emptied(signal: AbortSignal): Promise<void> {
    while ((this.size > 0 || this.#isSending) && !this.#isGone)
      await this.#parts.real.sleep(20, signal);
  }

  #dueMs(nowMs: Ms): Ms {
    const { gapMs, perMinute } = this.#parts.service.pace;
    this.#sentMs = this.#sentMs.filter((atMs) => nowMs - atMs < MINUTE_MS);
    const budget = this.#critical.length > 0 ? perMinute : Math.max(1, perMinute - RESERVED);
    const newest = this.#sentMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    const oldest = this.#sentMs.at(-budget) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#freeMs, newest + gapMs, oldest + MINUTE_MS);
  }

  async #sendOne(signal: AbortSignal): Promise<void> {
    const { real, service } = this.#parts;
    const batch = this.#take();
    const alone = batch.map(({ notice }) => notice);
    const lost = this.#untold;
    const withLost = lost > 0 ? telling(lost, alone) : alone;
    const isTold = service.fits(withLost);
    this.#sentMs.push(real.monoMs());
    let delivery: Delivery;
    this.#isSending = true;
    try {
      delivery = await service.send(isTold ? withLost : alone, signal);
    } catch (error) {
      this.#giveBack(batch);
      throw error;
    } finally {
      this.#isSending = false;
    }
    if (isTold && delivery.type === "sent") this.#untold -= lost;
    this.#settle(batch, delivery);
  }

  #settle(batch: readonly Waiting[], delivery: Delivery): void {
    const { real, trouble } = this.#parts;
    const pause = (ms: Ms): void => {
      this.#freeMs = real.monoMs() + ms;
    };
    switch (delivery.type) {
      case "sent":
        this.counts.sent += batch.length;
        pause(delivery.pauseMs);
        break;
      case "later":
        this.#giveBack(batch);
        pause(delivery.pauseMs);
        break;
      case "failed":
        this.#failures++;
        trouble(delivery.reason);
        pause(this.#again(batch));
        break;
      case "refused":
        trouble(delivery.reason);
        this.#drop(batch.length);
        break;
      case "gone":
        this.#isGone = true;
        trouble(`${delivery.reason}; nothing more is sent there`);
        this.#drop(batch.length + this.#critical.splice(0).length + this.#others.splice(0).length);
        break;
    }
  }

  /** Puts back what may be tried again, and says after how long. */
  #again(batch: readonly Waiting[]): Ms {
    for (const waiting of batch) waiting.attempts++;
    const kept = batch.filter(({ attempts, notice }) => {
      return attempts < ATTEMPTS[notice.severity === "critical" ? "critical" : "other"];
    });
    this.#drop(batch.length - kept.length);
    this.#giveBack(kept);
    const attempts = Math.max(...batch.map((waiting) => waiting.attempts));
    return Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** (attempts - 1));
  }

  /** The critical ones first; others join them in one message as far as they fit. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    for (const queue of [this.#critical, this.#others]) {
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        const together = [...batch, next].map(({ notice }) => notice);
        if (batch.length > 0 && !this.#parts.service.fits(together)) return batch;
        batch.push(next);
        queue.shift();
      }
    }
    return batch;
  }

  #giveBack(batch: readonly Waiting[]): void {
    const isCritical = ({ notice }: Waiting): boolean => notice.severity === "critical";
    this.#critical.unshift(...batch.filter(isCritical));
    this.#others.unshift(...batch.filter((waiting) => !isCritical(waiting)));
  }

  #drop(count: number): void {
    this.counts.dropped += count;
    this.#untold += count;
  }

  #offered(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = null;
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", done, { once: true });
    });
  }
}

/** The same message with a line about what was lost before it. */
function telling(lost: number, notices: readonly Notice[]): readonly Notice[] {
  const line = `${lost} earlier ${lost === 1 ? "alert was" : "alerts were"} not delivered`;
  return notices.map((notice, at) =>
    at === 0 ? { ...notice, lines: [...notice.lines, line] } : notice,
  );
}
