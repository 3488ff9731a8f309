# Types each line of stdin and a TAB into an interactive zsh and says what the line has become: ask.zsh FILE
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source '$1'
tell() { print -r -- "LINE<$BUFFER>" }
zle -N tell; bindkey "^T" tell; bindkey "^I" complete-word; LISTMAX=9999
print READY_NOW'
while zpty -r shell out; do [[ $out == *READY_NOW* && $out != *print* ]] && break; done
while IFS= read -r line; do
  zpty -w -n shell $'\x15'"$line"$'\t\x14'
  zpty -r shell out '*LINE<*>*'
  print -r -- "${${out##*LINE<}%%>*}"
done
zpty -d shell
