export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** One case of a vector file, as the README beside the files describes it. */
export interface VectorCase {
  readonly id: string;
  readonly fn: string;
  readonly input: Record<string, unknown>;
  readonly expected: unknown;
  readonly tol: Tolerance;
}

// A vector's input is unchecked JSON; a wrong shape shows as a wrong number.
export type VectorFunction = (input: never) => unknown;

/** Product functions by the name that vectors give them, with their units and shapes translated. */
export type VectorFunctions = Readonly<Record<string, VectorFunction>>;
