import type { Ms } from "../core/units.ts";
import type { TimeBound } from "./context.ts";

/** A user's `--since` or `--until` as a time; undefined when it was not given. */
export function resolveTime(bound: TimeBound | null, nowMs: Ms): Ms | undefined {
  if (bound === null) return undefined;
  return "atMs" in bound ? bound.atMs : nowMs - bound.agoMs;
}
