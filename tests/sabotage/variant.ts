/** One rule of the exchange or of the order path taken away, and the test that must notice. */
export interface Variant {
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly testFile: string;
  /** Part of the name of the test that has to fail. */
  readonly test: string;
  /**
   * Part of the name of a test that passes all the same. Only it and the named one run then, where a whole file would take
   * long; left out, the whole file runs and something in it must pass.
   */
  readonly control?: string;
}
