import type { ChannelRule } from "./channels.ts";
import { SecondCounter } from "./kalshi-limits.ts";
import type { RecordedChannel } from "./kalshi-recorded.ts";
import type { ChannelTally } from "./kalshi-statistics.ts";
import type { KalshiWire } from "./kalshi-wire.ts";

export interface SubscriptionParts {
  readonly channel: string;
  readonly rule: ChannelRule;
  readonly sid: number;
  readonly usesYesPrice: boolean;
  readonly wire: KalshiWire;
  readonly recorded: RecordedChannel;
  readonly updatesPerSecond: number;
  /** Ends the subscription of a client that has stopped reading. */
  readonly onOverflow: (subscription: Subscription) => void;
}

/** One subscription of one connection: every market of a channel shares its id and its sequence (kalshi.md §3.3). */
export class Subscription {
  readonly channel: string;
  readonly rule: ChannelRule;
  readonly sid: number;
  readonly usesYesPrice: boolean;
  /** Market tickers or index ids. */
  readonly targets = new Set<string>();
  /** Ids of the markets that were named by id; they are in `targets` by ticker too. */
  readonly marketIds = new Set<string>();
  readonly commands: SecondCounter;
  /** Everything is delivered: no market was named where none must be, or every index was asked for. */
  wantsAll = false;
  /** Sequence numbers this connection is ahead of the recording, or of zero where nothing is recorded. */
  offset = 0;
  isOpen = true;
  readonly #wire: KalshiWire;
  readonly #recorded: RecordedChannel;
  readonly #tally: ChannelTally;
  readonly #onOverflow: (subscription: Subscription) => void;

  constructor(parts: SubscriptionParts) {
    this.channel = parts.channel;
    this.rule = parts.rule;
    this.sid = parts.sid;
    this.usesYesPrice = parts.usesYesPrice;
    this.commands = new SecondCounter(parts.updatesPerSecond);
    this.#wire = parts.wire;
    this.#recorded = parts.recorded;
    this.#tally = parts.wire.tally.channel(parts.channel);
    this.#onOverflow = parts.onOverflow;
  }

  /** True when frames about this market or index are delivered. */
  wants(target: string): boolean {
    return this.wantsAll || this.targets.has(target);
  }

  nextSeq(): number {
    return this.#recorded.lastSeq + ++this.offset;
  }

  /** `,"seq":N` with the next number, or empty on a channel without numbers. */
  seqField(): string {
    return this.rule.hasSeq ? `,"seq":${this.nextSeq()}` : "";
  }

  /** Sends one data frame around a finished body; `idField` names the command that asked for it. */
  send(type: string, body: string, idField = ""): boolean {
    if (!this.#mayWrite()) return false;
    const head = `{"type":"${type}"${idField},"sid":${this.sid}${this.seqField()},"msg":`;
    this.#tally.sent(type);
    this.#wire.send(head + body + this.#wire.end.text());
    return true;
  }

  /** Sends one recorded frame as it is. */
  sendRecorded(type: string, text: string): void {
    if (!this.#mayWrite()) return;
    this.#tally.sent(type);
    this.#wire.send(text);
  }

  #mayWrite(): boolean {
    if (!this.isOpen) return false;
    if (!this.#wire.isFull()) return true;
    this.#tally.dropped++;
    this.#onOverflow(this);
    return false;
  }
}

/** Who listens to a channel, over all connections. */
export class Subscribers {
  readonly #lists = new Map<string, readonly Subscription[]>();

  /** A list that never changes: a client may subscribe or leave while it is being told something. */
  of(channel: string): readonly Subscription[] {
    return this.#lists.get(channel) ?? NONE;
  }

  add(subscription: Subscription): void {
    const { channel } = subscription;
    this.#lists.set(channel, [...this.of(channel), subscription]);
  }

  remove(subscription: Subscription): void {
    const { channel } = subscription;
    this.#lists.set(
      channel,
      this.of(channel).filter((each) => each !== subscription),
    );
  }

  hears(channel: string, target: string): boolean {
    return this.of(channel).some((subscription) => subscription.wants(target));
  }
}

const NONE: readonly Subscription[] = [];
