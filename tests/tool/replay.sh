#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what it looks at is held against the native tool's by same_everywhere.sh.
# `mminit replay` from outside: one line a figure, counts, exit codes, and a list of what cannot be
# known that is the one in the documentation.
source "$(dirname "$0")/checks.bash"
logs=$MMINIT_SOURCE_DIR/tests/linux
rules=$MMINIT_SOURCE_DIR/docs/linux-rules.md

# Every capture agrees, as text and as JSON, with the same counts.
for log in "$logs"/*.log; do
	run_tool replay "$log"
	[ "$code" = 0 ] || fail "$log: exit code $code: $(grep DIFFERS <<<"$out" | head -3) $err"
	same=$(grep -c '  same$' <<<"$out")
	run_tool replay "$log" --json
	[ "$code" = 0 ] || fail "$log --json: exit code $code"
	jq -e --argjson same "$same" '.schema == "mminit-replay/1" and .good and .counts.differ == 0
		and .counts.same == $same and ([.figures[] | select(.same)] | length) == $same
		and .counts.figures == (.figures | length)' <<<"$out" >/dev/null ||
		fail "$log: text has $same figures that are the same, JSON $(jq -c .counts <<<"$out")"
	jq -e .booted <<<"$out" >/dev/null || fail "$log: was not booted"
done
run_tool replay "$logs/holes.log" --quiet
[ "$code$out" = 0 ] || fail "--quiet: something on stdout: $out"

# A file with two boots: what the first one says is forgotten, and that is said.
figures() {
	sed '1d; s/^ *[0-9]* *//' <<<"$out" # without the name of the file and the lines
}
for boots in "four-nodes-ring one-node-256m" "no-memory-node v612-holes"; do
	read -r first second <<<"$boots"
	{ sed '/^==STEP/,$d' "$logs/$first.log"; cat "$logs/$second.log"; } >"$work_dir/two.log"
	run_tool replay "$logs/$second.log"
	alone=$(figures)
	run_tool replay "$work_dir/two.log"
	[ "$code" = 0 ] && [ "$(figures)" = "$alone" ] || fail "$boots: not the second boot: $code: $out"
	grep -q '2 boots in the log: the last one was read' <<<"$err" || fail "$boots: not a word: $err"
done

# One wrong figure: 4, one line, with the line of the log.
sed '/^==FILE proc\/meminfo/,/^==FILE/s/^MemTotal:.*/MemTotal:        1 kB/' "$logs/holes.log" >"$work_dir/wrong.log"
run_tool replay "$work_dir/wrong.log" --quiet
line=$(grep -n '^MemTotal' "$work_dir/wrong.log" | cut -d: -f1)
[ "$code" = 4 ] && grep -Eq "^ *$line  boot: MemTotal kB  1 +7996572  DIFFERS$" <<<"$out" && [ "$(wc -l <<<"$out")" = 1 ] ||
	fail "a wrong figure: expected line $line and nothing else: $out"

# Rules of another kernel differ; a log on standard input does not.
run_tool replay "$logs/holes.log" --linux 6.12 --quiet
[ "$code" = 4 ] && grep -q 'boot: total pages .*DIFFERS' <<<"$out" || fail "--linux 6.12: $code: $out"
timeout 60 "$MMINIT" replay - --quiet <"$logs/holes.log" || fail "standard input: exit code $?"

# Distances given by the user: those of the ring, and others.
ring=$work_dir/ring.log
grep -v '^==FILE sys/devices/system/node/node./distance' "$logs/four-nodes-ring.log" >"$ring"
run_tool replay "$ring" --quiet
[ "$code" = 4 ] && grep -q 'fallback order' <<<"$out" || fail "a ring without distances: $code: $out"
run_tool replay "$ring"
grep -q 'distances unknown: 20 between any two nodes' <<<"$err" || fail "assumed distances are not said: $err"
printf '%s\n' 'node distances:' 'node   0   1   2   3' '  0:  10  20  30  20' '  1:  20  10  20  30' \
	'  2:  30  20  10  20' '  3:  20  30  20  10' >"$work_dir/distances"
expect "distances as numactl -H prints them" 0 '^$' replay "$ring" --quiet --distances "$work_dir/distances"
run_tool replay "$ring" --distances "$work_dir/distances"
grep -q 'distances unknown' <<<"$err" && fail "given distances are said to be unknown: $err"
printf '10 20 30 20\n20 10 20 30\n' >"$work_dir/short"
expect "too few rows" 3 '^.*/short: 2 rows' replay "$ring" --distances "$work_dir/short"
printf '10 20 30 20\n20 10 9 30\n' >"$work_dir/near"
expect "nearer than itself" 3 '^.*/near:2:7: ' replay "$ring" --distances "$work_dir/near"
expect "no log" 2 'expected a file' replay
expect "no such file" 3 '^nothing: ' replay nothing

# The closed list of the documentation is the one that is printed, for each version.
documented() {
	sed -n '/^In all versions:/,$p' "$rules" | if [ "$1" = 6.12 ]; then cat; else sed '/^From 6.12 on/,$d'; fi |
		grep -A1 '^- ' | sed 's/^- //; s/^  //' | grep -v '^--$'
}
printed() {
	"$MMINIT" replay "$logs/one-node-256m.log" --linux "$1" | sed -n '/^Not known from any log/,$p' |
		sed '1d; s/^  - //; s/^    //'
}
for version in 6.1 6.12; do
	diff <(documented $version) <(printed $version) || fail "what cannot be known of $version"
done
finish
