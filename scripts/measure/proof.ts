// Does the verdict of `kbt calibrate` keep its word? `npm run measure:proof`. Histories without an edge are looked at after every
// window: at most 5 % of them may ever be CONFIRMED. Histories with one say how long that takes.
import { parseArgs } from "node:util";
import { proofWorld, type Right } from "../../tests/support/proof-world.ts";
import { firstConfirmed, isEverAbove, lookAtAll, median } from "./proof/looks.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "2000" },
    windows: { type: "string", default: "600" },
    edges: { type: "string", default: "100" },
  },
});
const windows = Number(values.windows);

const NULLS: readonly (readonly [right: Right, name: string])[] = [
  ["costs", "every contract costs exactly what it is worth"],
  ["market", "the market's mid is right, and costs come on top"],
];
const histories = Number(values.histories);
const edges = Number(values.edges);
if (histories > 0) {
  for (const [right, name] of NULLS) nullHistories(right, name, histories);
  for (const last of [400, 600, 1200, 4000]) peekedAt(last, histories);
}

if (edges > 0) for (const errorSd of [0.036, 0.06]) edgeHistories(errorSd, edges);

function nullHistories(right: Right, name: string, count: number): void {
  const began = performance.now();
  const seen = { reached: 0, confirmed: 0, fixed: 0, fixedConfirmed: 0 };
  for (let seed = 1; seed <= count; seed++) {
    const looks = lookAtAll(proofWorld({ count: windows, right, seed }));
    if (looks.evidence) seen.reached++;
    if (looks.confirmed) seen.confirmed++;
    if (looks.fixed) seen.fixed++;
    if (looks.fixedConfirmed) seen.fixedConfirmed++;
  }
  const share = (part: number): string => `${((100 * part) / count).toFixed(2)} %`;
  say(
    `no edge: ${name}; ${count} histories of ${windows} windows, each looked at after every window`,
  );
  say(`  wealth ever 20-fold with 300 windows   ${share(seen.reached)}`);
  say(
    `  CONFIRMED at any look                  ${share(seen.confirmed)}  ${seen.confirmed <= 0.05 * count ? "ok" : "MISSED"} (at most 5 %)`,
  );
  say(
    `  fixed-n route instead of the wealth    ${share(seen.fixed)}  (theta and profit above 0 with 400 windows)`,
  );
  say(`  ... and all other conditions           ${share(seen.fixedConfirmed)}`);
  say(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** The bound of a fixed-n interval, looked at after every window from the 400th on. */
function peekedAt(last: number, count: number): void {
  let above = 0;
  for (let seed = 1; seed <= count; seed++) if (isEverAbove(seed, last)) above++;
  say(
    `no edge, one contract a window: 95 % lower bound of profit above 0 at any look from 400 to ${last}: ${((100 * above) / count).toFixed(1)} %`,
  );
}

function edgeHistories(errorSd: number, count: number): void {
  const needed: number[] = [];
  const fixed: number[] = [];
  const trades: number[] = [];
  const most = 6 * windows;
  for (let seed = 1; seed <= count; seed++) {
    const rows = proofWorld({ count: most, right: "model", seed, errorSd });
    const { fixedN, tradedShare, windowsNeeded } = firstConfirmed(rows);
    needed.push(windowsNeeded ?? Number.POSITIVE_INFINITY);
    fixed.push(fixedN);
    trades.push(tradedShare);
  }
  const found = needed.filter(Number.isFinite).length;
  say(
    `a market that errs by ${(errorSd * 100).toFixed(1)} cents (s.d.); ${count} histories of at most ${most} windows`,
  );
  say(`  windows with a trade                   ${(100 * median(trades)).toFixed(0)} %`);
  say(
    `  CONFIRMED                              ${found} of ${count}, after a median of ${median(needed)} windows`,
  );
  say(
    `  test of fixed n (5 %, power 80 %)      ${Math.round(median(fixed))} windows, known beforehand and looked at once`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
