#!/bin/sh
# Runs kbt under systemd and tells it how kbt is: READY when /healthz first answers, WATCHDOG while it answers, STOPPING when a
# stop is asked for. Node cannot say so itself (it has no datagram sockets of the file system), and kbt starts no processes;
# so this script is the service, kbt its child, and systemd-notify is called here.
#
#   kbt-watched.sh PORT COMMAND [OPTIONS]
#
# /healthz is answered by the loop that trades and records: one that hangs does not answer, and WatchdogSec ends it.
set -u
port=$1
shift
program=${WATCHED_PROGRAM:-$(cd "$(dirname "$0")/../../.." && pwd)/bin/kbt.js}

tell() { [ -z "${NOTIFY_SOCKET:-}" ] || systemd-notify "$@" || :; }
answers() { curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$port/healthz" 2>/dev/null; }

"$program" "$@" --metrics-port "$port" &
child=$!
stop() {
  tell STOPPING=1 --status="stopping: what is under way comes to its end"
  kill -TERM "$child" 2>/dev/null || :
}
trap stop TERM INT

ready=''
while kill -0 "$child" 2>/dev/null; do
  if answers; then
    [ -n "$ready" ] || tell --ready --status="running"
    ready=1
    tell WATCHDOG=1
  fi
  # In the background, so that a signal is heard at once.
  sleep "${WATCH_SECONDS:-5}" &
  wait $! || :
done
wait "$child"
