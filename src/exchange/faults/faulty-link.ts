import type { Buffer } from "node:buffer";
import type { Rng } from "../random.ts";
import { errorText } from "../server/kalshi-errors.ts";
import type { Connection, Peer } from "../server/types.ts";
import { commandFacts } from "./command-facts.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { StrikeOf, Subject } from "./fault-rule.ts";
import {
  type ConnectionCounts,
  channelCounts,
  noteDelivered,
  noteWithheld,
} from "./fault-statistics.ts";
import type { ParamsOf } from "./fault-table.ts";
import {
  type FrameFacts,
  kalshiFrame,
  spotFrame,
  tickerIn,
  withSeq,
  withSkew,
} from "./frame-facts.ts";
import { applyStrike, type Course } from "./frame-strikes.ts";
import { SendQueue } from "./send-queue.ts";

export interface LinkParts {
  readonly plan: FaultPlan;
  readonly peer: Peer;
  readonly counts: ConnectionCounts;
  readonly rng: Rng;
  readonly nowMs: () => number;
  /** How far the exchange's clock is off. */
  readonly skewMs: () => number;
}

interface Parcel {
  readonly frame: FrameFacts;
  readonly payload: string | Buffer;
  /** Not the frame itself but a copy, or something that was made up. */
  readonly isExtra: boolean;
  readonly isAltered: boolean;
}

const ABNORMAL = 1006;

/** The exchange's end of one connection, on which faults act: every frame passes through here on its way to the client. */
export class FaultyLink implements Peer {
  readonly #parts: LinkParts;
  readonly #queue: SendQueue<Parcel>;
  readonly #held: { parcel: Parcel; left: number; delayMs: number }[] = [];
  /** What is taken off the numbers of a sid. */
  readonly #shift = new Map<number, number>();
  /** Sids, and markets of sids, that say nothing until then. */
  readonly #mutedUntil = new Map<string, number>();
  readonly #swallowedIds = new Map<number, string>();
  readonly ping?: (payload: string) => void;
  readonly sendPieces?: (text: string, pieces: number) => void;
  #connection: Connection | null = null;
  /** Something of an earlier fault is still in effect, whatever the plan says now. */
  #isTouched = false;
  #isFrozen = false;
  #isOver = false;
  #nextOwnId = 9_000_000_000;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#queue = new SendQueue(parts.rng);
    const { peer, plan } = parts;
    // Only what the client's end can do: the exchange asks by whether it is there.
    if (peer.ping !== undefined) {
      this.ping = (payload) => {
        if (!this.#isFrozen && !this.#isOver) peer.ping?.(payload);
      };
    }
    if (peer.sendPieces !== undefined) {
      this.sendPieces = (text, pieces) => {
        if (this.#isTouched || !plan.isEmpty) this.send(text);
        else peer.sendPieces?.(text, pieces);
      };
    }
  }

  /** The exchange's side of the connection, once it was accepted. */
  attach(connection: Connection): Connection {
    this.#connection = connection;
    return {
      ...connection,
      receive: (text) => this.#receive(text),
      closed: () => this.#end("client"),
    };
  }

  get nextMs(): number {
    return this.#queue.nextMs;
  }

  runTimers(nowMs: number): void {
    for (const parcel of this.#queue.takeDue(nowMs)) {
      this.#parts.counts.waiting--;
      this.#write(parcel);
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get subject(): Subject {
    const { venue, connection } = this.#parts.counts;
    return { venue, connection };
  }

  // Peer

  send(text: string): void {
    if (this.#isOver) return;
    if (!this.#isTouched && this.#parts.plan.isEmpty && this.#parts.skewMs() === 0) {
      this.#parts.peer.send(text);
      return;
    }
    this.#take(text);
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return;
    // The client of a half-open connection hears of nothing.
    if (!this.#isFrozen) this.#parts.peer.close(code, reason);
    this.#end("exchange");
  }

  buffered(): number {
    return this.#parts.peer.buffered() + this.#queue.bytes;
  }

  // Faults of the connection

  strike(strike: StrikeOf<"connection">): void {
    if (this.#isOver) return;
    this.#isTouched = true;
    switch (strike.fault) {
      case "connection_closed":
        this.#cut(strike.params.code, strike.params.reason);
        break;
      case "connection_reset":
        this.#cut(ABNORMAL, "");
        break;
      case "half_open":
        this.#isFrozen = true;
        this.#parts.peer.freeze?.();
        this.#loseWaiting("half_open");
        break;
      case "link_slow":
        this.#slow(strike.params);
        break;
    }
  }

  #slow(params: ParamsOf<"link_slow">): void {
    const { latency_ms, jitter_ms, bytes_per_s, for_ms } = params;
    this.#queue.slowness = {
      latencyMs: latency_ms,
      jitterMs: jitter_ms,
      bytesPerS: bytes_per_s,
      untilMs: for_ms === 0 ? Number.POSITIVE_INFINITY : this.#parts.nowMs() + for_ms,
    };
  }

  #cut(code: number, reason: string): void {
    const { peer } = this.#parts;
    const connection = this.#connection;
    this.#end("fault");
    if (code !== ABNORMAL) peer.close(code, reason);
    else if (peer.reset === undefined) peer.close(code, reason);
    else peer.reset();
    connection?.closed();
  }

  #end(by: "client" | "exchange" | "fault"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { counts } = this.#parts;
    this.#loseWaiting(`ended by ${by}`);
    counts.endedMs = this.#parts.nowMs();
    counts.endedBy = by;
    if (by === "client") this.#connection?.closed();
  }

  #loseWaiting(by: string): void {
    const { counts } = this.#parts;
    const held = this.#held.splice(0).map(({ parcel }) => parcel);
    counts.waiting -= this.#queue.length + held.length;
    for (const { frame, isExtra } of [...this.#queue.takeAll(), ...held]) {
      if (!isExtra) this.#withhold(frame, by);
    }
  }

  // Commands of the client

  #receive(text: string): void {
    if (this.#isFrozen || this.#isOver) return;
    const { plan, nowMs } = this.#parts;
    if (!plan.has("command")) {
      this.#connection?.receive(text);
      return;
    }
    const { id, ...facts } = commandFacts(text);
    let isLost = false;
    for (const strike of plan.take("command", { ...this.subject, ...facts }, nowMs())) {
      if (strike.fault === "command_refused") {
        isLost = true;
        const { code, message } = strike.params;
        const idField = id === null ? "" : `,"id":${id}`;
        this.#make(`{"type":"error"${idField},"msg":{"code":${code},"msg":"${message}"}}\n`);
      } else if (!strike.params.after) isLost = true;
      else if (id !== null) this.#swallowedIds.set(id, "command_lost");
    }
    if (!isLost) this.#connection?.receive(text);
  }

  /** Sends a frame that the exchange never made. */
  #make(text: string): void {
    this.#isTouched = true;
    const frame = { text, type: "error", channel: "control", sid: null, seq: null, id: null };
    this.#dispatch({ frame, payload: text, isExtra: true, isAltered: false }, 0);
  }

  // Frames

  #take(text: string): void {
    const { plan, nowMs } = this.#parts;
    const frame = this.#read(text);
    // What goes nowhere cannot be struck any more.
    const isStruck = !this.#isFrozen && (plan.has("frame") || plan.has("connection"));
    const subject = isStruck ? this.#subjectOf(frame) : null;
    const strikes = subject === null ? [] : plan.take("frame", subject, nowMs());
    for (const strike of strikes) this.#prepare(strike, frame);
    if (this.#isMuted(frame)) this.#mute(frame);
    else this.#send(this.#renumbered(frame), strikes);
    if (subject === null) return;
    for (const strike of plan.take("connection", subject, nowMs())) this.strike(strike);
  }

  #read(text: string): FrameFacts {
    const { counts, skewMs } = this.#parts;
    const byMs = skewMs();
    const shown = byMs === 0 ? text : withSkew(text, byMs);
    return counts.venue === "kalshi" ? kalshiFrame(shown) : spotFrame(shown);
  }

  #mute({ channel, sid, seq }: FrameFacts): void {
    channelCounts(this.#parts.counts, channel).muted++;
    if (sid !== null && seq !== null) this.#shift.set(sid, (this.#shift.get(sid) ?? 0) + 1);
  }

  #send(frame: FrameFacts, strikes: readonly StrikeOf<"frame">[]): void {
    channelCounts(this.#parts.counts, frame.channel).sent++;
    if (this.#isFrozen) this.#withhold(frame, "half_open");
    else if (!this.#isSwallowed(frame)) this.#pass(frame, strikes);
  }

  #subjectOf(frame: FrameFacts): Subject {
    const { type, channel, sid } = frame;
    const { venue, connection } = this.#parts.counts;
    return { venue, connection, type, channel, sid, ticker: tickerIn(frame.text) };
  }

  /** Strikes that come before a frame has its number. */
  #prepare(strike: StrikeOf<"frame">, frame: FrameFacts): void {
    this.#isTouched = true;
    const { sid, seq } = frame;
    if (sid === null) return;
    if (strike.fault === "muted") {
      const { scope, ms } = strike.params;
      const key = scope === "sid" ? `${sid}` : `${sid} ${tickerIn(frame.text) ?? ""}`;
      const untilMs = ms === 0 ? Number.POSITIVE_INFINITY : this.#parts.nowMs() + ms;
      this.#mutedUntil.set(key, untilMs);
    } else if (strike.fault === "seq_reset" && seq !== null) {
      this.#shift.set(sid, seq - 1);
    } else if (strike.fault === "channel_error") {
      this.#endSubscription(sid, strike.params.code);
    }
  }

  // The exchange must think so too, or its next answer would be that of a subscription that still lives.
  #endSubscription(sid: number, code: number): void {
    const id = this.#nextOwnId++;
    this.#mutedUntil.set(`${sid}`, Number.POSITIVE_INFINITY);
    this.#swallowedIds.set(id, "channel_error");
    this.#make(`{"type":"error","sid":${sid},"msg":{"code":${code},"msg":"${errorText(code)}"}}\n`);
    this.#connection?.receive(JSON.stringify({ id, cmd: "unsubscribe", params: { sids: [sid] } }));
  }

  #isMuted({ channel, sid, id, text }: FrameFacts): boolean {
    // Commands are answered: only what comes by itself falls silent.
    if (this.#mutedUntil.size === 0 || sid === null || id !== null || channel === "control") {
      return false;
    }
    const nowMs = this.#parts.nowMs();
    return [`${sid}`, `${sid} ${tickerIn(text) ?? ""}`].some(
      (key) => (this.#mutedUntil.get(key) ?? Number.NEGATIVE_INFINITY) > nowMs,
    );
  }

  #renumbered(frame: FrameFacts): FrameFacts {
    const { sid, seq, text } = frame;
    const shift = sid === null ? undefined : this.#shift.get(sid);
    if (shift === undefined || seq === null) return frame;
    return { ...frame, seq: seq - shift, text: withSeq(text, seq - shift) };
  }

  #isSwallowed(frame: FrameFacts): boolean {
    const by = frame.id === null ? undefined : this.#swallowedIds.get(frame.id);
    if (by === undefined || frame.id === null || frame.channel !== "control") return false;
    this.#swallowedIds.delete(frame.id);
    if (by === "channel_error") {
      // The answer to a command of our own was never meant for the client.
      channelCounts(this.#parts.counts, frame.channel).sent--;
      if (frame.sid !== null) {
        this.#mutedUntil.delete(`${frame.sid}`);
        this.#shift.delete(frame.sid);
      }
    } else this.#withhold(frame, by);
    return true;
  }

  #pass(frame: FrameFacts, strikes: readonly StrikeOf<"frame">[]): void {
    const course: Course = {
      payload: frame.text,
      before: [],
      copies: 0,
      delayMs: 0,
      heldFor: 0,
      isDropped: false,
    };
    for (const strike of strikes) applyStrike(strike, course, this.#parts.rng);
    if (course.isDropped) {
      this.#withhold(frame, "frame_dropped");
      return;
    }
    for (const text of course.before) {
      this.#dispatch({ frame, payload: text, isExtra: true, isAltered: false }, course.delayMs);
    }
    const isAltered = course.payload !== frame.text;
    const parcel = { frame, payload: course.payload, isExtra: false, isAltered };
    const { delayMs } = course;
    if (course.heldFor > 0) {
      this.#parts.counts.waiting++;
      this.#held.push({ parcel, left: course.heldFor, delayMs });
    } else {
      this.#dispatch(parcel, delayMs);
      this.#release();
    }
    for (let copy = 0; copy < course.copies; copy++) {
      this.#dispatch({ ...parcel, isExtra: true }, delayMs);
    }
  }

  /** A frame went out: those that wait for their successors are one nearer. */
  #release(): void {
    if (this.#held.length === 0) return;
    for (const one of this.#held) one.left--;
    for (let at = 0; at < this.#held.length; ) {
      const one = this.#held[at];
      if (one === undefined || one.left > 0) at++;
      else {
        this.#held.splice(at, 1);
        this.#parts.counts.waiting--;
        this.#dispatch(one.parcel, one.delayMs);
      }
    }
  }

  #dispatch(parcel: Parcel, delayMs: number): void {
    const bytes = parcel.payload.length;
    const nowMs = this.#parts.nowMs();
    if (this.#queue.passes(parcel, { bytes, delayMs, nowMs })) this.#write(parcel);
    else {
      this.#isTouched = true;
      this.#parts.counts.waiting++;
    }
  }

  #write({ frame, payload, isExtra, isAltered }: Parcel): void {
    const { peer, counts } = this.#parts;
    if (isExtra) channelCounts(counts, frame.channel).extra++;
    else noteDelivered(counts, frame, isAltered);
    if (typeof payload === "string") peer.send(payload);
    else if (peer.sendBytes === undefined) peer.send(payload.toString("utf8"));
    else peer.sendBytes(payload);
  }

  #withhold(frame: FrameFacts, by: string): void {
    const { channel, sid, seq, text } = frame;
    const atMs = this.#parts.nowMs();
    noteWithheld(this.#parts.counts, { channel, sid, seq, ticker: tickerIn(text), atMs, by });
  }
}
