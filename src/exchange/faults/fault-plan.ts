import { Rng } from "../random.ts";
import type { FaultMatch, FaultRule, FaultWhen, Strike, StrikeOf, Subject } from "./fault-rule.ts";
import { FAULTS, type FaultName, type Layer, type Param } from "./fault-table.ts";

export interface ListedRule {
  readonly id: number;
  readonly rule: FaultRule;
  /** How often it has struck. */
  readonly struck: number;
  /** It will not strike again. */
  readonly isSpent: boolean;
}

interface ActiveRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly layer: Layer;
  readonly strike: Strike;
  readonly matches: (subject: Subject) => boolean;
  readonly when: FaultWhen;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly rng: Rng;
  seen: number;
  struck: number;
  /** Of rules that strike by time; infinite for the others and when they are done. */
  dueMs: number;
}

interface Due<L extends Layer> {
  readonly strike: StrikeOf<L>;
  readonly matches: (subject: Subject) => boolean;
}

const NOTHING: readonly never[] = [];

/** The rules of what shall go wrong. Deterministic: a seed, the same rules and the same traffic give the same faults. */
export class FaultPlan {
  readonly #seed: number;
  readonly #rules = new Map<number, ActiveRule>();
  readonly #byLayer = new Map<Layer, ActiveRule[]>();
  #lastId = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  /** True when some rule looks at this layer. */
  has(layer: Layer): boolean {
    return this.#byLayer.has(layer);
  }

  add(rule: FaultRule, nowMs: number): number {
    const id = ++this.#lastId;
    const { layer } = FAULTS[rule.fault];
    const when = rule.when ?? {};
    const fromMs = nowMs + (when.afterMs ?? 0);
    const active: ActiveRule = {
      id,
      rule,
      layer,
      strike: strikeOf(rule),
      matches: matcher(rule.match ?? {}),
      when,
      fromMs,
      untilMs: when.untilMs === undefined ? Number.POSITIVE_INFINITY : nowMs + when.untilMs,
      // By id, so that a rule strikes alike whatever rules stand beside it.
      rng: new Rng(this.#seed, `fault/${id}`),
      seen: 0,
      struck: 0,
      dueMs: isTimed(layer, when) ? fromMs : Number.POSITIVE_INFINITY,
    };
    this.#rules.set(id, active);
    this.#index();
    return id;
  }

  /** Takes one rule away, or all of them; false when there is no such rule. */
  remove(id: number | null): boolean {
    if (id === null) this.#rules.clear();
    else if (!this.#rules.delete(id)) return false;
    this.#index();
    return true;
  }

  list(): readonly ListedRule[] {
    return [...this.#rules.values()].map(({ id, rule, struck, when, dueMs, layer }) => ({
      id,
      rule,
      struck,
      isSpent:
        isUsedUp(when, struck) || (isTimed(layer, when) && dueMs === Number.POSITIVE_INFINITY),
    }));
  }

  /** What strikes this subject now, in the order of the rules. */
  take<L extends Layer>(layer: L, subject: Subject, nowMs: number): readonly StrikeOf<L>[] {
    const rules = this.#byLayer.get(layer);
    if (rules === undefined) return NOTHING;
    let struck: StrikeOf<L>[] | undefined;
    for (const rule of rules) {
      if (isTimed(layer, rule.when) || !rule.matches(subject) || !hits(rule, nowMs)) continue;
      if (!isOfLayer(rule.strike, layer)) continue;
      struck ??= [];
      struck.push(rule.strike);
    }
    return struck ?? NOTHING;
  }

  /** Time of the next rule that strikes by time. */
  nextTimerMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const layer of TIMED_LAYERS) {
      for (const rule of this.#byLayer.get(layer) ?? NOTHING) next = Math.min(next, rule.dueMs);
    }
    return next;
  }

  /** Strikes of one layer whose time has come, each with a test for what it is meant for. */
  takeDue<L extends "connection" | "state">(layer: L, nowMs: number): readonly Due<L>[] {
    const due: Due<L>[] = [];
    for (const rule of this.#byLayer.get(layer) ?? NOTHING) {
      while (rule.dueMs <= nowMs) {
        const atMs = rule.dueMs;
        const isHit = hits(rule, atMs);
        rule.dueMs = nextDue(rule);
        const { strike, matches } = rule;
        if (isHit && isOfLayer(strike, layer)) due.push({ strike, matches });
      }
    }
    return due;
  }

  #index(): void {
    this.#byLayer.clear();
    for (const rule of this.#rules.values()) {
      const same = this.#byLayer.get(rule.layer);
      if (same === undefined) this.#byLayer.set(rule.layer, [rule]);
      else same.push(rule);
    }
  }
}

const TIMED_LAYERS: readonly Layer[] = ["connection", "state"];

function isTimed(layer: Layer, when: FaultWhen): boolean {
  if (layer === "state") return true;
  return layer === "connection" && when.nth === undefined && when.every === undefined;
}

function nextDue({ dueMs, untilMs, when, struck }: ActiveRule): number {
  const { everyMs } = when;
  if (everyMs === undefined || isUsedUp(when, struck)) return Number.POSITIVE_INFINITY;
  const next = dueMs + everyMs;
  return next < untilMs ? next : Number.POSITIVE_INFINITY;
}

function isUsedUp(when: FaultWhen, struck: number): boolean {
  return (
    (when.nth !== undefined && struck > 0) || struck >= (when.times ?? Number.POSITIVE_INFINITY)
  );
}

/** Counts what matched and says whether it is struck. */
function hits(rule: ActiveRule, nowMs: number): boolean {
  const { when } = rule;
  if (nowMs < rule.fromMs || nowMs >= rule.untilMs || isUsedUp(when, rule.struck)) return false;
  rule.seen++;
  if (when.nth !== undefined && rule.seen !== when.nth) return false;
  if (when.every !== undefined && rule.seen % when.every !== 0) return false;
  if (when.probability !== undefined && !rule.rng.chance(when.probability)) return false;
  rule.struck++;
  return true;
}

function matcher(match: FaultMatch): (subject: Subject) => boolean {
  const tests: ((subject: Subject) => boolean)[] = [];
  for (const key of ["venue", "method", "path", "cmd", "channel", "type", "ticker"] as const) {
    const wanted = match[key];
    if (wanted === undefined) continue;
    const fits = globTest(wanted);
    tests.push((subject) => fits(subject[key] ?? ""));
  }
  for (const key of ["sid", "connection"] as const) {
    const wanted = match[key];
    if (wanted !== undefined) tests.push((subject) => subject[key] === wanted);
  }
  return (subject) => tests.every((test) => test(subject));
}

/** A test for texts in which `*` stands for anything. */
export function globTest(glob: string): (text: string) => boolean {
  if (!glob.includes("*")) return (text) => text === glob;
  const pattern = glob.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const whole = new RegExp(`^${pattern.join(".*")}$`);
  return (text) => whole.test(text);
}

function strikeOf({ fault, match, params }: FaultRule): Strike {
  const specs: Readonly<Record<string, Param>> = FAULTS[fault].params;
  const given = new Map(Object.entries(params ?? {}));
  const filled = Object.fromEntries(
    Object.entries(specs).map(([name, { fallback }]) => [name, given.get(name) ?? fallback]),
  );
  const strike: unknown = { fault, params: filled, match: match ?? {} };
  if (!isStrike(strike, fault)) throw new TypeError(`no such fault: ${fault}`);
  return strike;
}

// Rules are checked against the table before they come here; what is filled in is the table's own.
function isStrike(strike: unknown, fault: FaultName): strike is Strike {
  return (
    typeof strike === "object" && strike !== null && "fault" in strike && strike.fault === fault
  );
}

function isOfLayer<L extends Layer>(strike: Strike, layer: L): strike is StrikeOf<L> {
  return FAULTS[strike.fault].layer === layer;
}
