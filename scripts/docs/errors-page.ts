import type { ErrorEntry } from "../../src/core/error-entry.ts";
import { EXIT_MEANING, errorsOfExit } from "../../src/core/error-table.ts";
import { WORDS_OF_THE_EXCHANGE } from "../../src/core/errors-of-the-exchange.ts";
import { table } from "./markdown.ts";

/** docs/errors.md: every error code with what to do, by exit code. */
export function errorsPage(): string {
  const parts = Object.entries(EXIT_MEANING).map(
    ([exit, meaning]) => `## Exit ${exit}: ${meaning}\n\n${errorRows(errorsOfExit(Number(exit)))}`,
  );
  return `# Errors

An error is one line on stderr, \`error[CODE] what happened · why · what to do\`, and nothing on stdout; with \`--json\` the
document on stdout holds \`error.kind\`, \`error.code\`, \`error.message\` and \`error.hint\`. Codes do not change within a major
version, and the exit code says what sort of trouble it is. \`kbt help errors\` prints this
list, and [troubleshooting](troubleshooting.md) goes by symptom. This page is made by \`npm run docs\` from the table that the messages
take their advice from.

Exit 0 is done, and of a long run: stopped on request and verified empty. Exit 130 is a second Ctrl-C. Where an error is of
one kind or another, it stands under the more usual one.

${parts.join("\n\n")}

## Words of the exchange

A refusal is passed on in the exchange's own words, in capitals, and exits 6 (401 and 403: exit 4). \`HTTP_404\` and the like
stand for answers without a word. Those met most often:

${errorRows(Object.entries(WORDS_OF_THE_EXCHANGE))}
`;
}

function errorRows(entries: readonly (readonly [string, ErrorEntry])[]): string {
  return table(
    ["code", "what it means", "what to do"],
    entries.map(([code, { means, remedies }]) => [`\`${code}\``, means, remedies.join("; or: ")]),
  );
}
