import { valueLines } from "./value-lines.ts";
import type { CompletedCommand, CompletedOption } from "./words.ts";

// Runs in the bash 3.2 of macOS too: no associative arrays, no mapfile.

/** What `source <(kbt completion bash)` reads. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# bash completion of kbt, made by: kbt completion bash
# Put it into ~/.local/share/bash-completion/completions/kbt, or: source <(kbt completion bash)

# What may follow a command: sub-commands, first arguments, options.
_kbt_follow() {
  commands='' choices='' options=''
  case "$1" in
${commands.map(followLine).join("\n")}
  esac
}

# What an option of a command takes: nothing, or a word, assign, file or free; behind ? it may be left out.
_kbt_value() {
  kind='' values='' many=''
  case "$1 $2" in
${valueLines(commands, settingsOf).join("\n")}
  esac
}

${WALK}`;
}

function inQuotes(words: readonly string[]): string {
  return `'${words.join(" ")}'`;
}

function followLine({ choices, commands, options, path }: CompletedCommand): string {
  const names = options.flatMap((option) => option.names.filter((name) => name.startsWith("--")));
  return `    '${path}')
      commands=${inQuotes(commands.map(({ word }) => word))} choices=${inQuotes(choices.map(({ word }) => word))}
      options=${inQuotes(names)}
      ;;`;
}

function settingsOf({ value }: CompletedOption): string | null {
  if (value === null) return null;
  const kind = `kind='${value.isRequired ? "" : "?"}${value.kind}'`;
  const words = value.words.length === 0 ? "" : ` values=${inQuotes(value.words)}`;
  return `${kind}${words}${value.isList ? " many=1" : ""}`;
}

const WALK = `_kbt() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path=kbt option='' assigned='' at word
  local commands choices options kind values many
  COMPREPLY=()
  _kbt_follow "$path"
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    # bash breaks words at = and :, so --sim=fair is three of them.
    if [ "$word" = = ]; then
      assigned=1
    elif [ "$word" = : ]; then
      assigned=file
    elif [ -n "$option" ] && { [ -n "$assigned" ] || [ "\${kind#\\?}" = "$kind" ] || [[ " $values " == *" $word "* ]]; }; then
      [ "$kind" = assign ] && [ "\${COMP_WORDS[at + 1]}" = = ] || [ "\${COMP_WORDS[at + 1]}" = : ] || option=''
      assigned=''
    elif [ "\${word#-}" != "$word" ]; then
      option='' assigned=''
      _kbt_value "$path" "$word"
      [ -n "$kind" ] && option=$word
    elif [[ " $commands " == *" $word "* ]]; then
      option='' path="$path $word"
      _kbt_follow "$path"
    else
      option='' choices=''
    fi
  done
  [ "$cur" = = ] && { cur='' assigned=1; }
  [ "$cur" = : ] && { cur='' assigned=file; }
  if [ "$assigned" = file ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
    return
  fi
  if [ -n "$option" ]; then
    _kbt_value "$path" "$option"
    case "\${kind#\\?}" in
      file)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$cur"))
        return
        ;;
      assign)
        compopt -o nospace 2>/dev/null
        [ -z "$assigned" ] && COMPREPLY=($(compgen -W "$values" -- "$cur"))
        return
        ;;
      word)
        local before=''
        [ -n "$many" ] && [ "\${cur%,*}" != "$cur" ] && before="\${cur%,*},"
        COMPREPLY=($(compgen -P "$before" -W "$values" -- "\${cur#"$before"}"))
        [[ " $values " == *': '* ]] && [ "\${#COMPREPLY[@]}" = 1 ] && compopt -o nospace 2>/dev/null
        ;;
    esac
    # What may be left out may be followed by anything.
    [ "\${kind#\\?}" = "$kind" ] || [ -n "$assigned" ] && return
  fi
  if [ "\${cur#-}" != "$cur" ]; then
    COMPREPLY+=($(compgen -W "$options" -- "$cur"))
  else
    COMPREPLY+=($(compgen -W "$commands $choices" -- "$cur"))
  fi
}

complete -F _kbt kbt
`;
