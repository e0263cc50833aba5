#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what threads do at their own pace under emulation is no other processor's.
# run --trace and stress --trace write trace events as the format has them: every chunk of the plan
# exactly once, on its node's process and its worker's thread, no two of a thread at a time; on a
# machine that only grows on demand, every unit that an allocator initialised, once.
source "$(dirname "$0")/checks.bash"
trace=$work_dir/trace
format=$(dirname "$0")/trace_format.jq

# holds TEXT FILTER [FILE]: the jq FILTER says true of the trace; $other is the document in FILE.
holds() {
	local got
	got=$(jq --slurpfile other "${3:-/dev/null}" "$2" "$trace" 2>&1)
	[ "$got" = true ] || fail "$1: $(head -c 300 <<<"$got")"
}

# What holds of every trace.  jq reads a little more than JSON is: not a number, bytes that are no text.
check_format() {
	local wrong
	wrong=$(jq -r -f "$format" "$trace" 2>&1)
	[ -z "$wrong" ] || fail "the format: $(head -n 5 <<<"$wrong")"
	iconv -f UTF-8 -t UTF-8 "$trace" >/dev/null 2>&1 || fail "not UTF-8"
	! grep -E '"(ts|dur)":' "$trace" | grep -Evq '"ts":[0-9]+\.[0-9]{3},"dur":[0-9]+\.[0-9]{3},' ||
		fail "times that are no plain numbers of microseconds"
}

# is_wrong WHAT EDIT: the trace with the jq EDIT is no longer in the format, and that is what is said.
is_wrong() {
	local wrong
	wrong=$(jq "$2" "$trace" | jq -r -f "$format" 2>&1)
	[[ $wrong == *"$1"* ]] || fail "the format does not mind '$2': $wrong"
}

# The judge itself, on a trace with chunks.
check_judge() {
	local first='.traceEvents[[.traceEvents[].ph] | index("X")]'
	is_wrong "no object" '[.]'
	is_wrong "displayTimeUnit" '.displayTimeUnit = "us"'
	is_wrong "traceEvents" '.traceEvents = {}'
	is_wrong "otherData" 'del(.otherData)'
	is_wrong "ph" "$first.ph = \"B\""
	is_wrong "pid" "$first.pid = -1"
	is_wrong "pid" "$first.pid = 4294967296"
	is_wrong "tid" "$first.tid = \"0\""
	is_wrong "name" "$first.name = \"\""
	is_wrong "args" "del($first.args)"
	is_wrong "cat" "del($first.cat)"
	is_wrong "ts" "del($first.ts)"
	is_wrong "ts" "$first.ts = \"1\""
	is_wrong "dur" "$first.dur = -0.001"
	is_wrong "overlaps" '.traceEvents |= map(if .ph == "X" then .dur += 1e9 else . end)'
	is_wrong "something else" '.traceEvents[0].name = "thread_nam"'
	is_wrong "a name that is none" '.traceEvents[0].args.name = 1'
	is_wrong "a process is named twice" '.traceEvents += [.traceEvents[] | select(.name == "process_name")][:1]'
	is_wrong "a thread is named twice" '.traceEvents += [.traceEvents[] | select(.name == "thread_name")][:1]'
	is_wrong "has no name" '.traceEvents |= map(select(.name != "process_name"))'
	is_wrong "has no name" '.traceEvents |= map(select(.name != "thread_name"))'
	is_wrong "no event at time 0" '.traceEvents |= map(if .ph == "X" then .ts += 1 else . end)'
}

# Chunks of a plan with the same threads, against those of the trace.
for arguments in "2n:2G --threads 2 --chunk 1s" "$MMINIT_SOURCE_DIR/tests/linux/section-shared.log --threads 1"; do
	run_tool run $arguments --trace "$trace" --json --verbose
	[ "$code" = 0 ] || fail "run $arguments: exit code $code: $err"
	cp "$work_dir/out" "$work_dir/run"
	run_tool plan $arguments --json --verbose
	check_format
	holds "the plan's chunks, each once, with their owners" \
		'([$other[0].groups[] | .nid as $nid | .chunks[] | [.start_pfn, .end_pfn, $nid]] | sort)
		== ([.traceEvents[] | select(.args.kind == "chunk") | [.args.start_pfn, .args.end_pfn, .args.nid]] | sort)' "$work_dir/out"
	holds "every worker is in its own node's process" \
		'($other[0].workers | map({key: (.thread | tostring), value: .nid}) | from_entries) as $home
		| [.traceEvents[] | select(.args.kind == "chunk") | $home[.tid | tostring] == .pid] | all' "$work_dir/run"
	holds "the chunks of the JSON, by worker and time" \
		'([$other[0].chunks[] | [.start_pfn, .worker, .start_ns, .end_ns - .start_ns]] | sort)
		== ([.traceEvents[] | select(.args.kind == "chunk") | [.args.start_pfn, .tid, (.ts * 1000 | round), (.dur * 1000 | round)]] | sort)' "$work_dir/run"
	holds "the early part, once" '[.traceEvents[] | select(.args.kind == "early")] | length == 1'
	holds "no allocator grew" '[.traceEvents[] | select(.args.kind == "grow" or .args.kind == "stall")] | length == 0'
done

check_judge

# Nobody but allocators initialises: every unit is grown once, and no chunk is worked.
run_tool stress 2n:1G --init on-demand --pattern frag --threads 3 --operations 600000 --orders 0-3 --seed 5 --trace "$trace" --json
[ "$code" = 0 ] || fail "stress: exit code $code: $err"
check_format
holds "as many units as are counted" \
	'[.traceEvents[] | select(.args.kind == "grow")] | length == $other[0].counts.grown_units and length > 0' "$work_dir/out"
holds "as many waits as are counted" \
	'[.traceEvents[] | select(.args.kind == "stall")] | length == $other[0].counts.waits' "$work_dir/out"
holds "all is kept" '.otherData.growths_not_kept == 0'
holds "no unit is grown twice" '[.traceEvents[] | select(.args.kind == "grow").args.start_pfn] | length == (unique | length)'

# Workers and allocators beside each other: a unit belongs to one of them.
run_tool stress 2n:2G --init beside --pattern bulk --threads 2 --operations 20000 --seed 5 --trace "$trace" --json
[ "$code" = 0 ] || fail "stress beside workers: exit code $code: $err"
check_format
holds "workers have chunks" '[.traceEvents[] | select(.args.kind == "chunk")] | length > 0'

# What cannot be written is said before anything is done, and a trace that is not whole is not left.
expect "a folder that is not there" 1 'cannot write' run 1n:256M --trace "$work_dir/none/trace"
expect "two documents on standard output" 2 'expected a file' run 1n:256M --json --trace -
if [ -w /dev/full ]; then
	run_tool run 1n:256M --quiet --trace /dev/full
	[ "$code" = 1 ] || fail "a full disk: exit code $code: $err"
fi
rm -f "$trace"
run_tool run 1n:256M,linux=99999 --trace "$trace"
[ "$code" != 0 ] || fail "a machine that is none: exit code 0"
[ ! -e "$trace" ] || fail "a run that failed left a trace"
finish
