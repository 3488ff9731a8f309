import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";

interface Flags extends GlobalFlags {
  readonly origin?: boolean;
}

export function configCommand(deps: CommandDeps): Command {
  const config = new Command("config").description("Show and check the configuration.").addHelpText(
    "before",
    `Examples:
  $ kbt config show --origin
  $ kbt config check --config ./config.toml
`,
  );
  const show = new Command("show")
    .description("Print every key with its value; secrets are masked.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt config show --origin
  $ kbt config show --json --config ./config.toml
`,
    )
    .option("--origin", "say where each value comes from");
  show.action(() => {
    const flags = show.optsWithGlobals<Flags>();
    return deps.run({
      command: "config",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { showConfig } = await import("../config-report.ts");
        return showConfig(ctx, flags.origin ?? false);
      },
    });
  });
  const check = new Command("check")
    .description("Check files and environment; exit 2 with every problem at once.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt config check
  $ kbt config check --json --config ./config.toml
`,
    );
  check.action(() =>
    deps.run({
      command: "config",
      globals: check.optsWithGlobals<GlobalFlags>(),
      flags: [],
      execute: async (ctx) => {
        const { checkConfig } = await import("../config-report.ts");
        return checkConfig(ctx);
      },
    }),
  );
  return config.addCommand(show).addCommand(check);
}
