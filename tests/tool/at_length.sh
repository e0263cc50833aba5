#!/bin/bash
# SPDX-License-Identifier: MIT
# What --verbose adds: every worker, every invariant, every latency; and it adds up to what stands above.
source "$(dirname "$0")/checks.bash"

# sum COLUMN: of what is on stdin.
sum() {
	awk -v column="$1" '{ sum += $column } END { print sum + 0 }'
}

# run: the workers' chunks and pages are those of the nodes; all twelve invariants, judged or why not.
run_tool run 2n:1G,cpus=2 --threads 2 --chunk 1s --verbose
[ "$code" = 0 ] || fail "run --verbose: exit code $code: $err"
nodes=$(sed -n '/^  node /,/^ early/p' <<<"$out" | grep -E '^ +[0-9]')
workers=$(sed -n '/^worker /,/^$/p' <<<"$out" | grep -E '^ +[0-9]')
[ "$(wc -l <<<"$workers")" = 4 ] || fail "expected four workers: $workers"
[ "$(sum 3 <<<"$workers")" = "$(sum 5 <<<"$nodes")" ] || fail "chunks of workers and nodes: $out"
[ "$(sum 4 <<<"$workers")" = "$(sum 4 <<<"$nodes")" ] || fail "pages of workers and nodes: $out"
verdict=$(sed -n '/^verify$/,/^result/p' <<<"$out" | grep -E '^ +[0-9]+  ')
[ "$(awk '{ print $1 }' <<<"$verdict" | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 11 12 " ] ||
	fail "expected twelve invariants: $verdict"
for number in 5 6 7 8 9 10 11; do
	grep -Eq "^ +$number  holds: .* \(checks: [1-9][0-9]*\)$" <<<"$verdict" ||
		fail "invariant $number does not hold: $verdict"
done
for number in 1 2 3 4; do
	grep -Eq "^ +$number  not judged: .*\(only the checked core" <<<"$verdict" ||
		fail "invariant $number: expected why it is not judged: $verdict"
done
run_tool run 2n:1G,cpus=2 --inject free-lost --verbose
[ "$code" = 4 ] && grep -q '^ *6  BROKEN: ' <<<"$out" || fail "a free that is lost: $code: $out"

# stress: latencies by powers of two.
run_tool stress 1n:64M --threads 2 --seconds 1 --verbose
[ "$code" = 0 ] || fail "stress --verbose: exit code $code: $err"
grep -Eq '^ +[0-9]+ ns to +[0-9]+ ns: [1-9][0-9]*$' <<<"$out" || fail "stress: no latencies: $out"
bad=$(sed -n 's/^ *\([0-9]*\) ns to *\([0-9]*\) ns: .*/\1 \2/p' <<<"$out" | awk '$2 != 2 * $1')
[ -z "$bad" ] || fail "stress: latencies are no powers of two: $bad"

# verify: every schedule with so many preemptions, or as many of them as were asked for.
run_tool verify 4M+4M,start=4G --search exhaustive --preemptions 0 --batch section
[ "$code" = 0 ] && grep -Eq '^schedules [0-9]+: all with at most 0 preemptions$' <<<"$out" ||
	fail "all schedules: $code: $out"
run_tool verify 4M+4M,start=4G --search exhaustive --preemptions 2 --schedules 20
[ "$code" = 0 ] && grep -q '^schedules 20: some of those with at most 2 preemptions$' <<<"$out" ||
	fail "some schedules: $code: $out"
finish
