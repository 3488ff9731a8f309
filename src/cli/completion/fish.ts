import type { CompletedCommand, CompletedOption } from "./words.ts";

/** What fish reads as ~/.config/fish/completions/kbt.fish. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => [
    ...command.commands.map(({ about, word }) => line(command, ["-xa", quoted(word)], about)),
    ...(command.choices.length === 0
      ? []
      : [line(command, ["-xa", quoted(command.choices.map(({ word }) => word).join(" "))])]),
    ...command.options.map((option) => optionLine(command, option)),
  ]);
  return `# fish completion of kbt, made by: kbt completion fish > ~/.config/fish/completions/kbt.fish

# Is the line up to here this command? Options and their values are passed over.
function __kbt_at
    set -l path kbt
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- "$path $word" $__kbt_valued; and set skip 1
        else if contains -- "$path $word" $__kbt_paths
            set path "$path $word"
        end
    end
    test "$path" = "$argv"
end

# Each word behind what stands before the last comma.
function __kbt_several
    set -l before (commandline -ct | string replace -r '^--[a-z-]+=' '' | string match -r '^.*,')
    printf '%s\\n' $before$argv
    test -z "$before"; and printf '%s\\n' $argv
end

set -g __kbt_paths ${commands.map(({ path }) => quoted(path)).join(" ")}
set -g __kbt_valued ${valuedOptions(commands).map(quoted).join(" ")}

complete -c kbt -f
${lines.join("\n")}
`;
}

/** Options whose value is a word of its own. */
function valuedOptions(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ options, path }) =>
    options
      .filter(({ value }) => value?.isRequired)
      .flatMap(({ names }) => names.map((name) => `${path} ${name}`)),
  );
}

function optionLine(command: CompletedCommand, option: CompletedOption): string {
  const names = option.names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return line(command, [...names, ...valueWords(option)], option.about);
}

function valueWords({ value }: CompletedOption): string[] {
  if (value === null) return [];
  // An optional value is only the value behind =, which fish offers for an option that has words but needs none.
  const takes = value.isRequired ? "-x" : "-f";
  if (value.kind === "file") return ["-r", "-F"];
  if (value.words.length === 0) return [takes];
  const words = value.words.join(" ");
  return [takes, "-a", quoted(value.isList ? `(__kbt_several ${words})` : words)];
}

function line({ path }: CompletedCommand, parts: readonly string[], about = ""): string {
  const meaning = about === "" ? "" : ` -d ${quoted(about)}`;
  return `complete -c kbt -n ${quoted(`__kbt_at ${path}`)} ${parts.join(" ")}${meaning}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
