import { Command, CommanderError, Option } from "commander";
import type { CommandDeps, Shell } from "./context.ts";

const HELP_WIDTH = 80;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(deps: CommandDeps) => Command>;
}

/** Says what all the others take, so it needs their options too. */
const COMPLETION = "completion";

// The list that `kbt --help` shows. The options of a command are declared only when its name is on the command line:
// declaring those of all costs more than everything else that --help does.
const COMMANDS: readonly Entry[] = [
  {
    name: "collect",
    summary: "record feeds into the database",
    load: async () => (await import("./commands/collect.ts")).collectCommand,
  },
  {
    name: "paper",
    summary: "trade with simulated fills against the real book",
    load: async () => (await import("./commands/paper.ts")).paperCommand,
  },
  {
    name: "live",
    summary: "place real orders after every gate passes",
    load: async () => (await import("./commands/live.ts")).liveCommand,
  },
  {
    name: "preview",
    summary: "what would be done now, and why",
    load: async () => (await import("./commands/preview.ts")).previewCommand,
  },
  {
    name: "ledger",
    summary: "trades, positions, orders, profit, settlements",
    load: async () => (await import("./commands/ledger.ts")).ledgerCommand,
  },
  {
    name: "why",
    summary: "why it does not trade, or why it did",
    load: async () => (await import("./commands/why.ts")).whyCommand,
  },
  {
    name: "backtest",
    summary: "replay what was recorded",
    load: async () => (await import("./commands/backtest.ts")).backtestCommand,
  },
  {
    name: "calibrate",
    summary: "is there an edge?",
    load: async () => (await import("./commands/calibrate.ts")).calibrateCommand,
  },
  {
    name: "sim",
    summary: "run the local exchange as a server",
    load: async () => (await import("./commands/sim.ts")).simCommand,
  },
  {
    name: "status",
    summary: "what runs, what is latched, what is open",
    load: async () => (await import("./commands/status.ts")).statusCommand,
  },
  {
    name: "kill",
    summary: "stop trading now and cancel every order",
    load: async () => (await import("./commands/kill.ts")).killCommand,
  },
  {
    name: "doctor",
    summary: "check the set-up line by line",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "config",
    summary: "show and check the configuration",
    load: async () => (await import("./commands/config.ts")).configCommand,
  },
  {
    name: COMPLETION,
    summary: "complete commands and options in bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
];

/** Runs one command line and gives its exit code. Throws nothing. */
export async function runProgram(argv: readonly string[], shell: Shell): Promise<number> {
  let exitCode = 0;
  const deps: CommandDeps = {
    run: async (invocation) => {
      const { runCommand } = await import("./run-command.ts");
      exitCode = await runCommand(invocation, shell);
    },
  };
  // Commander prints the help of a command without its subcommand as an error; it is kept back and judged below.
  let heldBack = "";
  const program = createProgram(shell, (text) => {
    heldBack += text;
  });
  try {
    await addCommands(program, argv, deps);
    await addTopics(program, argv);
    // `--sim` may be followed by its scenario as a word of its own; only then is the file with the options needed.
    const words = argv.includes("--sim") ? (await import("./options.ts")).joinSim(argv) : argv;
    await program.parseAsync([...words], { from: "user" });
    return exitCode;
  } catch (error) {
    const refusal = error instanceof CommanderError ? error : null;
    if (refusal?.exitCode === 0) return 0;
    if (refusal?.code === "commander.help") {
      shell.stdout(heldBack);
      return 0;
    }
    const { refuse } = await import("./run-command.ts");
    const path = pathOf(program, argv);
    return refuse(error, { argv, shell, command: commandOf(argv), path, refusal });
  }
}

function createProgram(shell: Shell, holdBack: (text: string) => void): Command {
  return new Command("kbt")
    .description("Record, price, paper-trade and trade Kalshi crypto binaries.")
    .version(shell.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .addHelpText(
      "before",
      `Examples:
  $ kbt paper --sim --sim-speed 60 --windows 2   no account, key or network
  $ kbt collect --seconds 300                    record Kalshi and Coinbase
`,
    )
    .addHelpText(
      "after",
      `
kbt <command> --help lists the options of a command; kbt help errors says what
to do about every error.`,
    )
    .option("--config <file>", "configuration file (default ./config.toml)")
    .option("--db <file>", "database file (default ./data/kbt.sqlite)")
    .option("--json", "print one JSON document on stdout")
    .option("--quiet", "no progress and no warnings on stderr")
    .option("--debug", "log more, and show stack traces")
    .addOption(
      new Option("--log-level <level>", "how much is logged").choices([
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
    )
    .option("--no-color", "no colours")
    .exitOverride()
    .configureHelp({
      helpWidth: HELP_WIDTH,
      showGlobalOptions: true,
      visibleGlobalOptions: globalOptionsOf,
    })
    .configureOutput({
      writeOut: (text) => shell.stdout(text),
      writeErr: holdBack,
      // The message is taken from the error and printed in the program's own form.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
}

/** Those of the program: what `calibrate` takes is not what `calibrate fit` takes. */
function globalOptionsOf(command: Command): Option[] {
  let top = command;
  while (top.parent !== null) top = top.parent;
  return top === command ? [] : [...top.options];
}

/** Adds every command by name, and with its options those whose name is among the words. */
async function addCommands(
  program: Command,
  argv: readonly string[],
  deps: CommandDeps,
): Promise<void> {
  if (argv.includes("ledger")) readAhead();
  const isWhole = argv.includes(COMPLETION);
  const commands = await Promise.all(
    COMMANDS.map(async ({ name, load }) =>
      isWhole || argv.includes(name) ? (await load())(deps) : new Command(name),
    ),
  );
  for (const [at, command] of commands.entries()) {
    command.summary(COMMANDS[at]?.summary ?? "");
    inherit(command, program);
    program.addCommand(command);
  }
}

/** Pages of the help that are no commands. */
async function addTopics(program: Command, argv: readonly string[]): Promise<void> {
  if (!argv.includes("errors")) return;
  const topic = (await import("./commands/errors.ts")).errorsTopic();
  topic.copyInheritedSettings(program);
  program.addCommand(topic, { hidden: true });
}

/** Who imports the same file afterwards meets the same error, and says it. */
function noted(): void {}

/**
 * `kbt ledger` is asked often and answers at once, so what it is made of is read while its options are declared: one
 * after the other, each import costs turns of the event loop.
 */
function readAhead(): void {
  import("./run-command.ts").catch(noted);
  import("../app/commands.ts").then(({ readLedger }) => readLedger()).catch(noted);
}

/** Commands are built apart from the program, so they take over its settings explicitly. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
}

/** `kbt calibrate fit` for a line that names both. */
function pathOf(program: Command, argv: readonly string[]): string {
  const names = [program.name()];
  let at = program;
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) continue;
    at = next;
    names.push(word);
  }
  return names.join(" ");
}

function commandOf(argv: readonly string[]): string | undefined {
  return argv.find((word) => COMMANDS.some(({ name }) => name === word));
}
