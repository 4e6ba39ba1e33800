#!/usr/bin/env bash
# Kills tiny trainings 200 times at random moments, resumes them, and compares each with one that was never killed. Some ten minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
PGGAN_CAMPAIGN=full dotnet test tests/Pggan.Host.Tests --filter "FullyQualifiedName~KillTests" --logger "console;verbosity=detailed" "$@"
