import { Rng } from "../random.ts";
import type { CommandFate, CommandName } from "../server/kalshi-fate.ts";
import type {
  Connection,
  ExchangeRequest,
  ExchangeResponse,
  HttpWire,
  Peer,
  Refusal,
} from "../server/types.ts";
import { FaultPlan, type ListedRule } from "./fault-plan.ts";
import type { FaultRule } from "./fault-rule.ts";
import { type FaultStatistics, FaultTally } from "./fault-statistics.ts";
import type { ParamsOf } from "./fault-table.ts";
import { FaultyLink } from "./faulty-link.ts";
import { HttpFaults } from "./http-faults.ts";
import { type ListenerState, StateFaults, type StateTargets } from "./state-faults.ts";

export interface FaultOptions {
  readonly rules?: readonly FaultRule[];
  readonly seed?: number;
}

interface Later {
  readonly atMs: number;
  readonly run: () => void;
}

/** Everything that goes wrong at this exchange: rules, what they strike, and what became of the frames. */
export class Faults {
  readonly #targets: StateTargets;
  readonly #plan: FaultPlan;
  readonly #rng: Rng;
  readonly #http: HttpFaults;
  readonly #state: StateFaults;
  readonly #tally = new FaultTally();
  readonly #links = new Set<FaultyLink>();
  readonly #later: Later[] = [];
  #connections = 0;

  constructor(
    targets: StateTargets,
    venueOf: (path: string) => string,
    options: FaultOptions = {},
  ) {
    const { rules = [], seed = 1 } = options;
    this.#targets = targets;
    this.#plan = new FaultPlan(seed);
    this.#rng = new Rng(seed, "faults");
    const plan = this.#plan;
    const nowMs = (): number => targets.world.nowMs();
    const at = (ms: number, run: () => void): void => this.#at(ms, run);
    this.#state = new StateFaults({ targets, rng: this.#rng.split("state"), at });
    const skewMs = (): number => this.skewMs;
    this.#http = new HttpFaults({ plan, rng: this.#rng.split("http"), nowMs, skewMs, venueOf, at });
    this.add(rules);
  }

  /** How far the exchange's clock is off at present. */
  get skewMs(): number {
    return this.#state.skewMs;
  }

  get listener(): ListenerState {
    return this.#state.listener;
  }

  /** Tells whenever new TCP connections are to be treated otherwise than before. */
  onListener(tell: (state: ListenerState) => void): void {
    this.#state.onListener.push(tell);
  }

  /** Adds rules, whose times count from now, and gives their ids. */
  add(rules: readonly FaultRule[]): readonly number[] {
    return rules.map((rule) => this.#plan.add(rule, this.#targets.world.nowMs()));
  }

  /** Takes one rule away, or all; false when there is none of that id. What has begun ends at its own time. */
  remove(id: number | null): boolean {
    return this.#plan.remove(id);
  }

  list(): readonly ListedRule[] {
    return this.#plan.list();
  }

  statistics(): FaultStatistics {
    return this.#tally.read();
  }

  /** Carries out a request through `real` and answers it on the wire, as well as the faults allow. */
  http(
    request: ExchangeRequest,
    real: (request: ExchangeRequest) => ExchangeResponse,
    wire: HttpWire,
  ): void {
    this.#http.serve(request, real, wire);
  }

  /** Opens a connection with the faults between it and the client's end. */
  connect(
    venue: string,
    peer: Peer,
    open: (peer: Peer) => Connection | Refusal,
  ): Connection | Refusal {
    const nowMs = this.#targets.world.nowMs();
    const connection = this.#connections + 1;
    const [refused] = this.#plan.take("upgrade", { venue, connection }, nowMs);
    if (refused !== undefined) return refusal(refused.params);
    const counts = this.#tally.open(connection, venue, nowMs);
    this.#connections = connection;
    const link = new FaultyLink({
      plan: this.#plan,
      peer,
      counts,
      rng: this.#rng.split(`link/${connection}`),
      nowMs: () => this.#targets.world.nowMs(),
      skewMs: () => this.skewMs,
    });
    const opened = open(link);
    if ("status" in opened) return opened;
    const attached = link.attach(opened);
    this.#links.add(link);
    return {
      ...attached,
      closed: () => {
        attached.closed();
        this.#links.delete(link);
      },
    };
  }

  /** What becomes of a command of a Kalshi client that is about to run. */
  fate({ cmd, channels, atMs }: CommandName): CommandFate {
    if (!this.#plan.has("order")) return "run";
    const subject = { venue: "kalshi", cmd, channel: channels[0] ?? "" };
    const [strike] = this.#plan.take("order", subject, atMs);
    if (strike === undefined) return "run";
    return strike.fault === "command_late" ? { delayMs: strike.params.ms } : "interleave";
  }

  nextTimerMs(): number {
    let next = Math.min(this.#plan.nextTimerMs(), this.#later[0]?.atMs ?? Number.POSITIVE_INFINITY);
    for (const link of this.#links) next = Math.min(next, link.nextMs);
    return next;
  }

  runTimers(nowMs: number): void {
    if (this.nextTimerMs() > nowMs) return;
    for (const { strike } of this.#plan.takeDue("state", nowMs)) this.#state.strike(strike);
    for (const { strike, matches } of this.#plan.takeDue("connection", nowMs)) {
      for (const link of this.#links) if (matches(link.subject)) link.strike(strike);
    }
    for (const link of this.#links) {
      link.runTimers(nowMs);
      if (link.isOver) this.#links.delete(link);
    }
    for (;;) {
      const first = this.#later[0];
      if (first === undefined || first.atMs > nowMs) break;
      this.#later.shift();
      first.run();
    }
  }

  #at(ms: number, run: () => void): void {
    if (ms <= this.#targets.world.nowMs()) {
      run();
      return;
    }
    const at = this.#later.findIndex(({ atMs }) => atMs > ms);
    if (at < 0) this.#later.push({ atMs: ms, run });
    else this.#later.splice(at, 0, { atMs: ms, run });
  }
}

const KEY_GONE =
  '{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}';

function refusal({ status, location }: ParamsOf<"upgrade_refused">): Refusal {
  const body = status === 401 ? KEY_GONE : "";
  return location === "" ? { status, body } : { status, body, location };
}
