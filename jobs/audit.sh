#!/bin/sh
# Holds the manifests of all runs against the bucket and changes nothing: audit.sh [OPTION...]
# Without an option every object is looked at; --mode read reads every byte, and --slice k/n one part of them.
set -eu

export ARCHIVER_HOME="${ARCHIVER_HOME:-/var/lib/media-archiver}"
export SPRING_CONFIG_ADDITIONAL_LOCATION="${SPRING_CONFIG_ADDITIONAL_LOCATION:-optional:file:/etc/media-archiver/application.properties}"

[ $# -gt 0 ] || set -- --mode head
exec "$(dirname "$0")/media-archiver" audit --all "$@"
