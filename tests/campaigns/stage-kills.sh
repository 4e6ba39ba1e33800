#!/usr/bin/env bash
# Kills 500 actors of a training at random, and 500 more with the trainer among them, and checks that both end in the bytes of one that
# nobody disturbed. Takes a few minutes; needs the .NET SDK alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
PGGAN_CAMPAIGN=full dotnet test tests/Pggan.Actors.Tests --filter "FullyQualifiedName~StageKillTests" "$@"
