import { KalshiHub, type KalshiHubOptions } from "../../../../src/exchange/server/kalshi-hub.ts";
import type { ConnectOptions } from "../../../../src/exchange/server/kalshi-session.ts";
import type { Peer } from "../../../../src/exchange/server/types.ts";
import { ExchangeLedger } from "../../../../src/exchange/trading/ledger.ts";
import type { World } from "../../../../src/exchange/world.ts";
import { type TinyStep, TinyWorld } from "../../../support/tiny-world.ts";

/** A frame of the Kalshi socket; the fields of `msg` that tests look into are named. */
export interface HubFrame {
  readonly type: string;
  readonly id?: number;
  readonly sid?: number;
  readonly seq?: number;
  readonly sending_ts_ms?: number;
  readonly msg: Readonly<Record<string, unknown>> & {
    readonly yes_dollars_fp?: readonly unknown[];
    readonly no_dollars_fp?: readonly unknown[];
    readonly data?: string;
  };
}

export type RigOptions = Omit<KalshiHubOptions, "world"> & {
  readonly steps?: readonly TinyStep[];
  readonly world?: World;
};

/** The hub with the clock of a hand-written world, and nothing else of the exchange. */
export class HubRig {
  readonly world: World;
  readonly hub: KalshiHub;
  readonly ledger = new ExchangeLedger();

  constructor(options: RigOptions = {}) {
    const { steps = [], world, ...rest } = options;
    this.world = world ?? new TinyWorld({ steps });
    // Most tests compare whole frames; the time of sending has tests of its own.
    this.hub = new KalshiHub({
      hasSendingTime: false,
      ledger: this.ledger,
      ...rest,
      world: this.world,
    });
  }

  /** As the exchange moves: happenings and timers at their own times, in order. */
  runUntil(ms: number): void {
    for (;;) {
      const next = Math.min(this.world.nextMs() ?? Infinity, this.hub.nextTimerMs());
      if (next > ms) break;
      this.#step(next);
    }
    this.#step(ms);
  }

  #step(ms: number): void {
    this.world.runUntil(ms, (happening) => this.hub.publish(happening));
    this.hub.runTimers(ms);
  }

  socket(options: ConnectOptions & { peer?: Partial<Peer> } = {}): HubSocket {
    return new HubSocket(this.hub, options);
  }
}

/** A client in memory that notes what it gets. */
export class HubSocket {
  readonly texts: string[] = [];
  readonly pings: string[] = [];
  closeCode: number | null = null;
  bufferedBytes = 0;
  readonly #connection;

  constructor(hub: KalshiHub, options: ConnectOptions & { peer?: Partial<Peer> }) {
    const connection = hub.connect(
      {
        send: (text) => {
          this.texts.push(text);
        },
        close: (code) => {
          this.closeCode = code;
        },
        buffered: () => this.bufferedBytes,
        ping: (payload) => {
          this.pings.push(payload);
        },
        ...options.peer,
      },
      options,
    );
    if ("status" in connection) throw new Error(`refused with ${connection.status}`);
    this.#connection = connection;
  }

  get frames(): HubFrame[] {
    return this.texts.map((text) => JSON.parse(text));
  }

  /** Frames since the last `take`, which empties the list. */
  take(): HubFrame[] {
    const { frames } = this;
    this.texts.length = 0;
    return frames;
  }

  say(message: unknown): void {
    this.#connection.receive(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(id: number, channels: readonly string[], params: Record<string, unknown> = {}): void {
    this.say({ id, cmd: "subscribe", params: { channels, ...params } });
  }

  update(id: number, params: Record<string, unknown>): void {
    this.say({ id, cmd: "update_subscription", params });
  }

  hangUp(): void {
    this.#connection.closed();
  }
}

export function seqs(frames: readonly HubFrame[]): (number | undefined)[] {
  return frames.map(({ seq }) => seq);
}

/** Error codes among the frames, in order. */
export function codes(frames: readonly HubFrame[]): unknown[] {
  return frames.filter(({ type }) => type === "error").map(({ msg }) => msg["code"]);
}
