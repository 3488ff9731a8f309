import type { FaultName, FaultsOf, Layer, ParamsOf } from "./fault-table.ts";

/** What a fault is limited to; what is left out is not looked at. Texts may hold `*`. */
export interface FaultMatch {
  readonly venue?: string;
  readonly method?: string;
  /** Path of a request without its query. */
  readonly path?: string;
  /** Command of a client's frame: `subscribe`. */
  readonly cmd?: string;
  readonly channel?: string;
  /** Message type of a frame. */
  readonly type?: string;
  readonly ticker?: string;
  readonly sid?: number;
  /** Number of the connection, counted from 1 over all venues. */
  readonly connection?: number;
}

/**
 * When a fault strikes. Times are exchange milliseconds since the rule was added. Of everything that matches within
 * `afterMs` and `untilMs`, `nth` takes only that one, `every` each so-many-th, `probability` some; `times` bounds how
 * often. `state` faults strike by time: at `afterMs` and, with `everyMs`, again and again. `connection` faults do too,
 * each time on every connection that matches, unless `nth` or `every` counts frames.
 */
export interface FaultWhen {
  readonly nth?: number;
  readonly every?: number;
  readonly afterMs?: number;
  readonly untilMs?: number;
  readonly everyMs?: number;
  readonly probability?: number;
  readonly times?: number;
}

type RuleOf<Name extends FaultName> = {
  [N in Name]: {
    readonly fault: N;
    readonly match?: FaultMatch;
    readonly when?: FaultWhen;
    readonly params?: Partial<ParamsOf<N>>;
  };
}[Name];

export type FaultRule = RuleOf<FaultName>;

/** A fault that strikes now, with all its parameters. */
export type Strike<Name extends FaultName = FaultName> = {
  [N in Name]: {
    readonly fault: N;
    readonly params: ParamsOf<N>;
    readonly match: FaultMatch;
  };
}[Name];

export type StrikeOf<L extends Layer> = Strike<FaultsOf<L>>;

/** What a fault may strike, in the words of `FaultMatch`. */
export interface Subject {
  readonly venue: string;
  readonly method?: string;
  readonly path?: string;
  readonly cmd?: string;
  readonly channel?: string;
  readonly type?: string;
  readonly ticker?: string | null;
  readonly sid?: number | null;
  readonly connection?: number;
}
