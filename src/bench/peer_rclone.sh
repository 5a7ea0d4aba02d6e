#!/usr/bin/env bash
# The quickest thing at hand: curl asks, jq picks the URLs, and one rclone copies from http to S3. It checks nothing and keeps no record.
# With VERIFY=1 it then reads all of it back and hashes it, which is what a checked archive costs.
# usage: peer_rclone.sh TASKS.csv SOURCE_URL STORE_URL TRANSFERS, or --check to tell whether its programs are there
set -euo pipefail
for program in curl jq rclone; do
  command -v "$program" >/dev/null
done
[ "$1" != --check ] || exit 0
tasks=$1 source=$2 store=$3 transfers=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RCLONE_CONFIG=/dev/null
store_options=(--s3-provider Other --s3-endpoint "$store" --s3-access-key-id bench --s3-secret-access-key bench --s3-force-path-style
  --s3-no-check-bucket --transfers "$transfers" --checkers "$transfers")

tail -n +2 "$tasks" | while read -r task; do
  printf 'url="%s/avatar/task/%s"\noutput="%s/%s.json"\n' "$source" "$task" "$work" "$task"
done >"$work/questions"
curl --silent --parallel --parallel-max "$transfers" --header 'Authorization: Bearer bench' --config "$work/questions"
find "$work" -name '*.json' -exec jq -r '.no_wm_work_video_path, .work_webp_path' {} + | sed "s#^$source/##" >"$work/files"
rclone copy --http-url "$source/" :http: :s3:bench/media --files-from "$work/files" --no-traverse \
  --s3-no-head --ignore-checksum --buffer-size 0 "${store_options[@]}"
if [ -n "${VERIFY:-}" ]; then
  rclone hashsum sha256 --download :s3:bench/media "${store_options[@]}" >"$work/digests"
  [ "$(wc -l <"$work/digests")" = "$(wc -l <"$work/files")" ]
fi
