import { valueLines } from "./value-lines.ts";
import type { CompletedCommand, CompletedOption, Described } from "./words.ts";

/** What zsh loads as `_kbt` from a folder of its fpath, or by `source <(kbt completion zsh)`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef kbt
# zsh completion of kbt, made by: kbt completion zsh
# Put it as _kbt into a folder of $fpath, or: source <(kbt completion zsh)

# What may follow a command: sub-commands, first arguments, options, each with its meaning.
_kbt_follow() {
  commands=() choices=() options=()
  case "$1" in
${commands.map(followLine).join("\n")}
  esac
}

# What an option of a command takes: nothing, or a word, assign, file or free; behind ? it may be left out.
_kbt_value() {
  kind='' many='' values=()
  case "$1 $2" in
${valueLines(commands, settingsOf).join("\n")}
  esac
}

${WALK}`;
}

function followLine({ choices, commands, options, path }: CompletedCommand): string {
  const names = options.flatMap((option) =>
    option.names.map((word) => ({ word, about: option.about })),
  );
  return `    '${path}')
      commands=(${described(commands)})
      choices=(${described(choices)})
      options=(${described(names)})
      ;;`;
}

function described(items: readonly Described[]): string {
  return items
    .map(({ about, word }) => quoted(`${word.replaceAll(":", "\\:")}:${about}`))
    .join(" ");
}

function settingsOf({ value }: CompletedOption): string | null {
  if (value === null) return null;
  const kind = `kind='${value.isRequired ? "" : "?"}${value.kind}'`;
  const words = value.words.length === 0 ? "" : ` values=(${value.words.map(quoted).join(" ")})`;
  return `${kind}${words}${value.isList ? " many=1" : ""}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const WALK = `_kbt_words() {
  case "\${kind#\\?}" in
    file) _files ;;
    assign) compset -P '*=' || compadd -S '' -a values ;;
    word)
      if compset -P 'replay:'; then
        _files
      else
        [[ -n $many ]] && compset -P '*,'
        compadd -a values
      fi
      ;;
    *) _message value ;;
  esac
}

_kbt() {
  local path_=kbt option='' word kind many at
  local -a commands choices options values names
  _kbt_follow $path_
  for ((at = 2; at < CURRENT; at++)); do
    word=\${words[at]}
    if [[ -n $option && ( $kind != \\?* || -n \${values[(r)$word]} ) ]]; then
      option=''
    elif [[ $word == -* ]]; then
      option=''
      _kbt_value $path_ $word
      [[ -n $kind ]] && option=$word
    elif [[ -n \${commands[(r)$word:*]} ]]; then
      option='' path_="$path_ $word"
      _kbt_follow $path_
    else
      option='' choices=()
    fi
  done
  if [[ -z $option && $PREFIX == --*=* ]]; then
    _kbt_value $path_ "\${PREFIX%%=*}"
    compset -P '--[a-z-]#='
    _kbt_words
    return
  fi
  if [[ -n $option ]]; then
    _kbt_value $path_ $option
    _kbt_words
    [[ $kind == \\?* ]] || return
  fi
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
  else
    _describe command commands -- choices
  fi
}

# Loaded by compinit it is called at once; sourced it has to be made known.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _kbt "$@"
else
  compdef _kbt kbt
fi
`;
