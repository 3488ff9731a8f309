/** One request as it came over the wire; `path` keeps its query. Header names may have any case. */
export interface ExchangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
}

/** The exchange's end of a WebSocket. */
export interface Connection {
  receive(text: string): void;
  /** The client is gone; nothing is sent after this. */
  closed(): void;
}

/** An upgrade that was refused. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
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
