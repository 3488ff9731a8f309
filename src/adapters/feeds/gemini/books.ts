import type { Ms } from "../../../core/units.ts";
import { symbolOf } from "../spot/fields.ts";
import type { SocketLine } from "../spot/socket-feed.ts";
import type { GeminiDepth } from "./frames.ts";

type Command = (method: "SUBSCRIBE" | "UNSUBSCRIBE", stream: string) => number;

interface Chain {
  /** Last update id of what was handed on; null until the snapshot. */
  lastId: number | null;
  lastMs: Ms | null;
  /** The command that ends the broken stream, while it is not answered. */
  leavingId: number | null;
}

/**
 * Continuity of the depth streams of one connection. The first frame of a stream is the whole book and each later one
 * begins at or before the id after its predecessor's last (spot-feeds.md §4.6). A book with a hole is asked for anew: once
 * the end of the old stream is confirmed, the next frame can only be the new one's first.
 */
export class GeminiBooks {
  readonly #line: SocketLine;
  readonly #command: Command;
  readonly #chains = new Map<string, Chain>();

  constructor(line: SocketLine, command: Command) {
    this.#line = line;
    this.#command = command;
  }

  take(frame: GeminiDepth): void {
    const { product, recvMs } = frame;
    const chain = this.#chain(product);
    if (chain.leavingId !== null) {
      this.#line.reject("after_hole");
      return;
    }
    const last = chain.lastId;
    if (last !== null && frame.lastId <= last) {
      this.#line.reject("duplicate");
      return;
    }
    if (last !== null && frame.firstId > last + 1) {
      this.#line.reject("after_hole");
      const hole = { fromSeq: last + 1, toSeq: frame.firstId - 1, fromMs: chain.lastMs };
      this.#line.gap({ reason: "seq", tickers: [product], ...hole }, recvMs);
      chain.leavingId = this.#command("UNSUBSCRIBE", streamOf(product));
      return;
    }
    chain.lastId = frame.lastId;
    chain.lastMs = recvMs;
    const { asks, bids, exchangeMs } = frame;
    const kind = last === null ? "snapshot" : "update";
    const seen = { source: "gemini", product, exchangeMs, recvMs };
    this.#line.emit({ type: "depth", kind, bids, asks, ...seen });
  }

  /** A command was answered. */
  answered(id: number): void {
    for (const [product, chain] of this.#chains) {
      if (chain.leavingId !== id) continue;
      this.#chains.delete(product);
      this.#command("SUBSCRIBE", streamOf(product));
    }
  }

  #chain(product: string): Chain {
    const known = this.#chains.get(product);
    if (known !== undefined) return known;
    const chain: Chain = { lastId: null, lastMs: null, leavingId: null };
    this.#chains.set(product, chain);
    return chain;
  }
}

function streamOf(product: string): string {
  return `${symbolOf(product)}@depth@100ms`;
}
