#!/bin/sh
# Feeds every parser that reads a repository's files for minutes; a failing input is printed with its seed.
# usage: fuzz.sh [SECONDS [SEED]]   (default: 120 seconds each, a seed of today)
set -eu
cd -- "$(dirname -- "$0")/../.."
CLAUDE_SCAFFOLD_FUZZ_SECONDS=${1:-120}
CLAUDE_SCAFFOLD_FUZZ_SEED=${2:-$(date +%Y%m%d)}
export CLAUDE_SCAFFOLD_FUZZ_SECONDS CLAUDE_SCAFFOLD_FUZZ_SEED
exec cargo test --locked --test suite fuzz:: -- --nocapture
