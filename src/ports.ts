import type { MarketEvent, VenueEvent } from "./core/events.ts";
import type { Approved, Order } from "./core/orders.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  PessimisticLeg,
  PositionRecord,
  RiskRecord,
  Ruling,
} from "./core/records.ts";
import type { Ms } from "./core/units.ts";

/** Time of a run: the system's, or the local exchange's. */
export interface Clock {
  /** Epoch milliseconds UTC. */
  nowMs(): Ms;
  /** Milliseconds that only grow, for ages and deadlines. */
  monoMs(): Ms;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: Ms, signal: AbortSignal): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A longer answer is refused; never more than the client's own limit. */
  readonly maxBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Never retries, never follows a redirect. Rejects with a `network` KbtError when no complete answer arrived. */
export interface HttpClient {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export interface SocketHandlers {
  /** Longest frame that is taken; a longer one closes the socket. Left out, room for the whole book of a spot venue. */
  readonly maxBytes?: number | undefined;
  onOpen(): void;
  /** `recvMs` is stamped before anything else looks at the frame. */
  onMessage(text: string, recvMs: Ms): void;
  /**
   * The same frame before it is made text, offered first to whoever reads bytes; false hands it on to `onMessage`. The
   * bytes are valid during the call only. Optional for both ends.
   */
  onBytes?(bytes: Uint8Array, recvMs: Ms): boolean;
  /** A WebSocket ping arrived: the connection lives although no data flows. Optional for both ends. */
  onPing?(): void;
  /** Called exactly once, also when the connection was never opened. `status` is the HTTP status of a refused upgrade. */
  onClose(close: { code: number; reason: string; status?: number; error?: string }): void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

/** Opens a text WebSocket: over the network, or in memory when exchange and command run in lockstep. */
export type OpenSocket = (
  url: string,
  headers: Readonly<Record<string, string>>,
  handlers: SocketHandlers,
) => Socket;

export type Sink = (event: MarketEvent) => void;

/** Counts of one feed. Observations, not frames: a frame may carry several trades. */
export interface FeedStats {
  /** Frames that arrived, of any kind. */
  frames: number;
  /** Observations that arrived, duplicates and rejected ones included. */
  received: number;
  /** Observations handed on as events. */
  emitted: number;
  /** Observations refused, by stable reason. */
  rejected: Map<string, number>;
  /** Messages of types this version does not know, by type. */
  unknown: Map<string, number>;
  /** Acknowledgements, heartbeats and the like. */
  control: number;
  connects: number;
  gaps: number;
  /** Receive time of the newest frame of any kind. */
  lastFrameMs: Ms | null;
}

/** A source of events that keeps itself connected until the signal aborts. */
export interface Feed {
  readonly name: string;
  readonly stats: FeedStats;
  /** What it is doing now, for people: "connected, 3 markets", "waiting for the next market". */
  status(): string;
  /** Resolves when aborted; rejects only for what retrying cannot mend (bad key, first connection impossible). */
  run(sink: Sink, signal: AbortSignal): Promise<void>;
}

/** Where approved orders go. Answers come back as events through `advance`, in the order of their times. */
export interface Venue {
  submit(order: Approved<Order>, nowMs: Ms): void;
  /** Asks for the end of an order; without an answer when it is gone by the time that the venue hears of it. */
  cancel(orderId: string, nowMs: Ms): void;
  /** Tells a simulated venue what the market did, before the engine sees it. */
  observe(event: MarketEvent): void;
  /** Tells one that keeps an account of its own what the engine's account was settled by. */
  settled?(ruling: Ruling): void;
  /** Everything that became known up to `nowMs`; called before each event is applied. */
  advance(nowMs: Ms): readonly VenueEvent[];
  /** Time at which `advance` has something to say next; null when nothing is under way. */
  nextMs(): Ms | null;
  /** Nothing is on its way there or back; what rests may wait for long. */
  isQuiet(): boolean;
  /** Ends what is still under way, so that no order outlives its run. */
  cancelAll(nowMs: Ms): readonly VenueEvent[];
}

/** What became of everything one feed heard. */
export interface FeedAccount {
  readonly feed: string;
  readonly stats: FeedStats;
  /** Observations that are on file. */
  readonly stored: number;
}

/** Appends to the run's record. Market events are batched; orders, fills and ledger rows are committed before return. */
export interface Recorder {
  readonly runId: number;
  /** `feed` names the feed that it came from, for the accounts; null for what no feed sent. */
  event(event: MarketEvent, feed?: string | null): void;
  opportunity(row: Opportunity): void;
  order(row: OrderRecord): void;
  orderEvent(row: OrderEventRecord): void;
  fill(row: FillRecord): void;
  ledger(row: LedgerRecord): void;
  pessimistic(leg: PessimisticLeg): void;
  position(row: PositionRecord): void;
  risk(row: RiskRecord): void;
  /** What is told while `rows` runs is committed as one: a fill never without its leg of the ledger. */
  together(rows: () => void): void;
  /** When the run let go of what was under way: its last decisions came after its last input. */
  finished(atMs: Ms): void;
  /** Commits what is batched, or hands it to who does; throws what has gone wrong since it was last called. */
  flush(): void;
  /** Resolves when everything is committed; rejects with what is in the way. */
  drain(): Promise<void>;
  /** Rows stored by this run, by contract table name. */
  counts(): ReadonlyMap<string, number>;
  /** Observations of each feed that are stored, repeats of a public trade included. */
  stored(): ReadonlyMap<string, number>;
  /** Flushes, writes the accounts of the feeds, stamps the run's end and closes. Idempotent. */
  close(exitCode: number, feeds?: readonly Feed[]): Promise<void>;
}

/** The local exchange as the program drives it: virtual time moves only when told to. */
export interface Simulation {
  /** Time of the next thing that will happen by itself; null when nothing more will. */
  nextMs(): Ms | null;
  /** Lets everything up to and including this time happen, in order. */
  runUntil(ms: Ms): void;
  /** True while virtual time must not move, because a recording waits for its listener. */
  readonly held: boolean;
  /** True when a recording has been served to its end. */
  readonly ended: boolean;
}
