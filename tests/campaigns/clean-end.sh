#!/usr/bin/env bash
# SIGTERM and Ctrl-C at thirty random moments of a training, from its start through its growths: exit code 130 within ten seconds, nothing
# half-written, and a run that goes on. Takes some four minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
PGGAN_CAMPAIGN=full dotnet test tests/Pggan.Host.Tests --filter "FullyQualifiedName~CleanEndTests" --logger "console;verbosity=detailed" "$@"
