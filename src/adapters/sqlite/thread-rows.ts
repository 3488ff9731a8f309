import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Worker,
} from "node:worker_threads";
import { KbtError } from "../../core/errors.ts";
import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import { createSystemClock } from "../platform/system-clock.ts";
import { startThread } from "../platform/thread.ts";
import { BatchEncoder, SpareNumbers } from "./batch-encoder.ts";
import { BEAT_MS } from "./beat.ts";
import { type BulkRows, type BulkSetup, PENDING_MAX } from "./bulk-rows.ts";
import {
  type FromWriter,
  PROGRESS,
  SHARED_BYTES,
  type ToWriter,
  WANTED,
} from "./thread-messages.ts";

export interface ThreadOptions extends BulkSetup {
  readonly maxPages: number | undefined;
  readonly lockPatienceMs: number;
}

/** What a writer that does not move may cost the decision loop before rows are refused: five seconds. */
const ROOM_WAITS = 100;
const ROOM_WAIT_MS = 50;
/** Rows that an order waits for are a transaction or two away, unless the thread has only just started. */
const CLAIM_WAITS = 40;
const CLAIM_WAIT_MS = 50;
/** What the end of a run may wait for the disk and for other processes. */
const DRAIN_MS = 10_000;
const CLOSE_MS = 5_000;

/** Hands rows to the writer thread: nothing that the disk or another process does is felt on this one. */
export function threadRows(options: ThreadOptions): BulkRows {
  return new ThreadRows(options);
}

class ThreadRows implements BulkRows {
  readonly #options: ThreadOptions;
  readonly #clock = createSystemClock();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #shared = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  readonly #spare = new SpareNumbers();
  #batch = new BatchEncoder(this.#spare.take());
  /**
   * Evaluations that say "trade": the order that follows at once is committed together with its own. Whatever no order
   * asked for goes with the next event or flush.
   */
  #held: Opportunity[] = [];
  #inFlight = 0;
  /** What has gone wrong and nobody was told of. */
  #failure: KbtError | null = null;
  /** What is in the way now. */
  #obstacle: KbtError | null = null;
  /** When the thread last heard of us. */
  #saidMs = 0;
  #isFinished = false;
  #isDead = false;
  #onNews: () => void = () => {};

  constructor(options: ThreadOptions) {
    this.#options = options;
    const { port1, port2 } = new MessageChannel();
    const { lockPatienceMs, maxPages, path, run } = options;
    this.#worker = startThread("writer-thread", import.meta.url, {
      workerData: {
        path,
        run: { runId: run.runId, crashGaps: run.crashGaps, startedMs: run.startedMs },
        maxPages,
        lockPatienceMs,
        port: port2,
        shared: this.#shared,
      },
      transferList: [port2],
    });
    this.#worker.on("error", (error) => this.#died(error));
    this.#worker.on("exit", () => this.#died(null));
    this.#port = port1;
    port1.on("message", (message: FromWriter) => {
      this.#take(message);
      this.#onNews();
    });
    // Only who waits for the thread keeps the process alive for it.
    port1.unref();
    this.#worker.unref();
  }

  get pendingRows(): number {
    this.poll();
    return this.#pending();
  }

  get isDue(): boolean {
    return this.#batch.rows >= this.#options.batchRows || this.#batch.isFull;
  }

  event(event: MarketEvent, feed: string | null): void {
    if (this.#held.length > 0) this.#release();
    // What an account is told is little, and a halt or a kill must not stand here while its orders rest.
    if (event.type !== "account" && this.#pending() >= PENDING_MAX) this.#makeRoom();
    this.#batch.event(event, feed);
  }

  opportunity(row: Opportunity): void {
    if (this.#pending() >= PENDING_MAX) this.#makeRoom();
    if (row.decision === "trade") this.#held.push(row);
    else this.#batch.opportunity(row);
  }

  flush(): void {
    this.#send();
    this.poll();
    // Whoever heard of it may have had to go on; nothing is written any more, so it is said again.
    if (this.#isDead) this.#failure ??= this.#obstacle;
    this.#report();
  }

  claim(opportunityId: number): Opportunity | null {
    const at = this.#held.findIndex((row) => row.opportunityId === opportunityId);
    const [held] = at < 0 ? [] : this.#held.splice(at, 1);
    if (held !== undefined) return held;
    // An order that points further back: its evaluation has left, or leaves now.
    this.#send();
    for (let wait = 0; this.#inFlight > 0; wait++) {
      if (wait === CLAIM_WAITS) throw this.#obstacle ?? tooSlow(this.#options.path);
      this.#await(CLAIM_WAIT_MS);
    }
    return null;
  }

  exclusively<T>(work: () => T): T {
    Atomics.store(this.#shared, WANTED, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.#shared, WANTED, 0);
      Atomics.notify(this.#shared, WANTED);
    }
  }

  poll(): void {
    for (;;) {
      const received: { message: FromWriter } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  async drain(): Promise<void> {
    this.#send();
    this.poll();
    // What was in the way has just been tried again, and may have gone.
    if (this.#failure === this.#obstacle) this.#failure = null;
    this.#obstacle = this.#isDead ? this.#obstacle : null;
    await this.#until(() => this.#inFlight === 0 || this.#obstacle !== null, DRAIN_MS);
    this.#report();
    if (this.#inFlight > 0) throw this.#obstacle ?? tooSlow(this.#options.path);
  }

  async finish(nowMs: number): Promise<void> {
    this.#send();
    // Told or not, what went wrong before is no reason not to try once more.
    this.poll();
    const before = this.#failure;
    this.#failure = null;
    await this.#askToFinish(nowMs);
    // What failed may have been the batch before the question, and its cause may have gone since.
    if (!this.#isFinished && this.#failure !== null && !this.#isDead) {
      this.#failure = null;
      await this.#askToFinish(nowMs);
    }
    if (this.#isFinished) this.#failure ??= before?.code === "ROW_REFUSED" ? before : null;
    this.#report();
    if (!this.#isFinished) throw this.#obstacle ?? tooSlow(this.#options.path);
  }

  async #askToFinish(nowMs: number): Promise<void> {
    this.#post({ type: "finish", nowMs });
    await this.#until(() => this.#isFinished || this.#failure !== null, DRAIN_MS);
  }

  async close(): Promise<void> {
    if (!this.#isDead) this.#post({ type: "close" });
    await this.#until(() => this.#isDead, CLOSE_MS);
    if (!this.#isDead) await this.#worker.terminate();
    this.#port.close();
  }

  #pending(): number {
    return this.#batch.rows + this.#held.length + this.#inFlight;
  }

  #release(): void {
    for (const row of this.#held) this.#batch.opportunity(row);
    this.#held = [];
  }

  #send(): void {
    this.#release();
    const { rows } = this.#batch;
    if (rows > 0) {
      const batch = this.#batch.take();
      this.#batch = new BatchEncoder(this.#spare.take());
      this.#inFlight += rows;
      this.#post({ type: "batch", batch });
    } else if (this.#obstacle === null && this.#clock.monoMs() - this.#saidMs < BEAT_MS) return;
    else this.#post({ type: "beat" });
    this.#saidMs = this.#clock.monoMs();
  }

  #post(message: ToWriter): void {
    this.#port.postMessage(message, []);
  }

  #take(message: FromWriter): void {
    switch (message.type) {
      case "stored":
        this.#inFlight -= message.receipt.taken;
        this.#options.tally.add(message.receipt);
        this.#spare.give(message.emptied);
        this.#obstacle = null;
        break;
      case "refused":
        this.#failure ??= new KbtError(message.error);
        break;
      case "failed":
        this.#obstacle = new KbtError(message.error);
        this.#failure = this.#obstacle;
        break;
      case "finished":
        this.#isFinished = true;
        break;
    }
  }

  #report(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** A producer faster than the disk waits for it; one whose disk has stopped is told. */
  #makeRoom(): void {
    this.#send();
    this.poll();
    for (let wait = 0; this.#pending() >= PENDING_MAX; wait++) {
      if (this.#obstacle !== null) throw this.#obstacle;
      if (wait === ROOM_WAITS) throw tooSlow(this.#options.path);
      const before = this.#inFlight;
      this.#await(ROOM_WAIT_MS);
      if (this.#inFlight < before) wait = 0;
    }
  }

  /** Stands still until the thread says something. */
  #await(ms: number): void {
    const seen = Atomics.load(this.#shared, PROGRESS);
    this.poll();
    if (this.#inFlight === 0) return;
    Atomics.wait(this.#shared, PROGRESS, seen, ms);
    this.poll();
  }

  async #until(isDone: () => boolean, ms: number): Promise<void> {
    this.poll();
    if (isDone() || this.#isDead) return;
    const inTime = new AbortController();
    const news = new Promise<void>((resolve) => {
      this.#onNews = () => {
        if (isDone() || this.#isDead) resolve();
      };
    });
    this.#worker.ref();
    try {
      await Promise.race([news, this.#clock.sleep(ms, inTime.signal)]);
    } finally {
      this.#worker.unref();
      this.#onNews = () => {};
      inTime.abort(new DOMException("waited long enough", "AbortError"));
    }
  }

  #died(cause: unknown): void {
    this.#isDead = true;
    if (!this.#isFinished || cause !== null) {
      this.#obstacle ??= new KbtError({
        kind: "bug",
        code: "WRITER_DIED",
        message: "the thread that writes market rows ended by itself",
        hint: "rows since the last commit are lost; start again",
        ...(cause === null ? {} : { cause }),
      });
      this.#failure ??= this.#obstacle;
    }
    this.#onNews();
  }
}

function tooSlow(path: string): KbtError {
  return new KbtError({
    kind: "store",
    code: "DB_SLOW",
    message: `database ${path} does not take rows as fast as they come`,
    hint: "look at the disk and at what else writes to it",
    details: { path },
  });
}
