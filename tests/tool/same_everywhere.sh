#!/bin/bash
# SPDX-License-Identifier: MIT
# cross only: holds this processor's tool against that of the machine that built it.
# What is computed is the same on every processor, with the same exit code and the same words: plans
# and audits of every machine, layouts and replays of every captured boot, and what the scheduler
# explores from a seed.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1
native=build/release/mminit
[ -x "$native-checked" ] || { echo "skipped: no $native-checked: ./test builds it"; exit 77; }
nr_compared=0

# said TOOL [ARGUMENT]...: all that it says, without times, and how it ends.
said() {
	timeout "${MMINIT_PATIENCE:-300}" "$@" 2>&1 | sed 's/, in [0-9.]* [mu]*s$//'
	echo "exit code ${PIPESTATUS[0]}"
}

# compare NATIVE FOREIGN [ARGUMENT]...
compare() {
	local native=$1 foreign=$2
	shift 2
	diff <(said "$native" "$@") <(said "$foreign" "$@") >"$work_dir/diff" ||
		fail "$*: there (<) and here (>): $(head -n 5 "$work_dir/diff")"
	nr_compared=$((nr_compared + 1))
}

# Inputs that the fuzzer made up, and named in hexadecimal digits, are many and mostly broken.
for machine in tests/linux/*.log tests/shapes/*.{log,shape,xml,synthetic} \
	tests/fuzz/corpus/{memory_file,device_tree,firmware_memmap,machine_file}/*[!0-9a-f]* \
	3n:2G,arch=ppc64-64k,interleave=64M 16G,arch=arm64-64k,linux=6.12; do
	how=()
	case $machine in
	*.synthetic | *.xml) how=(--topology) ;;
	esac
	compare "$native" "$MMINIT" plan "${how[@]}" "$machine" --json
done
for log in tests/linux/*.log; do
	compare "$native" "$MMINIT" replay "$log" --json
	compare "$native" "$MMINIT" audit "$log" --linux 7.x --json
	for layout in zonelists qemu json; do
		compare "$native" "$MMINIT" show "$log" --as $layout
	done
	[[ $log != */big-256g.log ]] || continue # 4 GiB of struct pages take long under emulation
	for layout in zoneinfo buddyinfo pagetypeinfo; do
		compare "$native" "$MMINIT" show "$log" --as $layout
	done
done
compare "$native-checked" "$MMINIT_CHECKED" verify 4M+4M,start=4G --schedules 40 --seed 3
echo "report: same words here and on the machine that built it: $nr_compared commands"
finish
