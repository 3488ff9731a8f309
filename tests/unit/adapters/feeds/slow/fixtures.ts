import { readFileSync } from "node:fs";

/** Text of a file of `tests/fixtures/slow`. */
export function slowFixture(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/slow/${name}`, import.meta.url), "utf8");
}
