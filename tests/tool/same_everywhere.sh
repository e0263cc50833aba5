#!/bin/bash
# SPDX-License-Identifier: MIT
# cross only: holds this processor's tool against that of the machine that built it.
# What is computed is the same on every processor, byte for byte and with the same exit code: plans,
# layouts, replays and audits of every captured boot and shape, and for a seed, what the scheduler
# explores and what a fault breaks.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1
native=build/release/mminit
[ -x "$native" ] && [ -x "$native-checked" ] || { echo "skipped: no $native and $native-checked"; exit 77; }
nr_compared=0

# compare NATIVE FOREIGN [ARGUMENT]...
compare() {
	local native_code code tools=("$1" "$2")
	shift 2
	timeout 300 "${tools[0]}" "$@" >"$work_dir/native" 2>"$work_dir/native_err"
	native_code=$?
	timeout 300 "${tools[1]}" "$@" >"$work_dir/out" 2>"$work_dir/err"
	code=$?
	[ "$code" = "$native_code" ] || fail "$*: exit code $code, on this machine's processor $native_code"
	diff "$work_dir/native" "$work_dir/out" >"$work_dir/diff" || fail "$*: on stdout: $(head -5 "$work_dir/diff")"
	diff "$work_dir/native_err" "$work_dir/err" >"$work_dir/diff" || fail "$*: on stderr: $(head -5 "$work_dir/diff")"
	nr_compared=$((nr_compared + 1))
}

for machine in tests/linux/*.log tests/shapes/*.log tests/shapes/*.shape tests/shapes/*.xml tests/fuzz/corpus/{memory_file,device_tree,firmware_memmap}/* \
	248n:64G,linux=6.12 16+32M,arch=arm64-64k 3n:2G,arch=ppc64-64k,interleave=64M; do
	compare "$native" "$MMINIT" plan "$machine" --json
	compare "$native" "$MMINIT" audit "$machine" --linux 7.x --json
	compare "$native" "$MMINIT" import "$machine"
done
for log in tests/linux/*.log; do
	compare "$native" "$MMINIT" replay "$log" --json
	for layout in zoneinfo buddyinfo pagetypeinfo zonelists json qemu; do
		compare "$native" "$MMINIT" show "$log" --as "$layout"
	done
done
echo "compared: $nr_compared"
finish
