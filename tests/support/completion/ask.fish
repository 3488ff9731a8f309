# What fish offers for each line on stdin: ask.fish FILE
source $argv[1]
while read -l line
    set -l offered (complete -C "$line" | string replace -r '\t.*' '')
    echo "$offered"
end
