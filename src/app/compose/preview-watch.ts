import { runTogether } from "../../adapters/platform/scope.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { KbtError } from "../../core/errors.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { Ms } from "../../core/units.ts";
import type { CommandContext, CommandResult, Screen } from "../context.ts";
import { previewPicture } from "../preview-picture.ts";
import {
  type PreviewFacts,
  type PreviewReport,
  type PreviewTrouble,
  previewData,
} from "../preview-report.ts";
import type { Environment } from "./environment.ts";
import type { Looker } from "./preview-look.ts";
import { driverOf } from "./record.ts";

/** From one look to the next, and from one picture to the next when a look takes longer; of the user's clock. */
const LOOK_MS = 1000;
const FAILED_WAIT_MS_MAX = 8000;
/** The local exchange stands still while it is looked at, so that what is read belongs together, but no longer than this. */
const STANDSTILL_MS = 250;
/** A picture that is this late is drawn without a new look. */
const LATE_MS = 250;
/** What a later look may mend. */
const PASSING: ReadonlySet<string> = new Set(["network", "venue", "protocol"]);

interface Watched {
  readonly env: Environment;
  readonly looker: Looker;
  /** What was to be said before the first look. */
  readonly warnings: readonly string[];
}

/** `kbt preview --watch`: a look a second until the signal, or until the recording that is looked at has ended. */
export async function watch(ctx: CommandContext, watched: Watched): Promise<CommandResult> {
  const over = new AbortController();
  const watching = new Watch(ctx, watched);
  const { real } = watched.env;
  const drive = driverOf(watched.env, {
    real: {
      monoMs: () => real.monoMs(),
      sleep: (ms, signal) => real.sleep(ms, signal),
      turn: () => watching.betweenSteps(),
    },
    // Nobody listens: a recording would wait for that at each of its markets.
    holdMs: 0,
  });
  try {
    await runTogether(AbortSignal.any([ctx.signal, over.signal]), [
      (signal) => watching.run(signal),
      ...(drive === null
        ? []
        : [(signal: AbortSignal) => drive(() => {}, signal).then(() => over.abort())]),
    ]);
  } finally {
    watching.close();
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

class Watch {
  readonly #ctx: CommandContext;
  readonly #watched: Watched;
  #screen: Screen | null = null;
  #facts: PreviewFacts | null = null;
  /** Why the newest look failed; null after one that did not. */
  #error: KbtError | null = null;
  #failures = 0;
  /** When the look that is under way began; null while there is none. Of the user's clock, like the others. */
  #lookingMs: Ms | null = null;
  #shownMs: Ms = Number.NEGATIVE_INFINITY;
  #pictures = 0;
  readonly #warned = new Set<string>();

  constructor(ctx: CommandContext, watched: Watched) {
    this.#ctx = ctx;
    this.#watched = watched;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#ctx.progress.update("preview: looking at the exchange");
    // Without a first look there is nothing to show, and its failure is the command's.
    this.#facts = await this.#look(signal);
    this.#ctx.progress.stop();
    this.#screen = await this.#ctx.openScreen();
    this.#publish(this.#facts);
    await runTogether(signal, [(scope) => this.#looks(scope), (scope) => this.#redraws(scope)]);
  }

  close(): void {
    this.#screen?.close();
  }

  /** Gives everything else its turn between two steps of the local exchange. */
  async betweenSteps(): Promise<void> {
    const { real } = this.#watched.env;
    do await turn();
    while (this.#lookingMs !== null && real.monoMs() - this.#lookingMs < STANDSTILL_MS);
  }

  async #looks(signal: AbortSignal): Promise<void> {
    const { real } = this.#watched.env;
    let dueMs = real.monoMs();
    while (!signal.aborted) {
      const everyMs = Math.min(FAILED_WAIT_MS_MAX, LOOK_MS * 2 ** Math.min(this.#failures, 4));
      dueMs = Math.max(dueMs + everyMs, real.monoMs());
      await real.sleep(dueMs - real.monoMs(), signal);
      await this.#attempt(signal);
      if (this.#facts !== null) this.#publish(this.#facts);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      this.#facts = await this.#look(signal);
      this.#error = null;
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted || !(error instanceof KbtError) || !PASSING.has(error.kind)) throw error;
      this.#error = error;
      // A refusal for want of budget has its own wait.
      if (error.code !== "RATE_LIMITED") this.#failures++;
    }
  }

  async #look(signal: AbortSignal): Promise<PreviewFacts> {
    const { env, looker } = this.#watched;
    this.#lookingMs = env.real.monoMs();
    try {
      return await looker.look(signal);
    } finally {
      this.#lookingMs = null;
    }
  }

  /** While a look takes its time, or waits for its turn after one that failed, the countdown goes on. */
  async #redraws(signal: AbortSignal): Promise<void> {
    const { real } = this.#watched.env;
    if (this.#screen === null) return;
    while (!signal.aborted) {
      await real.sleep(Math.max(0, this.#shownMs + LOOK_MS + LATE_MS - real.monoMs()), signal);
      const isDue = real.monoMs() - this.#shownMs > LOOK_MS;
      if (isDue && this.#facts !== null) this.#publish(this.#facts);
    }
  }

  #publish(facts: PreviewFacts): void {
    const { env, warnings: before } = this.#watched;
    const error = this.#error;
    const trouble = error === null ? null : troubleOf(error, facts.nowMs);
    const report = previewData(facts, env.clock.nowMs(), trouble);
    const warnings = [...before, ...facts.warnings];
    this.#shownMs = env.real.monoMs();
    if (this.#ctx.globals.json) this.#ctx.emit(report, "", { warnings, error });
    else if (this.#screen === null) this.#print(report, warnings);
    else this.#draw(this.#screen, report, warnings);
  }

  #draw(screen: Screen, report: PreviewReport, warnings: readonly string[]): void {
    const { columns, globals } = this.#ctx;
    const foot = globals.quiet ? [] : warnings.map((warning) => `warning: ${warning}`);
    screen.show((room) => previewPicture(report, room, { columns, foot }));
  }

  /** Where nothing can be drawn over: one picture after the other with an empty line between, a warning once. */
  #print(report: PreviewReport, warnings: readonly string[]): void {
    const { columns, emit, globals, picture, stderr } = this.#ctx;
    const text = picture((room) => previewPicture(report, room, { columns, foot: [] }));
    emit(report, this.#pictures++ === 0 ? text : `\n${text}`);
    for (const warning of warnings) {
      if (this.#warned.has(warning) || globals.quiet) continue;
      this.#warned.add(warning);
      stderr(`warning: ${this.#ctx.clean(warning)}\n`);
    }
  }
}

function troubleOf({ message }: KbtError, sinceMs: Ms): PreviewTrouble {
  return { since: isoTime(sinceMs), since_ms: sinceMs, message };
}
