#!/bin/sh
# kbt as its units run it: their user, configuration, key, database and home. For root, for that user, and for cron:
#
#   /opt/kbt/scripts/ops/kbt.sh status
#   /opt/kbt/scripts/ops/kbt.sh kill
set -eu
user=${UNIT_USER:-kbt}
etc=${UNIT_ETC:-/etc/kbt}
home=${UNIT_HOME:-/var/lib/kbt}
self=$(readlink -f "$0")
[ "$(id -un)" = "$user" ] || exec runuser -u "$user" -- "$self" "$@"

set -a
[ ! -r "$etc/kbt.env" ] || . "$etc/kbt.env"
set +a
export HOME="$home" DB_PATH="$home/kbt.sqlite" LOG_PATH="$home/by-hand.jsonl"
[ ! -r "$etc/config.toml" ] || set -- "$@" --config "$etc/config.toml"
exec "${self%/scripts/ops/kbt.sh}/bin/kbt.js" "$@"
