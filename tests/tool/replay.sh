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

# A DIMM at the top of where one lay, two more in the gap below it: the same memory.
dimms="size=512M -object memory-backend-ram,id=d1,size=256M -object memory-backend-ram,id=d2,size=256M"
dimms+=" -device pc-dimm,memdev=d0,node=1,addr=0x160000000"
dimms+=" -device pc-dimm,memdev=d1,node=1 -device pc-dimm,memdev=d2,node=1"
sed "/^==QEMU/s/size=1G -device pc-dimm.*/$dimms/" "$logs/hotplug-movable.log" >"$work_dir/dimms.log"
grep -q '^==QEMU.*memdev=d2' "$work_dir/dimms.log" || fail "no three DIMMs"
expect "DIMMs in a gap" 0 '^$' replay "$work_dir/dimms.log" --quiet
# One beyond all addresses, which no emulator takes, is passed over.
beyond="-object memory-backend-ram,id=d3,size=256M -device pc-dimm,memdev=d3,node=1,addr=0xffffffff00000000"
sed "/^==QEMU/s/\$/ $beyond/" "$work_dir/dimms.log" >"$work_dir/beyond.log"
grep -q '^==QEMU.*memdev=d3' "$work_dir/beyond.log" || fail "no fourth DIMM"
expect "a DIMM beyond all addresses" 0 '^$' replay "$work_dir/beyond.log" --quiet

# One of a domain that the firmware does not name: its memory is node 0's.
sed '/^==QEMU/s/memdev=d0,node=1/memdev=d0,node=2/' "$logs/hotplug-movable.log" >"$work_dir/domain.log"
run_tool replay "$work_dir/domain.log" --quiet
grep -Eq ' boot: memory block 40 +offline node1 Normal Movable +offline node0 Normal Movable +DIFFERS$' <<<"$out" ||
	fail "a DIMM of no domain"

# ours NAME FILE: our figure of that name.
ours() {
	"$MMINIT" replay "$2" --csv 2>/dev/null | python3 -c 'import csv, sys
for row in csv.reader(sys.stdin):
    if row[1] == sys.argv[1]: print(row[3])' "$1"
}

# A node of CPUs that no message names, as 6.12 leaves it: it is domain 1, or any other.
for domain in 1 7; do
	sed "s/SRAT: Node 1 PXM 1/SRAT: Node 0 PXM 0/; /^==QEMU/s/memdev=d0,node=1/memdev=d0,node=$domain/
		/^==FILE .*node0.cpulist/{n;s/.*/0/}; /^==FILE .*node1.cpulist/{n;s/.*/1/}" \
		"$logs/v612-hotplug-movable.log" >"$work_dir/unnamed.log"
	[ "$(ours "boot: memory block 40" "$work_dir/unnamed.log")" = "online node1 Normal" ] ||
		fail "domain $domain: $(ours "boot: memory block 40" "$work_dir/unnamed.log")"
done

# added PARAMETERS: block 40, of memory that is added while Linux boots, with these beside.
added() {
	sed "/^==ACT/,\$d; s/ nokaslr / nokaslr $1 /" "$logs/hotplug-movable.log" >"$work_dir/params.log"
	grep -q "Command line:.* $1 " "$work_dir/params.log" || fail "no $1"
	ours "boot: memory block 40" "$work_dir/params.log"
}
while IFS=: read -r params expected; do
	[ "$(added "$params")" = "$expected" ] || fail "$params: expected $expected: $(added "$params")"
done <<'PARAMS'
quiet:offline node1 Normal Movable
movable_node:offline node1 Movable Normal
memhp_default_state=online:online node1 Normal
memhp_default_state=online_kernel:online node1 Normal
memhp_default_state=onlined:offline node1 Normal Movable
memhp_default_state=online_movable:online node1 Movable
movable_node memhp_default_state=online:online node1 Movable
mem=6G:offline node1 Normal Movable
mem=6143M:
mem=6g mem=5G mem=nopentium:
PARAMS
sed 's/ nokaslr / nokaslr transparent_hugepage=never /' "$logs/hotplug-movable.log" >"$work_dir/never.log"
run_tool replay "$work_dir/never.log" --quiet
grep -Eq ' boot: min_free_kbytes .*DIFFERS$' <<<"$out" || fail "transparent_hugepage=never changes nothing"

# One wrong figure: 4, one line, with the line of the log.
sed '/^==FILE proc\/meminfo/,/^==FILE/s/^MemTotal:.*/MemTotal:        1 kB/' "$logs/holes.log" >"$work_dir/wrong.log"
run_tool replay "$work_dir/wrong.log" --quiet
line=$(grep -n '^MemTotal' "$work_dir/wrong.log" | cut -d: -f1)
[ "$code" = 4 ] && grep -Eq "^ *$line  boot: MemTotal kB  1 +7996572  DIFFERS$" <<<"$out" && [ "$(wc -l <<<"$out")" = 1 ] ||
	fail "a wrong figure: expected line $line and nothing else: $out"

# A write that Linux refuses whatever is allocated: what the log says came of it is one figure more.
# written LINE RESULT: the log with "memoryN/state RESULT" of that word behind its line.
written() {
	sed "/^==ACT $1\/state/a ==ACT $2" "$logs/hotplug-movable.log" >"$work_dir/writes.log"
	run_tool replay "$work_dir/writes.log" --quiet
	line=$(($(grep -n "^==ACT $1/state" "$work_dir/writes.log" | head -1 | cut -d: -f1) + 1))
}
while IFS=: read -r behind write; do
	written "$behind" "$write/state failed"
	[ "$code$out" = 0 ] || fail "$write failed: $code: $out"
	written "$behind" "$write/state ok"
	[ "$code" = 4 ] && [ "$(wc -l <<<"$out")" = 1 ] &&
		grep -Eq "^ *$line  write [0-9]+: ${write% *} to memory block ${write##*memory} +ok +failed +DIFFERS$" <<<"$out" ||
		fail "$write ok: expected line $line and nothing else: $code: $out"
done <<'WRITES'
online_movable memory43:online_movable memory43
online_kernel memory47:online_movable memory40
offline memory42:offline memory41
online_movable memory43:offline memory0
online_movable memory43:offline memory23
offline memory42:online memory24
WRITES

# A log that ends before DIMMs were added does not say that they were not.
sed '/^\[.*Fallback order for Node 1/{x;s/^/x/;/xx/{x;Q};x}' "$logs/hotplug-movable.log" >"$work_dir/cut.log"
[ "$(grep -c '\] Built ' "$work_dir/cut.log")" = 1 ] || fail "the log was not cut"
expect "a log cut early" 0 '^$' replay "$work_dir/cut.log" --quiet
echo '[    9.000000] vgaarb: loaded' >>"$work_dir/cut.log"
run_tool replay "$work_dir/cut.log" --quiet
[ "$code" = 4 ] && grep -Eq 'rebuild 1: zonelists built +none +1 +DIFFERS$' <<<"$out" ||
	fail "a log without the second build: $code: $out"

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
