import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleSubjects } from "./bundle.ts";
import { type Frames, kalshiFrames, writeFrames } from "./frames.ts";
import type { Line } from "./line.ts";

/** What a suite needs; made once for all of them. */
export interface Bench {
  readonly rounds: number;
  readonly quick: boolean;
  /** A folder of this run alone, removed at its end. */
  readonly folder: string;
  /** Path of a compiled subject. */
  subject(name: string): string;
  /** The mixed stream of Kalshi frames, read once. */
  readonly frames: () => Frames & { readonly file: string };
  say(line: Line): void;
}

/** A name, and the lines it prints as it goes. */
export interface Suite {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

export interface BenchOptions {
  readonly rounds: number;
  readonly quick: boolean;
  say(line: Line): void;
}

const FRAMES_MAX = 400_000;
const FRAMES_QUICK = 120_000;

/** Compiles the subjects and keeps a folder for as long as `use` runs. */
export async function withBench(
  options: BenchOptions,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "kbt-bench-"));
  try {
    const subject = await bundleSubjects();
    let frames: (Frames & { readonly file: string }) | undefined;
    await use({
      ...options,
      folder,
      subject,
      frames() {
        frames ??= loadFrames(folder, options.quick ? FRAMES_QUICK : FRAMES_MAX);
        return frames;
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function loadFrames(folder: string, max: number): Frames & { readonly file: string } {
  const frames = kalshiFrames(max);
  const file = path.join(folder, "frames.jsonl");
  writeFrames(file, frames.texts);
  return { ...frames, file };
}
