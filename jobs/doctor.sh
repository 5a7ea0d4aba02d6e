#!/bin/sh
# Tries what a run needs, as the other scripts are configured, and says what to mend: doctor.sh [OPTION...]
# Start it as the user who owns the home; it may be started while a run is at work.
set -eu

export ARCHIVER_HOME="${ARCHIVER_HOME:-/var/lib/media-archiver}"
export SPRING_CONFIG_ADDITIONAL_LOCATION="${SPRING_CONFIG_ADDITIONAL_LOCATION:-optional:file:/etc/media-archiver/application.properties}"

exec "$(dirname "$0")/media-archiver" doctor "$@"
