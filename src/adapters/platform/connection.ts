import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, OpenSocket, Socket } from "../../ports.ts";
import { createBackoff } from "./backoff.ts";

/** What one feed does with one connection. Everything is called synchronously; a throw ends `keepConnected`. */
export interface Session {
  message(text: string, recvMs: Ms): void;
  /** Takes a frame from its bytes; false, and nothing done, when it must come as text. */
  bytes?(bytes: Uint8Array, recvMs: Ms): boolean;
  /** Asked about once a second: a reason word when the connection must be given up, else null. */
  check(): string | null;
  /** The connection is gone or given up; not called when the run was stopped. */
  ended(reason: string): void;
}

/** How one try ended. `opened` is false when the connection never came about. */
export interface ConnectionEnd {
  readonly reason: string;
  readonly opened: boolean;
  readonly status: number | undefined;
  readonly error: string;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Without any frame or ping for this long the connection counts as dead: reason `stall`. */
  readonly silenceMs: Ms;
  /** As `SocketHandlers` has it. */
  readonly maxBytes?: number;
  /** Built anew for each try, because signatures age. */
  headers(): Readonly<Record<string, string>>;
  /**
   * The connection is open: send the subscriptions, return what handles the rest. `leave` gives the connection up at once,
   * for a reason word, where waiting for the next `check` would be waiting for the server to hang up.
   */
  open(socket: Socket, leave: (reason: string) => void): Session;
  /** Called after each end; throws what retrying cannot mend. `failures` counts tries since the last open connection. */
  ended(end: ConnectionEnd, failures: number): void;
  /** The next try follows after this wait. */
  waiting(delayMs: Ms, end: ConnectionEnd): void;
  /** Shortest wait after such an end, for servers that ban whoever comes back too soon; left out, the backoff's own. */
  leastDelayMs?(end: ConnectionEnd): Ms;
}

const CHECK_MS = 1000;

/**
 * Keeps one socket connected until the signal aborts: backoff between tries, a watchdog against silence, and one session
 * object per connection so that nothing learned on the old one survives on the new one.
 */
export async function keepConnected(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options;
  const backoff = createBackoff(options.rng);
  let failures = 0;
  while (!signal.aborted) {
    const end = await connectOnce(options, signal, () => backoff.opened(clock.monoMs()));
    if (signal.aborted || end === null) return;
    failures = end.opened ? 0 : failures + 1;
    options.ended(end, failures);
    const leastMs = options.leastDelayMs?.(end) ?? 0;
    const delayMs = Math.max(leastMs, backoff.next(clock.monoMs()));
    options.waiting(delayMs, end);
    try {
      await clock.sleep(delayMs, signal);
    } catch {
      return;
    }
  }
}

/** One connection from try to end; null when the signal ended it. Rejects with what the session threw. */
function connectOnce(
  options: ConnectionOptions,
  signal: AbortSignal,
  onOpened: () => void,
): Promise<ConnectionEnd | null> {
  return new Promise((resolve, reject) => {
    new Connection(options, signal, { resolve, reject, onOpened }).start();
  });
}

interface Outcome {
  resolve(end: ConnectionEnd | null): void;
  reject(error: unknown): void;
  onOpened(): void;
}

class Connection {
  readonly #options: ConnectionOptions;
  readonly #signal: AbortSignal;
  readonly #outcome: Outcome;
  readonly #watch = new AbortController();
  /** Frames that came while the session was still being made: an exchange in memory may answer within `send`. */
  readonly #early: [text: string, recvMs: Ms][] = [];
  #socket: Socket | null = null;
  #session: Session | null = null;
  #opened = false;
  #starting = false;
  #over = false;
  #heard = true;

  constructor(options: ConnectionOptions, signal: AbortSignal, outcome: Outcome) {
    this.#options = options;
    this.#signal = signal;
    this.#outcome = outcome;
  }

  start(): void {
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#guard(() => {
      const { maxBytes, openSocket, url } = this.#options;
      this.#socket = openSocket(url, this.#options.headers(), {
        maxBytes,
        onOpen: () => this.#guard(() => this.#open()),
        onMessage: (text, recvMs) => this.#guard(() => this.#message(text, recvMs)),
        onBytes: (bytes, recvMs) => this.#bytes(bytes, recvMs),
        onPing: () => {
          this.#heard = true;
        },
        onClose: (close) =>
          this.#guard(() => {
            const error = close.error ?? (close.reason || `closed with code ${close.code}`);
            this.#finish({ reason: "disconnect", status: close.status, error });
          }),
      });
      if (this.#opened) this.#begin(this.#socket);
    });
    this.#watchSilence().catch((error: unknown) => this.#fail(error));
  }

  readonly #onAbort = (): void => {
    this.#leave();
    this.#outcome.resolve(null);
  };

  #open(): void {
    this.#opened = true;
    // A socket in memory may open before `openSocket` has returned it.
    if (this.#socket !== null) this.#begin(this.#socket);
  }

  #begin(socket: Socket): void {
    if (this.#starting) return;
    this.#starting = true;
    this.#outcome.onOpened();
    const session = this.#options.open(socket, (reason) => this.#guard(() => this.#giveUp(reason)));
    this.#session = session;
    for (const [text, recvMs] of this.#early.splice(0)) session.message(text, recvMs);
  }

  #message(text: string, recvMs: Ms): void {
    this.#heard = true;
    if (this.#session === null) this.#early.push([text, recvMs]);
    else this.#session.message(text, recvMs);
  }

  /** As `#guard`, but with an answer and without a closure for each frame. */
  #bytes(bytes: Uint8Array, recvMs: Ms): boolean {
    if (this.#over) return true;
    try {
      if (this.#session?.bytes?.(bytes, recvMs) !== true) return false;
      this.#heard = true;
    } catch (error) {
      this.#over = false;
      this.#fail(error);
    }
    return true;
  }

  async #watchSilence(): Promise<void> {
    const { clock, silenceMs } = this.#options;
    let heardMs = clock.monoMs();
    while (!this.#over) {
      await clock.sleep(CHECK_MS, this.#watch.signal);
      const nowMs = clock.monoMs();
      if (this.#heard) heardMs = nowMs;
      this.#heard = false;
      this.#guard(() => {
        const silent = nowMs - heardMs >= silenceMs;
        const reason = silent ? "stall" : (this.#session?.check() ?? null);
        if (reason === null) return;
        if (silent) this.#giveUp(reason, `nothing heard for ${silenceMs / 1000} s`);
        else this.#giveUp(reason);
      });
    }
  }

  #giveUp(reason: string, error = `given up: ${reason}`): void {
    this.#finish({ reason, status: undefined, error });
  }

  #finish(end: Omit<ConnectionEnd, "opened">): void {
    this.#leave();
    this.#session?.ended(end.reason);
    this.#outcome.resolve({ ...end, opened: this.#opened });
  }

  #leave(): void {
    this.#over = true;
    this.#watch.abort();
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#socket?.close();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#leave();
    this.#outcome.reject(error);
  }

  /** A throw inside a socket's callback would take the process down unseen; here it fails the run instead. */
  #guard(action: () => void): void {
    if (this.#over) return;
    try {
      action();
    } catch (error) {
      this.#over = false;
      this.#fail(error);
    }
  }
}
