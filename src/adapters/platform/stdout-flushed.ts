/** Resolves when everything written to stdout is out: without it a slow reader's pipe would be kept in memory. */
export function stdoutFlushed(): Promise<void> {
  return new Promise((resolve) => {
    // Called back in the order of writing, also when the reader has gone away; who that concerns hears of it elsewhere.
    process.stdout.write("", () => resolve());
  });
}
