import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Vitest global setup: the tests that spawn bin/kbt.js need the bundle, and one that is as new as the source. */
export function setup(): void {
  const bundle = statSync(`${ROOT}dist/main.js`, { throwIfNoEntry: false });
  if (bundle !== undefined && bundle.mtimeMs >= newestMs(`${ROOT}src`)) return;
  execFileSync(process.execPath, [`${ROOT}scripts/build.mjs`], { stdio: "inherit" });
}

function newestMs(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    newest = Math.max(newest, statSync(`${folder}/${entry}`).mtimeMs);
  }
  return newest;
}
