import type { Condition, Proof, ProofVerdict } from "../../../core/proof/proof.ts";
import { type Markup, markup, NOTHING } from "../draw/markup.ts";
import { cents, count, dollars, fixed, plural, range, signed } from "../words.ts";
import { wealth } from "./evidence.ts";

/** The answer, and everything that it rests on. */
export function verdictSection(proof: Proof): Markup {
  const { verdict } = proof;
  return markup`<section class="verdict ${verdict.name.toLowerCase()}" aria-labelledby="verdict">
<h2 id="verdict"><span class="word">${verdict.name}</span> <span class="measure">${measureOf(proof)}</span></h2>
<p class="sentence">${sentenceCase(verdict.reason)}</p>
<dl class="key-numbers">
${keyNumbers(proof)}</dl>
${conditionTable("An edge is confirmed when all of this is met", verdict.conditions, CONFIRMING)}
${conditionTable("Trading is stopped when any of this is met", verdict.kills, KILLING)}</section>
`;
}

/** How much evidence there is, beside the word: a verdict without it is read as more than it is. */
export function measureOf({ options, verdict }: Proof): string {
  const { effectiveWindows, name, windows } = verdict;
  if (name === "NOISY") return `${count(windows)} of ${plural(options.minWindows, "window")}`;
  const worth = Math.round(effectiveWindows);
  return worth === windows
    ? plural(windows, "traded window")
    : `${plural(windows, "traded window")}, worth ${count(worth)} independent ones`;
}

function sentenceCase(text: string): string {
  const sentence = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

interface KeyNumber {
  readonly name: string;
  readonly value: string;
  /** Its error, or what to hold it against. */
  readonly beside: string;
}

function keyNumbers(proof: Proof): readonly Markup[] {
  return [
    gainNumber(proof),
    profitNumber(proof),
    wealthNumber(proof),
    accountNumber(proof),
    needNumber(proof.verdict),
  ].map(
    ({
      beside,
      name,
      value,
    }) => markup`<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${beside}</span></dd></div>
`,
  );
}

const NONE = "–";

function gainNumber({ universes: { wouldTrade } }: Proof): KeyNumber {
  const name = "Brier gain, would-trade";
  if (wouldTrade.scores === null) return { name, value: NONE, beside: "nothing to score" };
  const { cluster, mean } = wouldTrade.scores.brier;
  return {
    name,
    value: signed(mean, 4),
    beside: cluster === null ? "one window" : range(cluster, 4),
  };
}

function profitNumber({ universes: { wouldTrade } }: Proof): KeyNumber {
  const name = "Net of a contract";
  const net = wouldTrade.scores?.net ?? null;
  if (net === null) return { name, value: NONE, beside: "no price to score" };
  const interval = net.bootstrap ?? net.cluster;
  const beside =
    interval === null
      ? "one window"
      : range({ lower: interval.lower * 100, upper: interval.upper * 100 }, 1);
  return { name, value: cents(net.mean), beside };
}

function wealthNumber({ evidence }: Proof): KeyNumber {
  return {
    name: "Evidence (e-process)",
    value: `$${wealth(evidence.logE)}`,
    beside: `of $1 after ${plural(evidence.bets, "bet")}; $${wealth(evidence.logThreshold)} is proof`,
  };
}

function accountNumber({ equity }: Proof): KeyNumber {
  const name = "Account, realised";
  if (equity.path.length === 0) return { name, value: NONE, beside: "nothing traded" };
  const fall = Math.abs(equity.maxDrawdown);
  return { name, value: dollars(equity.profit), beside: `deepest fall ${dollars(fall)}` };
}

function needNumber({
  daysMissing,
  minimumDetectableEdge: edge,
  windowsMissing,
}: ProofVerdict): KeyNumber {
  const beside = missingText(windowsMissing, daysMissing);
  return {
    name: "Edge that would show",
    value: edge === null ? NONE : cents(Math.min(1, edge), { isSigned: false }),
    beside,
  };
}

function missingText(windows: number | null, days: number | null): string {
  const power = "with 80 % power at 5 %";
  if (windows === null || windows === 0) return power;
  const long =
    days === null
      ? ""
      : `, ${days < 2 ? `${fixed(days * 24, 0)} h` : `${count(days)} days`} at this rate`;
  return `${power}; ${plural(windows, "more window")} needed${long}`;
}

type State = readonly [className: string, mark: string, word: string];
const CONFIRMING: Readonly<Record<"yes" | "no", State>> = {
  yes: ["good", "✓", "met"],
  no: ["open", "○", "not met"],
};
const KILLING: typeof CONFIRMING = {
  yes: ["bad", "✗", "met"],
  no: ["open", "○", "not met"],
};

function conditionTable(
  title: string,
  conditions: readonly Condition[],
  states: typeof CONFIRMING,
): Markup {
  if (conditions.length === 0) return NOTHING;
  const rows = conditions.map(({ found, met, rule }) => {
    const [className, mark, word] = states[met ? "yes" : "no"];
    return markup`<tr class="${className}"><td class="state"><span aria-hidden="true">${mark}</span> ${word}</td><th scope="row">${rule}</th><td class="found">${found}</td></tr>
`;
  });
  return markup`<table class="conditions"><caption>${title}</caption>
<thead><tr><th scope="col">state</th><th scope="col">asked</th><th scope="col">found</th></tr></thead>
<tbody>${rows}</tbody></table>
`;
}
