import { readFileSync } from "node:fs";

/** Lines of a fixture file under tests/fixtures. */
export function fixtureLines(path: string): string[] {
  const url = new URL(`../../fixtures/${path}`, import.meta.url);
  return readFileSync(url, "utf8").trim().split("\n");
}
