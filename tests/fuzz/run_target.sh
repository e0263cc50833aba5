#!/bin/bash
# SPDX-License-Identifier: MIT
# Has libFuzzer make up inputs for one target, from those that there are.
#
#   run_target.sh PROGRAM INPUTS...
#
# MMINIT_FUZZ_SECONDS says for how long (60).  What it finds stays below the build folder; an input
# that breaks the target is named at the end: it belongs into corpus/, with the fix.
set -euo pipefail
program=$1
shift
found=$(dirname "$program")/found/$(basename "$program")
mkdir -p "$found/new" "$found/bad"
case $(basename "$program") in
*log*) words=(-dict=dictionaries/log.dict) ;;
fuzz_shape) words=(-dict=dictionaries/shape.dict) ;;
fuzz_hotplug_script) words=(-dict=dictionaries/hotplug.dict) ;;
*) words=() ;;
esac

# The limits: 1 MiB an input, and one second with room for sanitizers and a busy machine.
"$program" -max_total_time="${MMINIT_FUZZ_SECONDS:-60}" -max_len=1048576 -timeout=20 \
	-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/bad/" \
	-verbosity=0 "${words[@]}" "$found/new" "$@"
