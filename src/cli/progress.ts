import type { Ora } from "ora";
import type { Progress } from "../app/context.ts";
import { clean } from "./render/clean.ts";

const LINE_EVERY_MS = 10_000;
const LINE_MAX = 200;
/** The spinner and its space before the text; a character in the last column makes some terminals wrap. */
const SPINNER_WIDTH = 3;

export interface ProgressOptions {
  /** False with --quiet and --json. */
  readonly enabled: boolean;
  readonly isTty: boolean;
  readonly color: boolean;
  /** Of the terminal. */
  readonly width: number;
  readonly monoMs: () => number;
  readonly stderr: (text: string) => void;
}

/** Progress on stderr: one line that replaces itself on a terminal, otherwise a line every 10 s. */
export function createProgress(options: ProgressOptions): Progress {
  if (!options.enabled) return { update: () => undefined, stop: () => undefined };
  return options.isTty ? createSpinner(options) : createLines(options);
}

function createLines({ monoMs, stderr }: ProgressOptions): Progress {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    update: (text) => {
      const nowMs = monoMs();
      if (nowMs - lastMs < LINE_EVERY_MS) return;
      lastMs = nowMs;
      stderr(`${clean(text, LINE_MAX)}\n`);
    },
    stop: () => undefined,
  };
}

function createSpinner(options: ProgressOptions): Progress {
  let spinner: Ora | null = null;
  let latest = "";
  let isStopped = false;
  let loading: Promise<void> | null = null;
  const load = async (): Promise<void> => {
    const { default: ora } = await import("ora");
    if (isStopped) return;
    // Neither stdin nor the cursor is touched: both would need restoring on every way out, signals included.
    spinner = ora({ text: latest, color: "cyan", discardStdin: false, hideCursor: false });
    if (!options.color) spinner.color = false;
    spinner.start();
  };
  return {
    update: (text) => {
      latest = clean(text, Math.min(LINE_MAX, options.width - SPINNER_WIDTH));
      if (spinner !== null) spinner.text = latest;
      loading ??= load();
    },
    stop: () => {
      // A second time it would move the cursor of whatever is on the terminal by then.
      if (isStopped) return;
      isStopped = true;
      spinner?.stop();
    },
  };
}
