import { type FaultOptions, Faults } from "./faults/faults.ts";
import { type Credentials, type KeyOptions, KeyRing } from "./server/access.ts";
import { type LimitOptions, RateLimits } from "./server/buckets.ts";
import { createGate } from "./server/gate.ts";
import { KalshiHub } from "./server/kalshi-hub.ts";
import { kalshiRoutes } from "./server/kalshi-routes.ts";
import type { HubStatistics } from "./server/kalshi-statistics.ts";
import { type Listener, type ListenOptions, listenOn } from "./server/listen.ts";
import { Outbox } from "./server/outbox.ts";
import { type RecordOptions, Records } from "./server/records.ts";
import { createRestHandler } from "./server/rest.ts";
import type {
  Connection,
  ExchangeRequest,
  ExchangeResponse,
  HttpWire,
  Peer,
  Refusal,
} from "./server/types.ts";
import { type SpotVenueName, SpotVenues, spotVenueOf } from "./spot/registry.ts";
import { LaggedView, type ReadLag } from "./trading/account-view.ts";
import { createDesk } from "./trading/desk.ts";
import { ExchangeLedger } from "./trading/ledger.ts";
import { Transfers } from "./trading/transfers.ts";
import { type AccountEvent, type Desk, type DeskOptions, isAccountEvent } from "./trading/types.ts";
import type { Happening, World } from "./world.ts";

/** Policy violation: how a socket ends whose key was revoked. */
const KEY_REVOKED = 1008;

type ConnectionKind = "kalshi" | SpotVenueName;

interface UpgradeRequest {
  /** Path of the upgrade request, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LocalExchangeOptions
  extends KeyOptions,
    RecordOptions,
    Pick<DeskOptions, "cash" | "hasWeeklyPause"> {
  readonly world: World;
  /** How far reads of the account lag behind it. */
  readonly readLag?: ReadLag;
  /** Rate limits of the account and of unsigned callers; those of the basic tier when left out. */
  readonly limits?: LimitOptions;
  /** What goes wrong from the start; more can be added at any time. */
  readonly faults?: FaultOptions;
  /** Clock that signatures are checked against; the world's own when left out. */
  readonly signingMs?: () => number;
}

/** An exchange inside the process: the wire language of Kalshi and Coinbase over a `World`, whose clock it keeps. */
export interface LocalExchange {
  readonly world: World;
  /** The spot venues, whose faults can be set while they run. */
  readonly spot: SpotVenues;
  /** What goes wrong, and what became of the frames it struck. */
  readonly faults: Faults;
  readonly keyId: string;
  readonly privateKeyPem: string;
  /** More keys for the same account, and the end of any of them. */
  readonly keys: KeyRing;
  /** What is announced: fee changes, maintenance, the state of the status endpoint. */
  readonly records: Records;
  /** What was refused and which rules were broken. */
  readonly ledger: ExchangeLedger;
  /** The account as it is, its orders and its money. */
  readonly desk: Desk;
  /** The account as reads show it, a little late. */
  readonly view: LaggedView;
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
  /** Kalshi frames handed to sockets, by connection, channel and message type. */
  statistics(): HubStatistics;
  /** REST of Kalshi and of every spot venue by path; the answer goes to `wire`, as whole and as soon as faults allow. */
  serveHttp(request: ExchangeRequest, wire: HttpWire): void;
  /** The same for callers that need the answer at once; throws when a fault withholds it. */
  handleHttp(request: ExchangeRequest): ExchangeResponse;
  /** A WebSocket upgrade; frames go to `peer` from within `runUntil`, `receive` and nothing else. */
  connect(kind: ConnectionKind, request: UpgradeRequest, peer: Peer): Connection | Refusal;
  /** Real servers on loopback over the same handlers. */
  listen(options?: ListenOptions): Promise<Listener>;
}

/** Puts a world on the wire. */
export function createLocalExchange(options: LocalExchangeOptions): LocalExchange {
  return new Exchange(options);
}

/** True for an upgrade that was refused. */
export function isRefusal(answer: Connection | Refusal): answer is Refusal {
  return "status" in answer;
}

class Exchange implements LocalExchange {
  readonly world: World;
  readonly keys = new KeyRing();
  readonly ledger = new ExchangeLedger();
  readonly records: Records;
  readonly #credentials: Credentials;
  readonly desk: Desk;
  readonly view: LaggedView;
  readonly #transfers: Transfers;
  readonly #kalshi: KalshiHub;
  readonly #outbox = new Outbox<Happening | AccountEvent>((item) => this.#tell(item));
  readonly spot: SpotVenues;
  readonly faults: Faults;
  readonly #rest: (request: ExchangeRequest) => ExchangeResponse;
  readonly #emit: (happening: Happening) => void;
  readonly #released = new Set<string>();
  /** Commands that arrived while the world was telling what happened. */
  readonly #inbox: (() => void)[] = [];
  readonly #clockMs: (() => number) | undefined;
  #isRunning = false;
  #targetMs = Number.NEGATIVE_INFINITY;

  constructor(options: LocalExchangeOptions) {
    const { world } = options;
    this.world = world;
    this.#clockMs = options.signingMs;
    this.records = new Records(world, options);
    this.#credentials = this.keys.add(options);
    this.spot = new SpotVenues(world);
    const { ledger, keys } = this;
    this.desk = createDesk(world, {
      feeOf: (market) => this.records.feeOf(market),
      ...options,
      emit: (happening) => this.#publish(happening),
      onEvent: (event) => {
        this.view.observe(event);
        ledger.observe(event);
        this.#outbox.put(event);
      },
    });
    this.view = new LaggedView({
      seed: world.startMs,
      balances: this.desk.balances(),
      ...(options.readLag === undefined ? {} : { lag: options.readLag }),
    });
    this.#transfers = new Transfers(this.desk);
    this.#kalshi = new KalshiHub({
      world,
      ledger,
      order: (orderId) => this.desk.order(orderId),
      decideFate: (command) => this.faults.fate(command),
    });
    const limits = new RateLimits(options.limits);
    this.#rest = createRestHandler(
      { world, desk: this.desk, view: this.view, ledger },
      kalshiRoutes(this.records, limits, this.#transfers),
      createGate({ keys, limits, signingMs: () => this.#signingMs() }),
    );
    this.faults = new Faults(
      {
        world,
        setShard: (state) => this.desk.setShard(state),
        revokeKey: (closeSockets) => keys.revoke(this.keyId, { closeSockets }),
        setSpot: (venue, changes) => this.spot.faults(venue, changes),
      },
      (path) => spotVenueOf(path) ?? "kalshi",
      options.faults,
    );
    this.#emit = (happening) => {
      if (happening.type === "disconnect") this.#released.clear();
      this.#publish(happening);
      this.desk.observe(happening);
    };
  }

  #publish(happening: Happening): void {
    this.records.observe(happening);
    this.#outbox.put(happening);
  }

  #tell(item: Happening | AccountEvent): void {
    if (isAccountEvent(item)) this.#kalshi.account(item);
    else {
      this.#kalshi.publish(item);
      this.spot.publish(item);
    }
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
    if (!this.#outbox.isEmpty) return this.world.nowMs();
    const world = this.world.nextMs();
    // After the end of a recording only keep-alives would be left, and they are nothing to wait for.
    if (world === null && this.ended) return null;
    const next = Math.min(world ?? Number.POSITIVE_INFINITY, this.#nextTimerMs());
    return Number.isFinite(next) ? next : null;
  }

  runUntil(ms: number): void {
    // A client may ask for time from inside a frame it was just sent; the outer call carries on for it.
    if (this.#isRunning) return;
    this.#outbox.flush();
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

  readonly #answer = (request: ExchangeRequest): ExchangeResponse =>
    this.spot.handleHttp(request) ?? this.#outbox.answer(() => this.#rest(request));

  serveHttp(request: ExchangeRequest, wire: HttpWire): void {
    this.faults.http(request, this.#answer, wire);
  }

  handleHttp(request: ExchangeRequest): ExchangeResponse {
    return answeredAtOnce((wire) => this.serveHttp(request, wire));
  }

  connect(kind: ConnectionKind, request: UpgradeRequest, peer: Peer): Connection | Refusal {
    return this.faults.connect(kind, peer, (end) => this.#connect(kind, request, end));
  }

  #connect(kind: ConnectionKind, request: UpgradeRequest, peer: Peer): Connection | Refusal {
    if (kind !== "kalshi") {
      const spot = this.spot.connect(kind, request.path, peer);
      return isRefusal(spot) ? spot : this.#queued(spot);
    }
    const nowMs = this.world.nowMs();
    const signed = { method: "GET", nowMs: this.#signingMs(), ...request };
    const key = this.keys.check(signed, "read");
    if ("body" in key) {
      this.ledger.violation(key.rule, `GET ${request.path}`, nowMs);
      return key;
    }
    const isAuthorized = (): boolean => this.keys.has(key.keyId);
    const connection = this.#kalshi.connect(peer, { isAuthorized });
    if (isRefusal(connection)) return connection;
    const release = this.keys.attach(key.keyId, () => {
      peer.close(KEY_REVOKED, "api key revoked");
      connection.closed();
    });
    return this.#queued({
      receive: (text) => connection.receive(text),
      closed: () => {
        release();
        connection.closed();
      },
    });
  }

  statistics(): HubStatistics {
    return this.#kalshi.statistics();
  }

  listen(options: ListenOptions = {}): Promise<Listener> {
    return listenOn(
      {
        serveHttp: (request, wire) => {
          this.serveHttp(request, wire);
          // The answer is with its socket, so the rest of the world may hear of it.
          this.#outbox.flush();
        },
        connect: (kind, request, peer) => this.connect(kind, request, peer),
        onListener: (tell) => this.faults.onListener(tell),
      },
      options,
    );
  }

  #signingMs(): number {
    return (this.#clockMs ?? (() => this.world.nowMs()))() + this.faults.skewMs;
  }

  #nextTimerMs(): number {
    return Math.min(
      this.#kalshi.nextTimerMs(),
      this.records.nextTimerMs(),
      this.spot.nextTimerMs(),
      this.desk.nextTimerMs(),
      this.#transfers.nextTimerMs(),
      this.faults.nextTimerMs(),
    );
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
      this.desk.runTimers(ms);
      this.records.runTimers(ms, (happening) => this.#publish(happening));
      this.#transfers.runTimers(ms);
      // A late command must not be answered with a book that is ahead of what was told.
      this.#outbox.flush();
      this.#kalshi.runTimers(ms);
      this.spot.runTimers(ms);
      this.faults.runTimers(ms);
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
        const receive = (): void => {
          // A snapshot already holds what requests have changed, so that is told first.
          this.#outbox.flush();
          connection.receive(text);
        };
        if (this.#isRunning) this.#inbox.push(receive);
        else receive();
      },
      control: (kind) => connection.control?.(kind),
      closed: () => connection.closed(),
    };
  }
}

/** The answer a handler gives before it returns. */
function answeredAtOnce(serve: (wire: HttpWire) => void): ExchangeResponse {
  let head: ExchangeResponse | undefined;
  let body = "";
  let isWhole = false;
  serve({
    head: (response) => {
      head = response;
    },
    part: (text) => {
      body += text;
    },
    end: () => {
      isWhole = true;
    },
    reset: () => {},
  });
  if (head === undefined || !isWhole) throw new Error("a fault withholds the answer");
  return { ...head, body };
}
