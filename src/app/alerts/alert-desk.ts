import { isoTime } from "../../core/iso-time.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { Alert } from "../../ports-alerts.ts";
import type { Outbox } from "./outbox.ts";

const TITLE_MAX = 200;
const LINE_MAX = 300;
const LINES_MAX = 12;
const KEYS_MAX = 1_000;

export interface AlertDeskParts {
  readonly outboxes: readonly Outbox[];
  readonly real: Pick<Clock, "monoMs">;
  /** Time that stands in the alert. */
  readonly nowMs: () => Ms;
  /** The same key is said again only after so long. */
  readonly repeatMs: Ms;
  /** Who says it: `kbt paper`. */
  readonly from: string;
  /** Makes text fit to be shown anywhere: one line, no secrets. */
  readonly clean: (text: string, max: number) => string;
}

/** Where alerts are handed in. Quick, and never throws for anything that a messenger does. */
export class AlertDesk {
  readonly #parts: AlertDeskParts;
  readonly #said = new Map<string, { readonly atMs: Ms; unsaid: number }>();
  #runId: number | null = null;
  #count = 0;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  /** The run that speaks from now on. */
  follow(runId: number): void {
    this.#runId = runId;
  }

  say({ key, lines = [], severity, title }: Alert): void {
    const { clean, from, nowMs, outboxes } = this.#parts;
    const unsaid = this.#repeated(key);
    if (unsaid === null) return;
    const run = this.#runId === null ? "" : ` run ${this.#runId}`;
    const time = isoTime(nowMs()).slice(11, 19);
    const notice = {
      severity,
      title: clean(title, TITLE_MAX),
      lines: [
        ...lines.slice(0, LINES_MAX).map((line) => clean(line, LINE_MAX)),
        ...(unsaid === 0 ? [] : [`${unsaid} more like it since the last one`]),
      ],
      signature: `${from}${run} · ${++this.#count} · ${time}Z`,
    };
    for (const outbox of outboxes) outbox.offer(notice);
  }

  /** How many of a key were held back before this one; null when this one is held back too. */
  #repeated(key: string): number | null {
    const { real, repeatMs } = this.#parts;
    const nowMs = real.monoMs();
    const last = this.#said.get(key);
    if (last !== undefined && nowMs - last.atMs < repeatMs) {
      last.unsaid++;
      return null;
    }
    this.#said.delete(key);
    this.#said.set(key, { atMs: nowMs, unsaid: 0 });
    const [oldest] = this.#said.keys();
    if (this.#said.size > KEYS_MAX && oldest !== undefined) this.#said.delete(oldest);
    return last?.unsaid ?? 0;
  }
}
