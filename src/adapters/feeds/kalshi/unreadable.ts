import type { FeedDrift } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { FeedStats } from "../../../ports.ts";
import type { Unreadable } from "../../kalshi/rest-body.ts";
import { countRejected } from "../../platform/feed-stats.ts";

const RAW_MAX = 4096;
const TOLD_MAX = 1000;
const KEPT_MAX = 50;

/**
 * Objects of REST lists that were left out because they could not be read. Lists are read every few seconds, so each
 * object counts once, and one of each kind of change is kept on file (F50).
 */
export class UnreadableLog {
  readonly #stats: FeedStats;
  readonly #told = new Set<string>();
  readonly #places = new Set<string>();

  constructor(stats: FeedStats) {
    this.#stats = stats;
  }

  /** Counts what is new and returns what is to be recorded of it. */
  take(list: readonly Unreadable[], recvMs: Ms): FeedDrift[] {
    const drifts: FeedDrift[] = [];
    for (const { error, name, raw, what } of list) {
      const { path } = error.details ?? {};
      if (typeof path !== "string") continue;
      const place = `${what} ${path.replaceAll(/\[\d+\]/g, "[*]")}`;
      const key = `${place} ${name}`;
      if (this.#told.has(key) || this.#told.size >= TOLD_MAX) continue;
      this.#told.add(key);
      countRejected(this.#stats, `${what}_unreadable`);
      if (this.#places.has(place) || this.#places.size >= KEPT_MAX) continue;
      this.#places.add(place);
      drifts.push({
        type: "drift",
        source: "kalshi",
        messageType: `rest_${what}`,
        path: `$.${path}`,
        raw: raw.slice(0, RAW_MAX),
        // Nobody trades on what was left out; the rest of the list is as it always was.
        halts: false,
        recvMs,
      });
    }
    return drifts;
  }
}
