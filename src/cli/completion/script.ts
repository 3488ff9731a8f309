import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completedCommands } from "./words.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The completion of the whole program that `command` belongs to, for one shell. */
export function completionScript(shell: keyof typeof SCRIPTS, command: Command): string {
  let program = command;
  while (program.parent !== null) program = program.parent;
  return SCRIPTS[shell](completedCommands(program));
}
