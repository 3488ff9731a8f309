import type { Proof } from "../../core/proof/proof.ts";
import type { FunnelData } from "../why-funnel.ts";
import { type Markup, markup, NOTHING } from "./draw/markup.ts";
import { figures, prose, section } from "./parts.ts";
import { evFigure, sliceTable, tauFigure } from "./sections/bins.ts";
import { confidenceFigure } from "./sections/confidence.ts";
import { coverageSection, type RecordingFacts } from "./sections/coverage.ts";
import { equityFigure } from "./sections/equity.ts";
import { evidenceFigure } from "./sections/evidence.ts";
import { funnelSection } from "./sections/funnel.ts";
import { reliabilityFigure } from "./sections/reliability.ts";
import { type ProvenanceFacts, runSection } from "./sections/runs.ts";
import { scoreTables } from "./sections/scores.ts";
import { measureOf, verdictSection } from "./sections/verdict.ts";
import { STYLE } from "./style.ts";

export interface ReportFacts {
  /** Names and values of what was asked for and when. */
  readonly about: readonly (readonly [name: string, value: string])[];
  readonly proof: Proof;
  /** Null without an evaluation. */
  readonly funnel: FunnelData | null;
  readonly recording: RecordingFacts;
  readonly provenance: ProvenanceFacts;
}

/** One HTML page that needs nothing beside itself: no script, no font, no picture, no address. */
export function reportPage(facts: ReportFacts): string {
  const { proof } = facts;
  const title = `kbt calibrate: ${proof.verdict.name}, ${measureOf(proof)}`;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title>
<style>${{ html: STYLE }}</style></head>
<body>
${head(facts)}
<main>
${verdictSection(proof)}
${knowledge(proof)}
${reliability(proof)}
${money(proof)}
${funnelSection(facts.funnel)}
${coverageSection(proof.coverage, facts.recording)}
${runSection(facts.provenance)}
${reading()}
</main>
<footer>Past results of a simulation or of an account promise nothing. This is no financial advice.</footer>
</body></html>
`;
  return page.html;
}

function head({ about }: ReportFacts): Markup {
  const entries = about.map(
    ([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
  );
  return markup`<header><p class="kicker">kbt calibrate</p><h1>Is there an edge?</h1><dl class="about">
${entries}</dl></header>`;
}

function knowledge(proof: Proof): Markup {
  const title = "Does the model know more than the market?";
  if (proof.universes.all.scores === null) {
    return section("knowledge", title, [
      prose("Nothing that was evaluated with a probability and a market price has settled yet."),
    ]);
  }
  return section("knowledge", title, [
    prose(
      "Scores at fixed times before the close; smaller is better, and the gain is the market’s less the model’s. All that settles at one instant is one window, and windows are what is counted: their strikes share one outcome.",
    ),
    figures([confidenceFigure(proof.confidence), evidenceFigure(proof.evidence)]),
    scoreTables(proof),
  ]);
}

function reliability({ forecaster, universes }: Proof): Markup {
  const { rows, scores, windows } = universes.all;
  if (scores === null) return NOTHING;
  const { market, model } = scores;
  return section("reliability", "Do probabilities mean what they say?", [
    prose(
      "On the diagonal, what was given 30 % came true in 30 % of cases. Within the band a forecast is no further off than calibrated ones would be by chance.",
    ),
    figures([
      reliabilityFigure({
        name: forecaster,
        tone: "model",
        rows,
        windows,
        scores: model,
      }),
      reliabilityFigure({
        name: "market",
        tone: "market",
        rows,
        windows,
        scores: market,
      }),
    ]),
  ]);
}

function money({ breakdowns, equity, evBins }: Proof): Markup {
  const { timeToClose } = breakdowns;
  return section("money", "Does it earn?", [
    equity.path.length === 0 ? prose("Nothing was traded and settled.") : equityFigure(equity),
    figures([
      evBins.bins.some(({ rows }) => rows > 0) ? evFigure(evBins) : NOTHING,
      timeToClose.length > 0 ? tauFigure(timeToClose) : NOTHING,
    ]),
    slices(breakdowns),
  ]);
}

function slices({ hour, price, series, strategy }: Proof["breakdowns"]): Markup {
  const tables = [
    sliceTable("By strategy", "strategy", strategy),
    sliceTable("By series", "series", series),
    sliceTable("By the market’s probability", "price", price),
    sliceTable("By hour of the day, UTC", "hour", hour),
  ];
  if (strategy.length === 0) return NOTHING;
  return markup`<details><summary>By strategy, series, price and hour; not corrected for how many were looked at</summary>${tables}</details>
`;
}

function reading(): Markup {
  return section("reading", "How to read this", [
    markup`<dl class="glossary">
<dt>Window</dt><dd>All markets that settle at one instant. They share one price of the underlying and so one piece of luck.</dd>
<dt>Brier score, log loss</dt><dd>Mean penalty of a probability: squared error, and the logarithm of what the outcome had been given. Smaller is better.</dd>
<dt>Confidence sequence</dt><dd>An interval for each window that holds the true mean at all of them together, so that one may stop at any time.</dd>
<dt>E-process</dt><dd>Wealth of a bet on the model at the market’s prices. It is worth a dollar on average if the market is right.</dd>
<dt>Standard errors</dt><dd>By window throughout; rows would make them too small.</dd>
</dl>
`,
  ]);
}
