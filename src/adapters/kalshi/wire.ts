import type { Ms } from "../../core/units.ts";
import { countAt, countOf, isRecord, type JsonObject, textAt } from "./json.ts";
import {
  type DataEvent,
  type LifecycleFact,
  mapDelta,
  mapIndex,
  mapLifecycle,
  mapSnapshot,
  mapTicker,
  mapTrade,
} from "./map.ts";

// The socket's frames, decoded once and by hand (performance.md R2): JSON.parse, then one small function per message
// type that checks what it uses. Nothing in here throws, whatever arrives.

/** No message of Kalshi's is longer, a book of every price from both sides included (reliability.md W8). */
export const FRAME_BYTES_MAX = 1024 * 1024;

interface Envelope {
  readonly sid: number | null;
  readonly seq: number | null;
  /** Id of the command this frame answers. */
  readonly id: number | null;
}

export interface DataFrame extends Envelope {
  readonly kind: "data";
  readonly event: DataEvent;
}

export interface SubscribedFrame extends Envelope {
  readonly kind: "subscribed";
  readonly channel: string;
  readonly channelSid: number;
}

export interface ErrorFrame extends Envelope {
  readonly kind: "error";
  /** kalshi.md §3.2; −1 when the frame names none. */
  readonly code: number;
  readonly message: string;
}

interface LifecycleFrame extends Envelope {
  readonly kind: "lifecycle";
  readonly fact: LifecycleFact;
}

export interface RejectedFrame extends Envelope {
  readonly kind: "rejected";
  /** Message type when it could be read. */
  readonly type: string | null;
  /** Stable reason word. */
  readonly reject: string;
}

interface UnknownFrame extends Envelope {
  readonly kind: "unknown";
  readonly unknown: string;
}

export interface PlainFrame extends Envelope {
  readonly kind: "ok" | "unsubscribed";
}

export type Frame =
  | DataFrame
  | SubscribedFrame
  | ErrorFrame
  | LifecycleFrame
  | RejectedFrame
  | UnknownFrame
  | PlainFrame;

/** One frame's text as what it says, or `rejected` with a reason; `recvMs` is passed into the events. */
export function decode(text: string, recvMs: Ms): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return reject(NO_ENVELOPE, null, "bad_json");
  }
  if (!isRecord(frame)) return reject(NO_ENVELOPE, null, "not_an_object");
  const type = frame["type"];
  if (typeof type !== "string") return reject(envelopeOf(frame), null, "no_type");
  switch (type) {
    case "orderbook_delta":
      return data(frame, type, mapDelta, recvMs);
    case "ticker":
      return data(frame, type, mapTicker, recvMs);
    case "trade":
      return data(frame, type, mapTrade, recvMs);
    case "orderbook_snapshot":
      return data(frame, type, mapSnapshot, recvMs);
    case "cfbenchmarks_value":
      return data(frame, type, mapIndex, recvMs);
    case "market_lifecycle_v2":
    case "event_lifecycle":
    case "event_fee_update":
      return lifecycle(frame, type);
    default:
      return decodeControl(frame, envelopeOf(frame), type);
  }
}

const NO_ENVELOPE: Envelope = { sid: null, seq: null, id: null };

// Fields are read by name where they are used. A helper that is handed the name makes each read a lookup in a table: a
// third of what decoding costs beyond JSON.parse.
function envelopeOf(frame: JsonObject): Envelope {
  return {
    sid: countOf(frame["sid"]) ?? null,
    seq: countOf(frame["seq"]) ?? null,
    id: countOf(frame["id"]) ?? null,
  };
}

type Sequenced = { readonly sid: number; readonly seq: number };
type Mapper = (msg: JsonObject, place: Sequenced, recvMs: Ms) => DataEvent | string;

/** A mapper returns the event, or the reason why there is none. */
function data(frame: JsonObject, type: string, map: Mapper, recvMs: Ms): Frame {
  const sid = countOf(frame["sid"]) ?? null;
  const seq = countOf(frame["seq"]) ?? null;
  const id = countOf(frame["id"]) ?? null;
  const { msg } = frame;
  if (!isRecord(msg)) return reject({ sid, seq, id }, type, "no_msg");
  if (sid === null) return reject({ sid, seq, id }, type, "no_sid");
  if (seq === null && SEQUENCED.has(type)) return reject({ sid, seq, id }, type, "no_seq");
  const event = map(msg, { sid, seq: seq ?? 0 }, recvMs);
  if (typeof event === "string") return reject({ sid, seq, id }, type, event);
  return { kind: "data", sid, seq, id, event };
}

const SEQUENCED: ReadonlySet<string> = new Set(["orderbook_delta", "orderbook_snapshot"]);

function lifecycle(frame: JsonObject, type: string): Frame {
  const envelope = envelopeOf(frame);
  const fact = isRecord(frame["msg"]) ? mapLifecycle(type, frame["msg"]) : "no_msg";
  if (typeof fact === "string") return reject(envelope, type, fact);
  return { kind: "lifecycle", ...envelope, fact };
}

function decodeControl(frame: JsonObject, envelope: Envelope, type: string): Frame {
  const msg = isRecord(frame["msg"]) ? frame["msg"] : {};
  switch (type) {
    case "ok":
    case "cfbenchmarks_value_indexlist":
      return { kind: "ok", ...envelope };
    case "unsubscribed":
      return { kind: "unsubscribed", ...envelope };
    case "subscribed": {
      const channel = textAt(msg, "channel");
      const channelSid = countAt(msg, "sid");
      if (channel === undefined || channelSid === undefined) {
        return reject(envelope, type, "bad_ack");
      }
      return { kind: "subscribed", ...envelope, channel, channelSid };
    }
    case "error": {
      const code = countAt(msg, "code") ?? -1;
      return { kind: "error", ...envelope, code, message: textAt(msg, "msg") ?? "" };
    }
    default:
      return { kind: "unknown", ...envelope, unknown: type };
  }
}

function reject(envelope: Envelope, type: string | null, reason: string): RejectedFrame {
  return { kind: "rejected", ...envelope, type, reject: reason };
}
