#!/usr/bin/env bash
# Trains for ten minutes and prints how resident memory, live tensors, handles and threads change by the minute.
set -euo pipefail
cd "$(dirname "$0")/../.."
PGGAN_CAMPAIGN=full dotnet test tests/Pggan.Host.Tests --filter "FullyQualifiedName~SoakTests" --logger "console;verbosity=detailed" "$@"
