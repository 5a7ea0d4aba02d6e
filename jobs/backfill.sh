#!/bin/sh
# Archives an older list under a line of runs of its own: backfill.sh FILE [OPTION...]
# A rejects.csv of an earlier run is such a list; with --retry-failed its final failures are tried again too.
set -eu

export ARCHIVER_HOME="${ARCHIVER_HOME:-/var/lib/media-archiver}"
export SPRING_CONFIG_ADDITIONAL_LOCATION="${SPRING_CONFIG_ADDITIONAL_LOCATION:-optional:file:/etc/media-archiver/application.properties}"

exec "$(dirname "$0")/media-archiver" archive --job backfill "$@"
