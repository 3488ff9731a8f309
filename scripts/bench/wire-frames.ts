import { constants, deflateRawSync } from "node:zlib";
import { isObject } from "../../src/exchange/replay/read-capture.ts";
import { BOOK_SID, TICKER_SID } from "./frames.ts";

// WebSocket frames as bytes (RFC 6455 §5.2, unmasked because a server sends them).

const TEXT_FINAL = 0x81;
const COMPRESSED = 0x40;
const SIDS: ReadonlyMap<string, number> = new Map([
  ["ticker", TICKER_SID],
  ["orderbook_delta", BOOK_SID],
  ["trade", 3],
  ["market_lifecycle_v2", 4],
  ["cfbenchmarks_value", 5],
]);

export interface Wire {
  readonly bytes: Buffer;
  /** End of each frame in `bytes`. */
  readonly ends: Uint32Array;
}

export function buildWire(texts: readonly string[], isDeflated: boolean): Wire {
  const parts: Buffer[] = [];
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [at, text] of texts.entries()) {
    const payload = isDeflated ? deflated(text) : Buffer.from(text);
    const head = header(payload.length, isDeflated ? TEXT_FINAL | COMPRESSED : TEXT_FINAL);
    parts.push(head, payload);
    end += head.length + payload.length;
    ends[at] = end;
  }
  return { bytes: Buffer.concat(parts), ends };
}

/** Answer to a `subscribe` of Kalshi's; null for what needs none here. */
export function acknowledgement(command: Readonly<Record<string, unknown>>): string | null {
  const { cmd, id, params } = command;
  if (cmd !== "subscribe" || !isObject(params) || !Array.isArray(params["channels"])) return null;
  const channel = String(params["channels"][0]);
  return JSON.stringify({ id, type: "subscribed", msg: { channel, sid: SIDS.get(channel) } });
}

function header(length: number, first: number): Buffer {
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65_536) return Buffer.from([first, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head.set([first, 127]);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Each message by itself, without the empty block at its end (RFC 7692 §7.2.1). */
function deflated(text: string): Buffer {
  const bytes = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, -4);
}
