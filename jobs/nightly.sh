#!/bin/sh
# Archives the tasks of a list, and what earlier nights had to leave: nightly.sh [FILE] [OPTION...]
# Without FILE only what is carried over is taken up.
set -eu

export ARCHIVER_HOME="${ARCHIVER_HOME:-/var/lib/media-archiver}"
export SPRING_CONFIG_ADDITIONAL_LOCATION="${SPRING_CONFIG_ADDITIONAL_LOCATION:-optional:file:/etc/media-archiver/application.properties}"

exec "$(dirname "$0")/media-archiver" archive --job nightly "$@"
