import type { Command, Option } from "commander";
import { list } from "../options.ts";
import { suggestionsFor } from "./suggestions.ts";

// What can be typed after `kbt`, read off the program itself, so that a new command or option completes without a line
// of its own.

export interface Described {
  readonly word: string;
  readonly about: string;
}

interface OptionValue {
  readonly isRequired: boolean;
  /** `assign` is a word and `=`; `free` is anything, and nothing is offered. */
  readonly kind: "word" | "assign" | "file" | "free";
  readonly words: readonly string[];
  /** Takes several, with commas between them. */
  readonly isList: boolean;
}

export interface CompletedOption {
  readonly names: readonly string[];
  readonly about: string;
  readonly value: OptionValue | null;
}

export interface CompletedCommand {
  /** `kbt live reset` */
  readonly path: string;
  readonly commands: readonly Described[];
  /** What the first argument may be. */
  readonly choices: readonly Described[];
  readonly options: readonly CompletedOption[];
}

/** Every command below `program` with what may follow it, the program first. */
export function completedCommands(program: Command): CompletedCommand[] {
  return walk(program, program.name(), []);
}

function walk(
  command: Command,
  path: string,
  inherited: readonly CompletedOption[],
): CompletedCommand[] {
  const help = command.createHelp();
  const own = help.visibleOptions(command).map(completedOption);
  const children = help.visibleCommands(command);
  const commands = children.map((child) => ({
    word: child.name(),
    about: help.subcommandDescription(child),
  }));
  // Options of the program may stand behind each of its commands; those of a command say nothing to its sub-commands.
  const global = command.parent === null ? own : inherited;
  const before = new Set(own.flatMap(({ names }) => names));
  const here: CompletedCommand = {
    path,
    commands,
    choices: command.registeredArguments
      .slice(0, 1)
      .flatMap(({ argChoices }) => argChoices ?? [])
      .map((word) => ({ word, about: "" })),
    options: [...own, ...global.filter(({ names }) => !names.some((name) => before.has(name)))],
  };
  const below = children.flatMap((child) =>
    isHelp(child, command)
      ? [
          {
            path: `${path} help`,
            commands: [],
            choices: helpTopics(command, commands),
            options: [],
          },
        ]
      : walk(child, `${path} ${child.name()}`, global),
  );
  return [here, ...below];
}

/** What `help` tells of: the commands, and of the program also its page of errors. */
function helpTopics(of: Command, commands: readonly Described[]): readonly Described[] {
  return of.parent === null ? [...commands, { word: "errors", about: "every error" }] : commands;
}

/** The `help` that commander adds by itself is in no list of commands. */
function isHelp(child: Command, parent: Command): boolean {
  return child.name() === "help" && !parent.commands.includes(child);
}

function completedOption(option: Option): CompletedOption {
  const names = [option.long, option.short].filter((name) => name !== undefined);
  return { names, about: option.description, value: valueOf(option) };
}

function valueOf(option: Option): OptionValue | null {
  const { argChoices, flags, long, optional, parseArg, required } = option;
  if (!required && !optional) return null;
  const common = { isRequired: required, isList: parseArg === list };
  if (argChoices !== undefined) return { ...common, kind: "word", words: argChoices };
  if (/<(?:file|path)>$/.test(flags)) return { ...common, kind: "file", words: [] };
  const words = suggestionsFor(long ?? "");
  if (words.length === 0) return { ...common, kind: "free", words };
  return { ...common, kind: words[0]?.endsWith("=") ? "assign" : "word", words };
}
