import type { Shell } from "../../src/cli/context.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { Ran } from "./kbt.ts";
import { NO_TERMINAL } from "./terminal.ts";

/** The command line in this process, in a folder of its own and with no environment but what is given. */
export async function kbtHere(
  words: readonly string[],
  folder: string,
  env: Shell["env"] = {},
): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const shell: Shell = {
    env,
    cwd: folder,
    homeDir: folder,
    version: "0.1.0",
    isTty: { stdout: false, stderr: false },
    terminal: NO_TERMINAL,
    signal: new AbortController().signal,
    stopCode: () => null,
    monoMs: () => 0,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readText: async () => null,
  };
  return { code: await runProgram(words, shell), stdout, stderr };
}
