import type { Proof, ProofVerdict } from "../../core/proof/proof.ts";
import type { CommandContext, Table } from "../context.ts";

/** The verdict, and each condition with what was found: the first thing to be read. */
export async function verdictText(ctx: CommandContext, proof: Proof): Promise<string> {
  const { verdict, version, versions } = proof;
  const tried =
    versions.length > 1
      ? `${versions.length} versions of the parameters were tried: each must show ${versions.length} times more\n`
      : "";
  const judged =
    version === null
      ? ""
      : `version ${version.id}: ${version.rows} rows in ${version.windows} settled windows, runs ${runsText(version.runs)}\n`;
  return [
    `${verdict.name}: ${verdict.reason}\n`,
    prospectText(verdict),
    judged,
    tried,
    "\n",
    await ctx.table(conditionTable(verdict)),
    "\n",
  ].join("");
}

function prospectText({
  daysMissing,
  minimumDetectableEdge: edge,
  name,
  windowsMissing,
}: ProofVerdict): string {
  const lines: string[] = [];
  // Above a dollar it says nothing: no contract is worth as much.
  if (edge !== null && edge < 1)
    lines.push(`with so many windows an edge of ${Math.ceil(edge * 100)} cents or more would show`);
  if (windowsMissing !== null && windowsMissing > 0) {
    const days = daysMissing === null ? "" : `, ${daysMissing.toFixed(1)} days`;
    lines.push(`at the present rate ${windowsMissing} more windows with a trade are needed${days}`);
  } else if (name === "INCONCLUSIVE" && windowsMissing === null) {
    lines.push("at the present rate it will never be confirmed: betting has won nothing so far");
  }
  return lines.map((line) => `${line}\n`).join("");
}

function conditionTable({ conditions, kills }: ProofVerdict): Table {
  return {
    columns: [{ title: "" }, { title: "condition" }, { title: "found", align: "right" }],
    rows: [
      ...conditions.map(({ found, met, rule }) => [met ? "met" : "open", rule, found]),
      ...kills.map(({ found, met, rule }) => [met ? "KILL" : "no kill", rule, found]),
    ],
  };
}

const RUNS_SHOWN = 6;

function runsText(runs: readonly number[]): string {
  const shown = runs.slice(-RUNS_SHOWN).join(", ");
  return runs.length > RUNS_SHOWN ? `… ${shown}` : shown;
}
