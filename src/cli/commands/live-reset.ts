import { Command, Option } from "commander";
import type { LiveResetOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { refuseBeside } from "../options.ts";
import { RUN_FLAGS } from "../trading.ts";

interface Flags extends GlobalFlags {
  readonly reason: string;
  readonly mode: "paper" | "live";
}

/** `kbt live reset NAME --reason TEXT`. */
export function liveResetCommand(deps: CommandDeps): Command {
  const command = new Command("reset")
    .description(
      "Clear a latch, have a strategy forget its earlier fills, or take a new key of the account.",
    )
    .addHelpText(
      "before",
      `Examples:
  $ kbt live reset farthest-band --reason "sold by hand"
  $ kbt live reset farthest-band --mode paper --reason "a new start"
`,
    )
    .argument("<name>", "latch, strategy, or account")
    .requiredOption("--reason <text>", "why; kept with it")
    .addOption(
      new Option("--mode <mode>", "whose").choices(["paper", "live"] as const).default("live"),
    );
  return command.action((name: string) => {
    refuseBeside(command, "live reset", RUN_FLAGS);
    const flags = command.optsWithGlobals<Flags>();
    const reason = flags.reason.trim();
    if (reason === "") {
      command.error("error: option '--reason <text>' must say why", {
        code: "commander.invalidArgument",
      });
    }
    const options: LiveResetOptions = { name, reason, mode: flags.mode };
    return deps.run({
      command: "live",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runLiveReset } = await import("../../app/commands.ts");
        return runLiveReset(ctx, options);
      },
    });
  });
}
