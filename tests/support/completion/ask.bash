# What bash offers for each line on stdin: ask.bash FILE
source "$1"
while IFS= read -r line; do
  # As readline breaks a line: at blanks, and = and : are words of their own.
  spaced=${line//=/ = }
  spaced=${spaced//:/ : }
  read -ra COMP_WORDS <<<"$spaced"
  case "$line" in *' ') COMP_WORDS+=('') ;; esac
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _kbt
  echo "${COMPREPLY[*]}"
done
