#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: signals, pipes and full disks are no matter of the processor.
# ^C stops a long command at the next border: it says what stands and exits 130; a second one is not
# needed, and nothing hangs.  A closed pipe and a full disk are errors with a word.
source "$(dirname "$0")/checks.bash"

# interrupt NAME PATTERN ARGUMENT...: ^C comes while the command is at work; PATTERN is what it says.
interrupt() {
	local name=$1 pattern=$2 seconds
	shift 2
	# Fast machines are done soon, busy ones begin late: one of these falls into the work.
	for seconds in 0.2 0.4 0.1 0.8 1.6 0.05; do
		# Not from a shell in the background: that one would have its children ignore ^C.
		timeout --preserve-status -s INT "$seconds" \
			timeout 60 "$MMINIT" "$@" >"$work_dir/out" 2>"$work_dir/err"
		code=$?
		# Too early, and it simply died of it; too late, and it was done.
		[ "$code" = 130 ] && grep -Eq "$pattern" "$work_dir/out" "$work_dir/err" && return
	done
	fail "$name: exit code $code: $(head -c 300 "$work_dir/out") $(cat "$work_dir/err")"
}

interrupt "run" "interrupted: [0-9]+ of [0-9]+ deferred" run 2n:24G --chunk 1s --threads 1
interrupt "verify" "interrupted" verify 2n:1G --schedules 100000000
interrupt "exploration" "interrupted: what was done" verify 4M+4M,start=4G --schedules 100000000
interrupt "tune" "interrupted" tune 512M --rounds 512
interrupt "stress" "interrupted: what was done" stress 512M --seconds 60
interrupt "stress while it is initialised" "interrupted" stress 2G --operations 100000000
grep -q '^operations\|operations' "$work_dir/out" || fail "stress: nothing is reported: $(cat "$work_dir/out")"

# A reader that goes away.
timeout 60 "$MMINIT" plan 64n:64G --verbose 2>"$work_dir/err" | head -1 >/dev/null
[ "${PIPESTATUS[0]}" != 124 ] || fail "closed pipe: hangs"
{ timeout 60 "$MMINIT" run 64M; echo $? >"$work_dir/code"; } 2>"$work_dir/err" | true
[ "$(cat "$work_dir/code")" = 1 ] && grep -q '^mminit: standard output: cannot write' "$work_dir/err" ||
	[ "$(cat "$work_dir/code")" = 0 ] || fail "closed pipe: $(cat "$work_dir/code") $(cat "$work_dir/err")"

# A full disk.
for command in run plan "show --as zoneinfo" verify; do
	timeout 60 "$MMINIT" $command 64M >/dev/full 2>"$work_dir/err"
	[ $? = 1 ] && grep -q '^mminit: standard output: cannot write' "$work_dir/err" ||
		fail "full disk, $command: $(cat "$work_dir/err")"
done
timeout 60 "$MMINIT" verify 4M+4M,start=4G --inject torn-pageblock --save-schedule /dev/full >/dev/null \
	2>"$work_dir/err"
[ $? = 1 ] && grep -q '^mminit: /dev/full: cannot write' "$work_dir/err" ||
	fail "full disk, a schedule: $(cat "$work_dir/err")"
finish
