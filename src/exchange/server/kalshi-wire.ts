import type { World } from "../world.ts";
import type { ConnectionTally } from "./kalshi-statistics.ts";
import type { Peer } from "./types.ts";

const SLOW_CONSUMER = 1008;

/** The end of every frame: the time at which it is sent, since October 2026 (`sending_ts_ms`), and the newline. */
export class FrameEnd {
  readonly #world: World;
  readonly #hasTime: boolean;
  #ms = Number.NaN;
  #text = "}\n";

  constructor(world: World, hasTime: boolean) {
    this.#world = world;
    this.#hasTime = hasTime;
  }

  text(): string {
    if (!this.#hasTime) return this.#text;
    const nowMs = this.#world.nowMs();
    // A burst shares its millisecond, so the text is made once for all of it.
    if (nowMs !== this.#ms) {
      this.#ms = nowMs;
      this.#text = `,"sending_ts_ms":${nowMs}}\n`;
    }
    return this.#text;
  }
}

/** One client's socket: what may still be written to it, and how much was. */
export class KalshiWire {
  readonly tally: ConnectionTally;
  readonly end: FrameEnd;
  readonly #peer: Peer;
  readonly #bufferBytes: number;
  #isCut = false;

  constructor(peer: Peer, end: FrameEnd, parts: { tally: ConnectionTally; bufferBytes: number }) {
    this.#peer = peer;
    this.end = end;
    this.tally = parts.tally;
    this.#bufferBytes = parts.bufferBytes;
  }

  /** True when the client has left too much unread for data to be sent. */
  isFull(): boolean {
    return this.#isCut || this.#peer.buffered() > this.#bufferBytes;
  }

  send(text: string): void {
    this.#peer.send(text);
  }

  /** An answer to a command; `head` is the frame up to what `FrameEnd` adds. */
  reply(head: string): void {
    if (this.#isCut) return;
    // Answers are few, but a client that asks without ever reading must not make them pile up.
    if (this.#peer.buffered() > 2 * this.#bufferBytes) {
      this.#isCut = true;
      this.#peer.close(SLOW_CONSUMER, "slow consumer");
      return;
    }
    this.tally.replies++;
    this.#peer.send(head + this.end.text());
  }

  ping(payload: string): void {
    if (!this.isFull()) this.#peer.ping?.(payload);
  }

  close(code: number, reason: string): void {
    this.#peer.close(code, reason);
  }
}
