#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: terminals are no matter of the processor.
# What a terminal gets and a pipe does not: progress of work over a second on stderr, which is gone at the end,
# and colours, unless NO_COLOR says otherwise.  The last line of a run fits 80 columns.
# And --csv: as many rows as the same command's JSON has, every row as wide as the first.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1

# Two seconds of work.
long="stress 1n:256M --seconds 2 --threads 1"
erase=$'\r\e[K'

# on_terminal COMMAND: runs it with a terminal of its own; what that showed is in the file shown.
on_terminal() {
	TERM=xterm timeout 60 script -qec "$1" shown >/dev/null 2>&1 </dev/null || fail "$1: exit code $?"
}

if command -v script >/dev/null; then
	on_terminal "'$MMINIT' $long >/dev/null"
	grep -qE $'\r\e\\[Kmminit stress: [0-9]+ s of about 2 s' shown || fail "no progress on a terminal: $(cat -v shown)"
	[[ $(grep -v '^Script' shown) == *"$erase" ]] || fail "progress is not taken away: $(cat -v shown | tail -c 300)"
	on_terminal "'$MMINIT' $long --quiet >/dev/null"
	grep -q 'of about' shown && fail "progress in spite of --quiet"
	on_terminal "timeout -s INT 5 '$MMINIT' tune 8G >/dev/null; true"
	grep -qE 'mminit tune: run [0-9]+ of [0-9]+, about [0-9]+ s left' shown || fail "tune does not say how long it takes: $(cat -v shown)"
	on_terminal "'$MMINIT' run 1n:256M"
	grep -q $'\e\\[3' shown || fail "no colour on a terminal"
	on_terminal "NO_COLOR=1 '$MMINIT' run 1n:256M"
	grep -q $'\e\\[3' shown && fail "colour in spite of NO_COLOR"
else
	echo "no script(1): terminals are not tried"
fi
run_tool $long
[ "$code" = 0 ] && ! grep -q 'of about' <<<"$err$out" || fail "progress in a pipe: $err"
run_tool run 1n:256M
grep -q $'\e' <<<"$out" && fail "colour in a pipe"

# The last line, of a large machine's figures too.
for machine in 1n:64M 3n:1G; do
	run_tool run $machine --repeat 2
	grep -Eq '^result +[0-9]+ pages in .* ns/page, .* GB/s, threads: [0-9]+; good$' <<<"$(tail -n 1 <<<"$out")" || fail "$machine: the last line: $(tail -n 1 <<<"$out")"
	[ "$(tail -n 1 <<<"$out" | awk '{ print length <= 80 }')" = 1 ] || fail "$machine: the last line is longer than 80"
	grep -Eq '^boots +2: median ' <<<"$out" || fail "$machine: two boots and no median"
done

# rows FILTER ARGUMENT...: --csv has a row for each that FILTER counts in --json, and a first one of names.
rows() {
	local filter=$1 want nr
	shift
	run_tool "$@" --json
	want=$(jq "$filter" out)
	run_tool "$@" --csv
	[ "$code" = 0 ] || [ "$code" = 4 ] || fail "$*: exit code $code: $err"
	# Commas between quotation marks are none.
	nr=$(sed 's/"[^"]*"//g' <<<"$out" | awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } END { print NR - 1 + (bad ? 1e6 : 0) }')
	[ "$nr" = "$want" ] || fail "$* --csv: $nr rows, expected $want: $(head -n 3 <<<"$out")"
	expect "$* in two formats" 2 'expected without --json' "$@" --json --csv
}
log=$MMINIT_SOURCE_DIR/tests/linux/holes.log
rows '.nodes | length' run 3n:256M
rows '.nr_chunks' plan 4n:16G --chunk 1s
rows '.figures | length' replay "$log"
finish
