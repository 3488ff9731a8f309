import { authError, type Credentials, createCredentials, type KeyType } from "./server/auth.ts";
import { CoinbaseHub } from "./server/coinbase-hub.ts";
import { KalshiHub } from "./server/kalshi-hub.ts";
import { type Listener, type ListenOptions, listenOn } from "./server/listen.ts";
import { createRestHandler } from "./server/rest.ts";
import type {
  Connection,
  ExchangeRequest,
  ExchangeResponse,
  Peer,
  Refusal,
} from "./server/types.ts";
import type { Happening, World } from "./world.ts";

type ConnectionKind = "kalshi" | "coinbase";

interface UpgradeRequest {
  /** Path of the upgrade request, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LocalExchangeOptions {
  readonly world: World;
  /** Default Ed25519: an RSA pair takes a tenth of a second to make. */
  readonly keyType?: KeyType;
}

/** An exchange inside the process: the wire language of Kalshi and Coinbase over a `World`, whose clock it keeps. */
export interface LocalExchange {
  readonly world: World;
  readonly keyId: string;
  readonly privateKeyPem: string;
  /** Time of the next thing that will happen by itself; null when nothing more will. */
  nextMs(): number | null;
  /** Lets everything up to and including `ms` happen, each frame sent at its own time. */
  runUntil(ms: number): void;
  /** True while a recorded frame is due that nobody is subscribed to; `runUntil` stops before it. */
  readonly held: boolean;
  /** True when a recording has been served to its end. */
  readonly ended: boolean;
  /** Gives up waiting for a listener of the frame that is held now, until the recording's next connection. */
  releaseHold(): void;
  /** Kalshi and Coinbase REST by path; never touches a socket. */
  handleHttp(request: ExchangeRequest): ExchangeResponse;
  /** A WebSocket upgrade; frames go to `peer` from within `runUntil`, `receive` and nothing else. */
  connect(kind: ConnectionKind, request: UpgradeRequest, peer: Peer): Connection | Refusal;
  /** Real servers on loopback over the same handlers. */
  listen(options?: ListenOptions): Promise<Listener>;
}

/** Puts a world on the wire. */
export function createLocalExchange(options: LocalExchangeOptions): LocalExchange {
  return new Exchange(options.world, createCredentials(options.keyType ?? "ed25519"));
}

/** True for an upgrade that was refused. */
export function isRefusal(answer: Connection | Refusal): answer is Refusal {
  return "status" in answer;
}

class Exchange implements LocalExchange {
  readonly world: World;
  readonly #credentials: Credentials;
  readonly #kalshi: KalshiHub;
  readonly #coinbase: CoinbaseHub;
  readonly #rest: (request: ExchangeRequest) => ExchangeResponse;
  readonly #emit: (happening: Happening) => void;
  readonly #released = new Set<string>();
  /** Commands that arrived while the world was telling what happened. */
  readonly #inbox: (() => void)[] = [];
  #isRunning = false;
  #targetMs = Number.NEGATIVE_INFINITY;

  constructor(world: World, credentials: Credentials) {
    this.world = world;
    this.#credentials = credentials;
    this.#kalshi = new KalshiHub(world);
    this.#coinbase = new CoinbaseHub(world);
    this.#rest = createRestHandler({ world, credentials, spotTrades: this.#coinbase });
    this.#emit = (happening) => {
      if (happening.type === "disconnect") this.#released.clear();
      this.#kalshi.publish(happening);
      this.#coinbase.publish(happening);
    };
  }

  get keyId(): string {
    return this.#credentials.keyId;
  }

  get privateKeyPem(): string {
    return this.#credentials.privateKeyPem;
  }

  get ended(): boolean {
    return this.world.ended;
  }

  get held(): boolean {
    const next = this.world.nextMs();
    return next !== null && next <= this.#targetMs && this.#missingListener() !== null;
  }

  nextMs(): number | null {
    const world = this.world.nextMs();
    // After the end of a recording only keep-alives would be left, and they are nothing to wait for.
    if (world === null && this.ended) return null;
    const next = Math.min(world ?? Number.POSITIVE_INFINITY, this.#nextTimerMs());
    return Number.isFinite(next) ? next : null;
  }

  runUntil(ms: number): void {
    // A client may ask for time from inside a frame it was just sent; the outer call carries on for it.
    if (this.#isRunning) return;
    this.#targetMs = ms;
    for (;;) {
      const world = this.world.nextMs() ?? Number.POSITIVE_INFINITY;
      const timer = this.#nextTimerMs();
      const next = Math.min(world, timer);
      if (next > ms) break;
      if (world <= next && this.#missingListener() !== null) return;
      this.#step(next);
    }
    this.#step(ms);
  }

  releaseHold(): void {
    const key = this.#missingListener();
    if (key !== null) this.#released.add(key);
  }

  handleHttp(request: ExchangeRequest): ExchangeResponse {
    return this.#rest(request);
  }

  connect(kind: ConnectionKind, request: UpgradeRequest, peer: Peer): Connection | Refusal {
    if (kind === "coinbase") return this.#queued(this.#coinbase.connect(peer));
    const nowMs = this.world.nowMs();
    const body = authError(this.#credentials, { method: "GET", nowMs, ...request });
    return body === null ? this.#queued(this.#kalshi.connect(peer)) : { status: 401, body };
  }

  listen(options: ListenOptions = {}): Promise<Listener> {
    return listenOn(this, options);
  }

  #nextTimerMs(): number {
    return Math.min(this.#kalshi.nextTimerMs(), this.#coinbase.nextTimerMs());
  }

  #missingListener(): string | null {
    const awaited = this.world.awaits();
    if (awaited === null) return null;
    const key = `${awaited.channel} ${awaited.ticker}`;
    if (this.#released.has(key)) return null;
    return this.#kalshi.isHeard(awaited.channel, awaited.ticker) ? null : key;
  }

  #step(ms: number): void {
    this.#isRunning = true;
    try {
      this.world.runUntil(ms, this.#emit);
      this.#kalshi.runTimers(ms);
      this.#coinbase.runTimers(ms);
      for (let handle = this.#inbox.shift(); handle !== undefined; handle = this.#inbox.shift()) {
        handle();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  // A command answered in the middle of a step would see a book that is ahead of the deltas still to be sent.
  #queued(connection: Connection): Connection {
    return {
      receive: (text) => {
        if (this.#isRunning) this.#inbox.push(() => connection.receive(text));
        else connection.receive(text);
      },
      closed: () => connection.closed(),
    };
  }
}
