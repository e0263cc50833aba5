#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: arithmetic over plans, which the goldens make under the sanitizers too.
# native only: what it looks at is held against the native tool's by same_everywhere.sh.
# Early and deferred pages, first_deferred_pfn and every owner's units are what plan_arithmetic.awk
# works out from the ranges alone, for the machines of tests/shapes and for shapes of our own; and the
# chunks of each owner are its units, no more and no fewer.
source "$(dirname "$0")/checks.bash"
awk_file=$(cd "$(dirname "$0")" && pwd)/plan_arithmetic.awk
cd "$MMINIT_SOURCE_DIR" || exit 1

check_machine() {
	local machine=$1 borders
	shift
	"$MMINIT" show "$machine" --as json --quiet >"$work_dir/machine" || fail "$machine: show: exit code $?"
	"$MMINIT" plan "$machine" --json --quiet --verbose "$@" >"$work_dir/plan" || fail "$machine: plan: exit code $?"
	case $(jq -r .machine.arch "$work_dir/machine") in
	x86_64) borders="4096 1048576" ;;
	arm64-4k) borders=1048576 ;;
	*) borders= ;;
	esac
	jq -r '.memory[] | "\(.nid) \(.start_pfn) \(.end_pfn)"' "$work_dir/machine" | LC_ALL=C sort -n -k2 |
		awk -v section="$(jq '.geometry | pow(2; .section_shift - .page_shift)' "$work_dir/machine")" \
			-v unit="$(jq .unit_pages "$work_dir/plan")" -v borders="$borders" -f "$awk_file" |
		sort >"$work_dir/expected"
	{
		jq -r '.nodes[] | select(.present > 0) |
			"node \(.nid) \(.present) \(.early) \(.deferred) \(.first_deferred_pfn // -1)"' "$work_dir/plan"
		jq -r '.groups[] | "owner \(.nid) \(.nr_units)"' "$work_dir/plan"
	} | sort >"$work_dir/ours"
	diff "$work_dir/expected" "$work_dir/ours" >"$work_dir/diff" || fail "$machine: $(head -n 6 "$work_dir/diff")"
	[ "$(jq '[.groups[] | .nr_units == ([.chunks[].units] | add)] | all' "$work_dir/plan")" = true ] ||
		fail "$machine: chunks are not the owner's units"
	[ -s "$work_dir/expected" ] || fail "$machine: nothing to compare"
}

nr_machines=0
for machine in tests/shapes/*.log tests/shapes/*.shape; do
	nr_machines=$((nr_machines + 1))
	check_machine "$machine"
	check_machine "$machine" --chunk 3s
done
[ "$nr_machines" -ge 14 ] || fail "expected fourteen machines in tests/shapes, found $nr_machines"

for shape in 1n:128M 1n:3G 1n:5G 2n:64G 32n:960G 5G+3G+0+100M 3n:1G,interleave=64M 8n:4132M \
	2n:6G,hole=300M@5G,hole=1M@0x190000000 2n:4G,arch=arm64-4k 2n:8G,arch=ppc64-64k; do
	check_machine "$shape"
	check_machine "$shape" --chunk linux
done
finish
