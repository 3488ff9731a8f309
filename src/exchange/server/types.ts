/** One request as it came over the wire; `path` keeps its query. Header names may have any case. */
export interface ExchangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where it came from, for the budget of unsigned callers; left out in memory. */
  readonly remoteAddress?: string;
}

export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The client's end of a WebSocket: a real socket, or an object in the same process. */
export interface Peer {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes sent but not yet taken; decides when a consumer is too slow. */
  buffered(): number;
  /** Absent where there are no control frames, as in memory. */
  ping?(payload: string): void;
  /** Sends one message in so many WebSocket frames; absent where there are no frames. */
  sendPieces?(text: string, pieces: number): void;
  /** Sends a binary frame; absent in memory. */
  sendBytes?(bytes: Uint8Array): void;
  /** Ends the connection with a TCP reset, without a close frame; absent in memory. */
  reset?(): void;
  /** Leaves the TCP connection up and reads nothing from it any more; absent in memory. */
  freeze?(): void;
}

/** The client's end of one HTTP request; an answer is a head, its body in one or more parts, and the end. */
export interface HttpWire {
  /** `response.body` says how long the body will be; it is not sent by this. */
  head(response: ExchangeResponse): void;
  part(text: string): void;
  end(): void;
  /** Ends the connection with a TCP reset, at whatever point it is. */
  reset(): void;
}

/** The exchange's end of a WebSocket. */
export interface Connection {
  receive(text: string): void;
  /** A control frame came; left out where nobody counts or awaits them. */
  control?(kind: "ping" | "pong"): void;
  /** The client is gone; nothing is sent after this. */
  closed(): void;
}

/** An upgrade that was refused. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** Where a redirect leads. */
  readonly location?: string;
}

export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for a JSON object, which is neither null nor an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a JSON object; undefined when the text is anything else. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The strings of a JSON array; undefined when it is no array of strings. */
export function stringList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = value;
  const texts = items.filter((item) => typeof item === "string");
  return texts.length === items.length ? texts : undefined;
}
