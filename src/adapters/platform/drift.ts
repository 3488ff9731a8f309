import type { FeedDrift } from "../../core/events.ts";
import type { Ms } from "../../core/units.ts";
import { misfitOf, type Shape } from "./shape.ts";

const RAW_MAX = 4096;
const KEPT_MAX = 50;
/** One frame may be damaged on its way; the same place in this many of a type in a row is a new shape. */
const HALT_AFTER = 3;

interface Suspicion {
  path: string;
  times: number;
  isTold: boolean;
}

/**
 * Tells a changed payload from a damaged frame (F50). A feed reports what it refused; where the shape differs is looked
 * for only then, so a readable message costs nothing.
 */
export class DriftWatch {
  readonly #source: string;
  readonly #shapes: Readonly<Record<string, Shape>>;
  readonly #kept = new Set<string>();
  readonly #suspicions = new Map<string, Suspicion>();

  /** `shapes`: what each known message type must look like, from the root of the frame. */
  constructor(source: string, shapes: Readonly<Record<string, Shape>>) {
    this.#source = source;
    this.#shapes = shapes;
  }

  /** A message of this type was read: whatever was refused before it was damage. */
  accepted(type: string): void {
    if (this.#suspicions.size > 0) this.#suspicions.delete(type);
  }

  /** The event that keeps a refused message on file; null when its shape is right, or on file already. */
  refused(type: string, text: string, recvMs: Ms): FeedDrift | null {
    const shape = this.#shapes[type];
    if (shape === undefined) return null;
    const path = misfitIn(shape, text);
    if (path === null) return null;
    // The third level of one snapshot and the fifth of the next are the same place.
    const place = path.replaceAll(/\[\d+\]/g, "[*]");
    const halts = this.#suspect(type, place);
    const key = `${type} ${place}`;
    if (!halts && (this.#kept.has(key) || this.#kept.size >= KEPT_MAX)) return null;
    this.#kept.add(key);
    const raw = text.slice(0, RAW_MAX);
    return { type: "drift", source: this.#source, messageType: type, path, raw, halts, recvMs };
  }

  /** True once, when the same place of a type was refused for the third time in a row. */
  #suspect(type: string, path: string): boolean {
    let suspicion = this.#suspicions.get(type);
    if (suspicion?.path !== path) {
      suspicion = { path, times: 0, isTold: false };
      this.#suspicions.set(type, suspicion);
    }
    suspicion.times++;
    if (suspicion.isTold || suspicion.times < HALT_AFTER) return false;
    suspicion.isTold = true;
    return true;
  }
}

function misfitIn(shape: Shape, text: string): string | null {
  try {
    return misfitOf(shape, JSON.parse(text));
  } catch {
    // No JSON at all is damage, not a new shape.
    return null;
  }
}
