import { Command } from "commander";
import type { ErrorEntry } from "../../core/error-entry.ts";
import { EXIT_MEANING, errorsOfExit } from "../../core/error-table.ts";
import { WORDS_OF_THE_EXCHANGE } from "../../core/errors-of-the-exchange.ts";

const WIDTH = 80;

/** What `kbt help errors` shows: no command of its own, but a page of the help. */
export function errorsTopic(): Command {
  const command = new Command("errors");
  command.helpInformation = () => errorsText(command);
  return command.action(() => command.help());
}

function errorsText(command: Command): string {
  const help = command.createHelp();
  const wrapped = (text: string): string =>
    help.boxWrap(text, WIDTH - 4).replace(/^(?=.)/gm, "    ");
  const lines = (entries: readonly (readonly [string, ErrorEntry])[]): string =>
    entries
      .map(
        ([code, { means, remedies }]) =>
          `  ${code}\n${wrapped(`${means} Do: ${remedies.join("; or: ")}.`)}\n`,
      )
      .join("");
  const parts = Object.entries(EXIT_MEANING).map(
    ([exit, meaning]) => `Exit ${exit}: ${meaning}\n${lines(errorsOfExit(Number(exit)))}`,
  );
  return `An error is one line on stderr: error[CODE] what happened · why · what to do.

${parts.join("\n")}
Exit 6, in the words of the exchange (it may have more):
${lines(Object.entries(WORDS_OF_THE_EXCHANGE))}`;
}
