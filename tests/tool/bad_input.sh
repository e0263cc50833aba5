#!/bin/bash
# SPDX-License-Identifier: MIT
# Every kind of bad input ends with the right exit code and a message that says where and what; no
# machine is half read, nothing crashes, nothing hangs.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1

log() {
	printf '%s\n' "$@" >boot.log
}

version='[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org)'
e820='[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bfffffff] usable'

# Files that cannot be read, or say nothing.
expect "no such file" 3 '^no-such-file: .*No such file' plan no-such-file
mkdir folder
expect "a folder" 3 '^folder: .*directory' run folder
if [ "$(id -u)" != 0 ]; then
	echo "$e820" >secret
	chmod 0 secret
	expect "unreadable" 3 '^secret: .*Permission denied' run secret
else # root may read anything, except what cannot be read at all
	expect "unreadable" 3 '^/proc/self/mem: cannot read' run /proc/self/mem
fi
: >empty
expect "empty file" 3 '^empty(:1:1)?: .*empty' run empty
head -c 100000 /dev/zero | tr '\0' '\377' >binary
expect "binary file" 3 '^binary(:[0-9]+)*: ' run binary
head -c 4096 "$MMINIT" >program
expect "a program" 3 '^program(:[0-9]+)*: ' run program
run_tool run - </dev/null
[ "$code" = 3 ] && grep -Eq '^<stdin>(:1:1)?: ' <<<"$err" || fail "'-' with no input: $code: $err"
run_tool run - <&-
[ "$code" = 3 ] && grep -Eq '^<stdin>(:1:1)?: ' <<<"$err" || fail "'-' with closed input: $code: $err"

# Logs: file:line:column, what was read, what was expected.
log "$version" "$e820" '[    0.000000] BIOS-e820: [mem 0x0000000100000000-0x00000001'
truncate -s -1 boot.log
expect "cut off in a needed line" 3 '^boot\.log:3:[0-9]+: .*expected' run boot.log
log "$version" "$e820" \
	'[    0.000000] BIOS-e820: [mem 0x0000000200000000-0x0000000100000000] usable'
expect "end before start" 3 '^boot\.log:3:[0-9]+: .*expected' run boot.log
log "$version" "$e820" 'BIOS-e820: [mem 0x0000000100000000-0x000000017fffffff] usable' \
	'SRAT: Node 0 PXM 0 [mem 0x00000000-0x7fffffff]' \
	'SRAT: Node 1 PXM 1 [mem 0x40000000-0x17fffffff]'
expect "overlapping nodes" 3 '^boot\.log:[0-9]+(:[0-9]+)?: .*node' run boot.log
log "$version" "$e820" "Early memory node ranges" \
	"  node   0: [mem 0x0000000000100000-0x000000007fffffff]" \
	"  node   1: [mem 0x0000000040000000-0x00000000bfffffff]"
expect "overlapping node ranges" 3 "^boot\.log:[0-9]+(:[0-9]+)?: .*node" run boot.log
log "$version" "$e820" 'SRAT: Node 1024 PXM 1 [mem 0x00000000-0xffffffff]'
expect "node id above 1023" 3 '^boot\.log:3:[0-9]+: .*1024' run boot.log
log "$version" 'BIOS-e820: [mem 0x0010000000000000-0x001fffffffffffff] usable'
expect "PFNs past the limit" 3 '^boot\.log:2(:[0-9]+)?: .*end at 0x10000000000000' run boot.log

# Shapes: the shape and the column.
expect "size 0" 3 '2n:0(:[0-9]+)*: .*expected' run 2n:0
expect "size past the limit" 3 '^1n:8192T(:[0-9]+)*: .*expected' run 1n:8192T
expect "size that overflows" 3 '^1n:99999999999999T(:[0-9]+)*: .*expected' run 1n:99999999999999T
expect "no nodes" 3 '^0n:1G(:[0-9]+)*: .*expected' run 0n:1G
expect "too many nodes" 3 '^1025n:1G(:[0-9]+)*: .*expected' run 1025n:1G
expect "unknown option of a shape" 3 '^1n:1G,colour=red:1:7: .*colour=red.*expected' run 1n:1G,colour=red

# Usage: the offending word.
expect "no command" 2 'mminit run '
expect "unknown command" 2 'frobnicate' frobnicate
expect "unknown option" 2 '--frob: unknown' run --frob
expect "unknown letter" 2 '-x: unknown' plan -x
expect "option of another command" 2 '--inject: unknown' plan --inject skip-range
expect "option without its value" 2 '--threads: expected' run --threads
expect "option with a value too many" 2 '--json=yes: expected' run --json=yes
expect "threads 0" 2 '--threads 0: expected' run --threads 0
expect "threads -1" 2 '--threads -1: expected' run --threads -1
expect "threads 1x" 2 '--threads 1x: expected' run --threads 1x
expect "too many threads" 2 '--threads 99999999999999999999: expected' run --threads 99999999999999999999
expect "unknown batch" 2 '--batch page: expected' run --batch page
expect "chunk of nothing" 2 '--chunk 0: ' plan 1n:1G --chunk 0
expect "chunk below a section" 2 '--chunk 64M: expected' plan 1n:1G --chunk 64M
expect "chunk of no size" 2 '--chunk large: ' plan 1n:1G --chunk large
expect "chunk that overflows" 2 '--chunk 999999999999999999s: ' plan 1n:1G --chunk 999999999999999999s
expect "unknown version" 2 '--linux six: expected' plan 1n:1G --linux six
expect "unknown layout" 2 '--as slabinfo: expected buddyinfo' show 1n:1G --as slabinfo
expect "unknown fault" 2 '--inject gremlin: ' run 1n:1G --inject gremlin
expect "two machines" 2 '2n:1G: expected one machine' plan 1n:1G 2n:1G

# More than there is.
expect "memmap larger than memory" 5 '^mminit: 64n:32T: .*available: expected a machine of at most' run 64n:32T
expect "no threads for so many nodes" 5 'expected at most 4096' run 128n:256M --threads 64

# Output that does not arrive is no success.
"$MMINIT" plan 1n:1G >/dev/full 2>err
[ $? = 1 ] && grep -q 'cannot write' err || fail "full disk: $(cat err)"
"$MMINIT" plan 1n:1G >&- 2>err
[ $? = 1 ] && grep -q 'standard output' err || fail "closed output: $(cat err)"
{ "$MMINIT" plan 1024n:128M --verbose 2>err; echo $? >code; } | head -n 1 >/dev/null
[ "$(cat code)" = 1 ] && grep -q 'cannot write' err || fail "closed pipe: $(cat code) $(cat err)"

# 200,000 lines are no load: read, understood, and judged to be one range and 199,999 holes' ends.
awk 'BEGIN {
	print "Linux version 6.1.0-56-amd64"
	for (i = 0; i < 200000; i++)
		printf "BIOS-e820: [mem 0x%016x-0x%016x] usable\n", 1048576 + i * 8192, 1048576 + i * 8192 + 4095
}' >many
timeout 60 "$MMINIT" plan many --json >many.json 2>err || fail "200,000 e820 lines: $? $(head -c 500 err)"
[ "$(jq .machine.nr_present_pages many.json)" = 200000 ] || fail "200,000 e820 lines: $(jq -c .machine many.json)"
finish
