import v8 from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * V8's own collection of everything that this thread can no longer reach: some 8 ms for a heap of 8 MB, in which the thread
 * stands still. Node has no other way to ask for one; the flag holds for contexts made after it, and only one is. Where V8
 * gives its collector to nobody, nothing is done: it collects by itself, later.
 */
export function garbageCollector(): () => void {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  v8.setFlagsFromString("--no-expose-gc");
  return () => {
    if (typeof collect === "function") collect();
  };
}
