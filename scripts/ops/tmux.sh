#!/bin/sh
# kbt by hand in one tmux session: recording, paper trading, what runs, and a shell. Close it with: tmux kill-session -t kbt
#
#   scripts/ops/tmux.sh [DATABASE] [OPTIONS FOR COLLECT AND PAPER]
#
# scripts/ops/tmux.sh data/sim.sqlite --sim --sim-speed 60   tries it without account or network.
set -eu
db=${1:-data/demo.sqlite}
[ $# -eq 0 ] || shift
root=$(cd "$(dirname "$0")/../.." && pwd)
# A tmux that runs already would not hand on what is exported here.
kbt="env $(grep -v '^#' "$root/scripts/ops/memory.env" | tr '\n' ' ')$root/bin/kbt.js"
session=${SESSION_NAME:-kbt}

# Ctrl-C (tmux send-keys C-c) ends a run in order; the shell behind it keeps its last words on the screen.
run() { printf '%s; exec %s' "$*" "${SHELL:-sh}"; }
tmux new-session -d -s "$session" -n collect "$(run "$kbt" collect --seconds 0 --db "$db" "$@")"
tmux new-window -t "$session" -n paper "$(run "$kbt" paper --db "$db" "$@")"
tmux new-window -t "$session" -n status "$(run "until [ -f $db ]; do sleep 1; done; $kbt status --watch --db $db")"
tmux new-window -t "$session" -n shell
tmux select-window -t "$session:status"
echo "tmux attach -t $session"
