import { KbtError } from "../errors.ts";
import type { Ms } from "../units.ts";

// How holdings of a run are left, in one word that people write and compare: `hold`, `stop25+target35`, `own+time10m`.

/** When a holding is sold. Whatever comes first wins. */
export interface ExitRule {
  /** As it was written. */
  readonly word: string;
  /** Strategies may also leave for reasons of their own. */
  readonly keepsOwn: boolean;
  /** Sells when the bid has fallen by this share of the mean price paid; null for never. */
  readonly stopShare: number | null;
  /** Sells when the bid has risen by this share of it. */
  readonly targetShare: number | null;
  /** Sells so long after the first fill. */
  readonly afterMs: Ms | null;
  /** Sells what the bid after its fee values higher than the model does. */
  readonly usesModel: boolean;
}

type Parts = Omit<ExitRule, "word">;

const NO_PARTS: Parts = {
  keepsOwn: false,
  stopShare: null,
  targetShare: null,
  afterMs: null,
  usesModel: false,
};
const SHARE = /^(stop|target)(\d{1,4}(?:\.\d{1,2})?)$/;
const TIME = /^time(\d{1,5})([ms])$/;
const TARGET_MAX_PCT = 9_900;

/** What a word must be, after "it must be". */
export const EXIT_RULE_SHAPE =
  "hold, own, or stop25, target35, time10m (or time90s) and model, several joined by +";

/** The rule that a word stands for. Throws a usage error for a word that stands for none. */
export function parseExitRule(word: string): ExitRule {
  const rule = readExitRule(word);
  if (typeof rule !== "string") return rule;
  throw new KbtError({
    kind: "usage",
    code: "BAD_EXIT_RULE",
    message: `'${word}' is no exit rule: ${rule}`,
    hint: `use ${EXIT_RULE_SHAPE}`,
  });
}

export function isExitRule(word: string): boolean {
  return typeof readExitRule(word) !== "string";
}

/** Something may be sold that no strategy asked for. */
export function sellsUnasked({ afterMs, stopShare, targetShare, usesModel }: ExitRule): boolean {
  return usesModel || afterMs !== null || stopShare !== null || targetShare !== null;
}

/** The rule, or what is wrong with the word. */
function readExitRule(word: string): ExitRule | string {
  if (word === "hold") return { word, ...NO_PARTS };
  const parts: Partial<Parts> = {};
  for (const part of word.split("+")) {
    if (part === "hold") return "'hold' goes with nothing else";
    const read = readPart(part);
    if (typeof read === "string") return read;
    const [kind = ""] = Object.keys(read);
    if (kind in parts) return `'${part}' is the second of its kind`;
    Object.assign(parts, read);
  }
  return { word, ...NO_PARTS, ...parts };
}

/** The one thing that a part of a word says, or what is wrong with it. */
function readPart(part: string): Partial<Parts> | string {
  if (part === "own") return { keepsOwn: true };
  if (part === "model") return { usesModel: true };
  const [, unit, amount] = SHARE.exec(part) ?? [];
  if (unit !== undefined) return readShare(part, unit, Number(amount));
  const [, count, scale] = TIME.exec(part) ?? [];
  if (count === undefined) return part === "" ? "a part is missing" : `'${part}' is not known`;
  const afterMs = Number(count) * (scale === "m" ? 60_000 : 1_000);
  return afterMs > 0 ? { afterMs } : `'${part}' must be at least a second`;
}

function readShare(part: string, unit: string, pct: number): Partial<Parts> | string {
  const most = unit === "stop" ? 99 : TARGET_MAX_PCT;
  if (pct <= 0 || pct > most) return `'${part}' must be above 0 and at most ${most} percent`;
  return unit === "stop" ? { stopShare: pct / 100 } : { targetShare: pct / 100 };
}
