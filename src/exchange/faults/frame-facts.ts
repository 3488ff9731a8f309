/** What faults and counts need to know of one frame the exchange sends. */
export interface FrameFacts {
  readonly text: string;
  readonly type: string;
  /** The subscription's channel; acknowledgements and errors belong to "control". */
  readonly channel: string;
  readonly sid: number | null;
  readonly seq: number | null;
  /** Id of the command it answers. */
  readonly id: number | null;
}

const CHANNEL_OF: ReadonlyMap<string, string> = new Map([
  ["orderbook_snapshot", "orderbook_delta"],
  ["orderbook_delta", "orderbook_delta"],
  ["ticker", "ticker"],
  ["trade", "trade"],
  ["market_lifecycle_v2", "market_lifecycle_v2"],
  ["event_lifecycle", "market_lifecycle_v2"],
  ["event_fee_update", "market_lifecycle_v2"],
  ["cfbenchmarks_value", "cfbenchmarks_value"],
  ["cfbenchmarks_value_5hz", "cfbenchmarks_value_5hz"],
  ["fill", "fill"],
  ["user_order", "user_orders"],
  ["market_position", "market_positions"],
  ["order_group_updates", "order_group_updates"],
]);

const HEAD = 160;
const TYPE = /"type"\s*:\s*"([^"]*)"/;
const SID = /"sid"\s*:\s*(\d+)/;
const SEQ = /"seq"\s*:\s*(\d+)/;
const ID = /"id"\s*:\s*(\d+)/;
const TICKER = /"(?:market_)?ticker"\s*:\s*"([^"]*)"/;
const SPOT_CHANNEL = /"(?:channel|e|event|type|result)"\s*:\s*"([^"]*)"/;
const SPOT_SEQ = /"sequence_num"\s*:\s*(\d+)/;

/** A Kalshi frame: the envelope comes before `msg`, so its start tells everything. */
export function kalshiFrame(text: string): FrameFacts {
  const at = text.indexOf('"msg"');
  const head = text.slice(0, at < 0 ? HEAD : at);
  const type = TYPE.exec(head)?.[1] ?? "";
  return {
    text,
    type,
    channel: CHANNEL_OF.get(type) ?? "control",
    sid: numberIn(SID, head),
    seq: numberIn(SEQ, head),
    id: numberIn(ID, head),
  };
}

/** A frame of a spot venue, as far as it can be told without knowing the venue. */
export function spotFrame(text: string): FrameFacts {
  const head = text.slice(0, HEAD);
  const channel = SPOT_CHANNEL.exec(head)?.[1] ?? "";
  return { text, type: channel, channel, sid: null, seq: numberIn(SPOT_SEQ, head), id: null };
}

/** The market a frame is about; null when it names none. */
export function tickerIn(text: string): string | null {
  return TICKER.exec(text)?.[1] ?? null;
}

/** The same frame under another number. */
export function withSeq(text: string, seq: number): string {
  return text.replace(SEQ, `"seq":${seq}`);
}

/** The same frame with every time in it moved. */
export function withSkew(text: string, byMs: number): string {
  return text
    .replaceAll(/"(ts_ms|sending_ts_ms|received_at)":(\d+)/g, (_all, name: string, ms: string) => {
      return `"${name}":${Number(ms) + byMs}`;
    })
    .replaceAll(/"ts":(\d+)/g, (_all, s: string) => `"ts":${Number(s) + Math.round(byMs / 1000)}`);
}

function numberIn(pattern: RegExp, text: string): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
