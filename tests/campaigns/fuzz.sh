#!/usr/bin/env bash
# Damages inputs of every parser for five minutes. Prints cases a second; an input that breaks a parser is kept in the temporary folder under
# pggan-fuzz/PARSER and belongs into tests/fuzz-corpus/PARSER once the parser is mended.
set -euo pipefail
cd "$(dirname "$0")/../.."
dotnet build tests/Pggan.Host.Tests -v quiet
PGGAN_CAMPAIGN=full OMP_NUM_THREADS=1 dotnet test tests/Pggan.Host.Tests --no-build --filter "FullyQualifiedName~FuzzTests" --logger "console;verbosity=detailed" |
  grep -E "cases in|ends with|hangs at|takes [0-9]+ bytes|Failed|Passed!|Total|Duration"
