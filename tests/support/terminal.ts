import type { Terminal } from "../../src/cli/screen.ts";

/** What is behind stdout when it is a pipe. */
export const NO_TERMINAL: Terminal = {
  columns: () => undefined,
  rows: () => undefined,
  onResize: () => () => {},
};
