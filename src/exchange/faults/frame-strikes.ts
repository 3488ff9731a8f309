import type { Buffer } from "node:buffer";
import type { Rng } from "../random.ts";
import { corruptFrame } from "./corrupt-frame.ts";
import type { Strike } from "./fault-rule.ts";
import type { FaultsOf, ParamsOf } from "./fault-table.ts";

/** What becomes of one frame; strikes change it before it goes out. */
export interface Course {
  payload: string | Buffer;
  readonly before: string[];
  copies: number;
  delayMs: number;
  heldFor: number;
  isDropped: boolean;
}

type FrameHandlers = {
  [Name in FaultsOf<"frame">]: (params: ParamsOf<Name>, course: Course, rng: Rng) => void;
};

const nothing = (): void => {};

const ON_FRAME: FrameHandlers = {
  frame_dropped: (_params, course) => {
    course.isDropped = true;
  },
  frame_repeated: ({ copies }, course) => {
    course.copies += copies;
  },
  frame_reordered: ({ by }, course) => {
    course.heldFor = by;
  },
  frame_delayed: ({ ms, jitter_ms }, course, rng) => {
    course.delayMs += ms + (jitter_ms === 0 ? 0 : rng.below(jitter_ms));
  },
  frame_corrupted: ({ how }, course, rng) => {
    if (typeof course.payload === "string") {
      course.payload = corruptFrame(course.payload, how, rng);
    }
  },
  frame_injected: ({ text }, course) => {
    course.before.push(text);
  },
  // These were dealt with before the frame got its number.
  muted: nothing,
  seq_reset: nothing,
  channel_error: nothing,
};

/** Changes the course of a frame as a fault wants it. */
export function applyStrike<Name extends FaultsOf<"frame">>(
  strike: Strike<Name>,
  course: Course,
  rng: Rng,
): void {
  const { fault, params } = strike;
  const handler: FrameHandlers[Name] = ON_FRAME[fault];
  handler(params, course, rng);
}
