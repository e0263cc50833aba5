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

# search SECONDS MAX_LEN INPUTS...: one second an input, with room for sanitizers and a busy machine.
search() {
	local seconds=$1 max_len=$2
	shift 2
	"$program" -max_total_time="$seconds" -max_len="$max_len" -timeout=20 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$found/bad/" -verbosity=0 "${words[@]}" \
		"$found/new" "$@"
}

# Short inputs are tried fifty times as often as whole logs, and most mistakes need few lines; some
# need an input up to the limit, 1 MiB.
seconds=${MMINIT_FUZZ_SECONDS:-60}
search $((seconds - seconds / 4)) 4096 "$@"
search $((seconds / 4 + 1)) 1048576 "$@"
