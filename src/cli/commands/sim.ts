import { Command } from "commander";
import type { SimServerOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { integer, SCENARIOS, scenario, speed } from "../options.ts";

interface Flags extends GlobalFlags {
  readonly scenario?: string;
  readonly seed?: number;
  readonly speed?: number;
  readonly port?: number;
  readonly replay?: string;
}

export function simCommand(deps: CommandDeps): Command {
  const command = new Command("sim")
    .description("Serve the local exchange on this machine until a signal.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt sim --scenario fair --seed 7 --speed 60
  $ kbt sim --json --port 8443
`,
    )
    .option("--scenario <name>", `${SCENARIOS.join(", ")} or replay:PATH (default edge)`, scenario)
    .option("--seed <n>", "seed (default 1)", integer(0, 4_294_967_295))
    .option("--speed <x>", "exchange seconds per second (default 1)", speed)
    .option("--port <n>", "port; 0 lets the system choose (default 0)", integer(0, 65_535))
    .option("--replay <path>", "serve this recording; the same as --scenario replay:PATH");
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    if (flags.replay !== undefined && flags.scenario !== undefined) {
      command.error("error: option '--replay' cannot be used with option '--scenario'", {
        code: "commander.conflictingOption",
      });
    }
    const options: SimServerOptions = {
      scenario: flags.replay === undefined ? (flags.scenario ?? "edge") : `replay:${flags.replay}`,
      seed: flags.seed ?? 1,
      speed: flags.speed ?? 1,
      port: flags.port ?? 0,
    };
    return deps.run({
      command: "sim",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runSim } = await import("../../app/commands.ts");
        return runSim(ctx, options);
      },
    });
  });
}
