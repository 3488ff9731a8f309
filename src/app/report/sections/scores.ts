import type {
  Paired,
  Parts,
  Proof,
  Universe,
  UniverseScores,
  Universes,
} from "../../../core/proof/proof.ts";
import type { Column } from "../../context.ts";
import { type Markup, markup, NOTHING } from "../draw/markup.ts";
import { groupedTable, tableOf, tables } from "../parts.ts";
import { chance, count, fixed, minute, plural, range, signed } from "../words.ts";

// Model against market in tables: every row says of how many rows and windows it is.

/** Scores of all universes, on all windows and on those that nothing was chosen on. */
export function scoreTables({ options, parts, universes }: Proof): Markup {
  const { epsRobust } = options;
  const whole = scoreTable("Scores of model and market, all windows", named(universes), epsRobust);
  return markup`${tables([whole, heldOut(parts, epsRobust)])}${testTables(universes)}`;
}

interface Group {
  readonly name: string;
  readonly universe: Universe;
}

function named({ all, filled, wouldTrade }: Universes): readonly Group[] {
  return [
    { name: "All evaluations", universe: all },
    { name: "Where it would trade", universe: wouldTrade },
    { name: "Where it was filled", universe: filled },
  ];
}

function heldOut({ boundaryMs, confirmation }: Parts, epsRobust: number): Markup {
  if (boundaryMs === null) return NOTHING;
  const groups = [
    { name: "All evaluations", universe: confirmation.all },
    { name: "Where it would trade", universe: confirmation.wouldTrade },
  ];
  const caption = `Held out: the last 40 % of the windows, after ${minute(boundaryMs)} UTC`;
  return scoreTable(caption, groups, epsRobust);
}

const COLUMNS = ["", "model", "market", "gain", "95 % by window"];
const RESAMPLED = "bootstrap p";

function scoreTable(caption: string, groups: readonly Group[], epsRobust: number): Markup {
  // Parts are not resampled.
  const isResampled = groups.some(({ universe }) => universe.scores?.brier.bootstrap != null);
  const titles = isResampled ? [...COLUMNS, RESAMPLED] : COLUMNS;
  return groupedTable(
    caption,
    titles.map((title, i): Column => ({ title, align: i === 0 ? "left" : "right" })),
    groups.map(({ name, universe }) => ({
      title: name,
      beside:
        universe.rows === 0
          ? "nothing settled yet"
          : `${plural(universe.rows, "row")} in ${plural(universe.windows, "window")}`,
      rows: universe.scores === null ? [] : scoreRows(universe.scores, epsRobust, titles.length),
    })),
  );
}

function scoreRows(
  { brier, logLoss, logLossRobust, market, model }: UniverseScores,
  epsRobust: number,
  width: number,
): string[][] {
  const rows = [
    ["Brier score", fixed(model.brier, 4), fixed(market.brier, 4), ...pairedCells(brier)],
    ["log loss", fixed(model.logLoss, 4), fixed(market.logLoss, 4), ...pairedCells(logLoss)],
    [`log loss, ε = ${epsRobust}`, "", "", ...pairedCells(logLossRobust)],
  ];
  return rows.map((cells) => cells.slice(0, width));
}

function pairedCells({ bootstrap, cluster, mean }: Paired): string[] {
  return [
    signed(mean, 4),
    cluster === null ? "–" : range(cluster, 4),
    bootstrap === null ? "–" : chance(bootstrap.pOneSided),
  ];
}

function testTables({ wouldTrade: { scores } }: Universes): Markup {
  if (scores === null) return NOTHING;
  return markup`<details><summary>More tests, where it would trade</summary>${sourceTable(scores)}${pairTable(scores)}</details>
`;
}

function sourceTable({ market, model }: UniverseScores): Markup {
  const both = [model, market];
  const line = (name: string, of: (source: UniverseScores["model"]) => string): string[] => [
    name,
    ...both.map(of),
  ];
  return tableOf("Calibration of each", {
    columns: [
      { title: "" },
      { title: "model", align: "right" },
      { title: "market", align: "right" },
    ],
    rows: [
      line("area under the ROC curve", ({ auc }) => number(auc, 3)),
      line("calibration error (ECE)", ({ ece }) => fixed(ece, 4)),
      line("  by chance, were it calibrated", ({ eceIfCalibrated }) => fixed(eceIfCalibrated, 4)),
      line("Cox slope (1 is ideal)", ({ cox }) => number(cox?.slope ?? null, 3)),
      line("  95 %", ({ cox }) => bounds(cox?.slopeLower ?? null, cox?.slopeUpper ?? null)),
      line("Cox intercept (0 is ideal)", ({ cox }) => number(cox?.intercept ?? null, 3)),
      line("  95 %", ({ cox }) => bounds(cox?.interceptLower ?? null, cox?.interceptUpper ?? null)),
      line("chance of as much miscalibration", ({ miscalibrationP }) =>
        miscalibrationP === null ? "–" : chance(miscalibrationP),
      ),
      line("Spiegelhalter z, one row a window", ({ spiegelhalter }) =>
        number(spiegelhalter?.z ?? null, 2),
      ),
      line("rows at the edge of what is quoted", ({ clipped }) => count(clipped)),
    ],
  });
}

function pairTable({ brier: { dieboldMariano }, encompassing, net }: UniverseScores): Markup {
  return tableOf("Model against market", {
    columns: [
      { title: "" },
      { title: "value", align: "right" },
      { title: "95 % or p", align: "right" },
      { title: "reads" },
    ],
    rows: [
      [
        "θ of outcome on model − market",
        ...cellsOf(encompassing, (test) => [fixed(test.theta, 3), range(test, 3)]),
        "0: the market knows all, 1: the model is right",
      ],
      [
        "Diebold–Mariano, Brier",
        ...cellsOf(dieboldMariano, ({ p, stat }) => [fixed(stat, 2), `p ${chance(p)}`]),
        "series of windows, dependent neighbours",
      ],
      [
        "realised profit on predicted EV",
        ...cellsOf(net?.evSlope ?? null, ({ se, slope }) => [fixed(slope, 2), `± ${fixed(se, 2)}`]),
        "1: a predicted cent earns a cent",
      ],
      [
        "mean predicted EV, cents",
        ...cellsOf(net, ({ meanEv, rows }) => [signed(meanEv * 100, 2), plural(rows, "row")]),
        "before anything settled",
      ],
    ],
  });
}

/** Two cells of what was found, or of what was not. */
function cellsOf<Found>(
  found: Found | null,
  cells: (found: Found) => readonly [string, string],
): readonly [string, string] {
  return found === null ? ["–", "–"] : cells(found);
}

const number = (value: number | null, decimals: number): string =>
  value === null ? "–" : fixed(value, decimals);
const bounds = (lower: number | null, upper: number | null): string =>
  lower === null || upper === null ? "–" : range({ lower, upper }, 2);
