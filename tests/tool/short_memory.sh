#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: sanitizers reserve terabytes of addresses before main() begins.
# native only: an emulator needs addresses of its own.
# Every command of `mminit help` under limits of its address space, from where it starts at all to
# where it has enough: it is good, or ends with 5 and says why in a line; nothing crashes and nothing
# hangs.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1
log=$MMINIT_SOURCE_DIR/tests/linux/holes.log

"$MMINIT" run 64M --json >one.json && "$MMINIT" run 64M --json >other.json || fail "run"

declare -A arguments=(
	[run]="2n:512M --threads 2"
	[plan]="64n:64G --verbose"
	[show]="64M --as zoneinfo"
	[audit]="16n:16G"
	[verify]="4M --schedules 10"
	[tune]="64M --rounds 6"
	[predict]="2n:4G,cpus=8 --one-thread 1s --best 100ms"
	[stress]="64M --operations 100 --threads 4"
	[replay]="$log"
	[report]="one.json"
	[compare]="one.json other.json"
	[import]="$log"
)

# under KIB COMMAND...: $code, and err holds what was said.
under() {
	(ulimit -c 0 -v "$1"; exec timeout 60 "$MMINIT" "${@:2}") >out 2>err
	code=$?
}

# Without a limit they are good: whatever else they say below is of the limit.
for command in "${!arguments[@]}"; do
	run_tool $command ${arguments[$command]}
	[ "$code" = 0 ] || fail "$command without a limit: exit code $code: $err"
done

# The least that its libraries load with; below it is the loader that complains.
for ((least_kib = 3000; least_kib < 100000; least_kib += 500)); do
	under $least_kib version && [ "$code" = 0 ] && break
done
echo "starts with $least_kib KiB"
nr_short=0
for command in $("$MMINIT" help | sed -n 's/^  mminit \([a-z]*\) .*/\1/p'); do
	if [ -z "${arguments[$command]+given}" ]; then
		fail "$command: a command that is not tried here"
		continue
	fi
	for more_kib in 0 500 1000 2000 3000 5000 8000 12000 16000 24000 40000 80000 150000; do
		under $((least_kib + more_kib)) $command ${arguments[$command]}
		case $code in
		0) continue ;;
		5) grep -Eq '^[^ ]+: .*(no |not enough )' err ;;
		*) false ;;
		esac || fail "$command with $more_kib KiB more: exit code $code: $(head -c 300 err)"
		nr_short=$((nr_short + 1))
	done
done

# OpenMP's runtime has an end of its own where a thread cannot start: a file that was there stays.
nr_without_thread=0
for ((more_kib = 0; more_kib < 120000; more_kib += 4000)); do
	echo old >trace
	under $((least_kib + more_kib)) run 1G,cpus=8 --threads 7 --chunk 1s --trace trace
	[ "$code" = 0 ] && continue
	[ "$code" = 5 ] && [ "$(cat trace)" = old ] && [ ! -s out ] ||
		fail "threads with $more_kib KiB more: exit code $code: $(head -c 300 err)"
	grep -q '^mminit: not enough memory or threads' err && nr_without_thread=$((nr_without_thread + 1))
done
[ "$nr_without_thread" -ge 1 ] || fail "every thread could start"

# The stacks of threads that a scheduler runs are memory, too.
nr_without_team=0
for ((more_kib = 0; more_kib < 16000; more_kib += 250)); do
	under $((least_kib + more_kib)) verify 4M --schedules 3 --quiet
	[ "$code" = 0 ] || [ "$code" = 5 ] ||
		fail "verify with $more_kib KiB more: exit code $code: $(head -c 300 err)"
	grep -q 'no room for a team of' err && nr_without_team=$((nr_without_team + 1))
done
[ "$nr_without_team" -ge 1 ] || fail "no run was short of memory for the stacks of a team"

# A sweep has room for its backed struct pages, but not for those of the first touch, 64 MiB more: what
# it had measured until then is printed, and what is missing.
nr_kept=0
for ((more_kib = 64000; more_kib < 300000; more_kib += 8000)); do
	under $((least_kib + more_kib)) tune 4G --rounds 6 --threads 1 --json
	[ "$code" = 0 ] && break
	[ "$code" = 5 ] && grep -Eq '^[^ ]+: .*(no |not enough )' err ||
		fail "tune with $more_kib KiB more: exit code $code: $(head -c 300 err)"
	[ -s out ] || continue
	grep -q '"failed": "' out && grep -q '"samples"' out && grep -A 3 '"missing"' out | grep -q backing ||
		fail "tune with $more_kib KiB more: $(head -c 300 out)"
	nr_kept=$((nr_kept + 1))
done
[ "$nr_kept" -ge 1 ] || fail "no sweep was short of memory in the middle"

# What is to be printed is made whole before, which takes memory, too: then there is none of it.
nr_unprinted=0
for ((more_kib = 0; more_kib < 2000; more_kib += 50)); do
	under $((least_kib + more_kib)) show 64n:64G --as json
	[ "$code" = 0 ] && continue
	[ "$code" = 5 ] && [ -s err ] && [ ! -s out ] ||
		fail "JSON with $more_kib KiB more: exit code $code: $(head -c 300 err)"
	grep -q '^mminit: no memory for what is to be printed$' err && nr_unprinted=$((nr_unprinted + 1))
done
[ "$nr_unprinted" -ge 1 ] || fail "no run was short of memory for what is to be printed"
[ "$nr_short" -ge 20 ] || fail "only $nr_short runs were short of memory: expected 20 at least"
finish
