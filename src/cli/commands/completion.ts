import { Argument, Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type ShellName = (typeof SHELLS)[number];

export function completionCommand(deps: CommandDeps): Command {
  const command = new Command("completion")
    .description("Print what makes a shell complete kbt's commands, options and values.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt completion bash > ~/.local/share/bash-completion/completions/kbt
  $ kbt completion fish > ~/.config/fish/completions/kbt.fish
`,
    )
    .addHelpText("after", "\nFor zsh: kbt completion zsh > _kbt, in a folder of its $fpath.")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS));
  return command.action((shell: ShellName) =>
    deps.run({
      command: "completion",
      globals: command.optsWithGlobals<GlobalFlags>(),
      flags: [],
      execute: async () => {
        const { completionScript } = await import("../completion/script.ts");
        const script = completionScript(shell, command);
        return { exitCode: 0, data: { shell, script }, text: script, warnings: [] };
      },
    }),
  );
}
