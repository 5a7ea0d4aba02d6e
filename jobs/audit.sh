#!/bin/sh
# Holds manifests against the bucket and changes nothing: audit.sh [OPTION...]
# Without an option every object of every run is looked up; --all --mode read reads every byte, --run ID keeps to one run.
# What it finds missing or changed, "media-archiver repair" makes good: first a plan, then the deed with --apply.
set -eu

export ARCHIVER_HOME="${ARCHIVER_HOME:-/var/lib/media-archiver}"
export SPRING_CONFIG_ADDITIONAL_LOCATION="${SPRING_CONFIG_ADDITIONAL_LOCATION:-optional:file:/etc/media-archiver/application.properties}"

[ $# -gt 0 ] || set -- --all --mode head
exec "$(dirname "$0")/media-archiver" audit "$@"
