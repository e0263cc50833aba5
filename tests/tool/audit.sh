#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what it looks at is held against the native tool's by same_everywhere.sh.
# mminit audit says of the machines of tests/audit what their goldens say, to the letter; of the
# captured boots what their own pagetypeinfo says; and its three outputs agree.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1

nr_goldens=0
for golden in tests/audit/*.golden; do
	nr_goldens=$((nr_goldens + 1))
	machine=${golden%.*.golden}
	[ -f "$machine" ] || machine=${machine%.*}
	version=${golden#"$machine".}
	run_tool audit "$machine" --linux "${version%.golden}"
	[ "$code" = 4 ] || fail "$golden: exit code $code: $err"
	sed 1d "$work_dir/out" | diff "$golden" - >"$work_dir/diff" || fail "$golden: $(head -n 10 "$work_dir/diff")"
done
[ "$nr_goldens" = 6 ] || fail "expected six goldens, found $nr_goldens"

# The pageblocks of ZONE_MOVABLE that 6.1 left UNMOVABLE stand in its pagetypeinfo: nothing that
# the kernel allocates for itself comes from there.
run_tool audit tests/linux/kernelcore.log --json
jq -r '.nodes[] | "\(.nid) \(.mistyped.nr)"' "$work_dir/out" >"$work_dir/ours"
awk '/Number of blocks type/ { counts = 1; next }
	!/^Node/ { counts = 0 }
	counts && $4 == "Movable" { print $2 + 0, $5 }' tests/linux/kernelcore.log >"$work_dir/theirs"
[ "$(wc -l <"$work_dir/theirs")" -ge 2 ] || fail "kernelcore.log: no pagetypeinfo of ZONE_MOVABLE found"
diff "$work_dir/theirs" "$work_dir/ours" >"$work_dir/diff" || fail "kernelcore.log: mistyped: $(cat "$work_dir/diff")"

# Every machine there is, by every version: totals are those of the places, in JSON and CSV.
check_machine() {
	local want
	run_tool audit "$@" --limit 0 --json
	want=$code
	[ "$code" = 0 ] || [ "$code" = 4 ] || fail "$*: exit code $code: $err"
	[ "$(jq --argjson clean "$([ "$code" = 0 ] && echo true || echo false)" '. as $a |
		.schema == "mminit-audit/1" and .clean == $clean and
		.clean == ([.kinds[].places] | add == 0) and ([.kinds[] | .kind as $k |
		.places == ([$a.places[] | select(.kind == $k)] | length) and
		.nr == ([$a.places[] | select(.kind == $k) | .nr] | add // 0) and
		.nr == ([$a.nodes[][$k].nr] | add) and (.places == 0 or .rule != null)] | all)' "$work_dir/out")" = true ] ||
		fail "$*: JSON: totals are not those of the places"
	[ "$3" = 7.x ] || return
	jq -r '.places[] | "\(.kind),\(.nid),\(.zone),\(.start_pfn),\(.end_pfn),\(.nr)"' "$work_dir/out" >"$work_dir/json"
	run_tool audit "$@" --limit 0 --csv
	[ "$code" = "$want" ] || fail "$* --csv: exit code $code, expected $want"
	sed 1d "$work_dir/out" | cut -d, -f1-6 | diff "$work_dir/json" - >"$work_dir/diff" ||
		fail "$*: CSV: $(head -n 5 "$work_dir/diff")"
}
nr_machines=0
for machine in tests/linux/*.log tests/shapes/*.log tests/shapes/*.shape; do
	nr_machines=$((nr_machines + 1))
	for version in 6.1 6.12 7.x; do
		check_machine "$machine" --linux $version
	done
done
[ "$nr_machines" -ge 30 ] || fail "expected thirty machines, found $nr_machines"

# 30 TiB, a reserved page in each gibibyte, and little is printed.
shape=32n:960G,cpus=60
for ((i = 5; i < 1000; i++)); do shape+=",reserved=4K@${i}G"; done
run_tool audit "$shape" --linux 6.12
[ "$code" = 4 ] || fail "30 TiB: exit code $code: $err"
[ "$(wc -l <"$work_dir/out")" -lt 200 ] || fail "30 TiB: $(wc -l <"$work_dir/out") lines"
# Not in node 0's early section are 5G to 999G, each in the first page of a block.
grep -q '^page-by-page  *0  *956  *977988 pages freed$' "$work_dir/out" || fail "30 TiB: $(grep page-by-page "$work_dir/out" | head -n 3)"
run_tool audit "$shape" --linux 6.12 --limit 3 --csv
[ "$(wc -l <"$work_dir/out")" = 7 ] || fail "--limit 3: $(wc -l <"$work_dir/out") lines, expected 7: two kinds"

run_tool audit 2n:8G,cpus=2 --quiet
[ "$code$out" = 0 ] || fail "a clean machine: exit code $code, printed: $out"
expect "a version without a model" 6 '5\.16.*expected 6\.1, 6\.12 or 7\.x' audit 1n:4G --linux 5.16
expect "both of json and csv" 2 "expected without --json" audit 1n:4G --json --csv
expect "a bad limit" 2 '--limit x: expected a number' audit 1n:4G --limit x
finish
