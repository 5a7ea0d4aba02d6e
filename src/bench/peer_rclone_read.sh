#!/usr/bin/env bash
# Reads back all media of a bucket and hashes them with rclone, many at a time, and holds the digests against nothing.
# usage: peer_rclone_read.sh TASKS.csv SOURCE_URL STORE_URL CHECKERS, or --check to tell whether its program is there
set -euo pipefail
command -v rclone >/dev/null
[ "$1" != --check ] || exit 0
tasks=$1 store=$3 checkers=$4
digests=$(mktemp)
trap 'rm -f "$digests"' EXIT
export RCLONE_CONFIG=/dev/null
rclone hashsum sha256 --download :s3:bench/media --s3-provider Other --s3-endpoint "$store" --s3-access-key-id bench \
  --s3-secret-access-key bench --s3-force-path-style --checkers "$checkers" >"$digests"
# The video, the preview and the answer of each task.
[ "$(wc -l <"$digests")" = "$((3 * ($(wc -l <"$tasks") - 1)))" ]
