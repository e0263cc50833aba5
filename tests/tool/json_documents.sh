#!/bin/bash
# SPDX-License-Identifier: MIT
# --json prints exactly one JSON document of the stated schema and nothing else, and its figures
# agree with each other and with the machine.
source "$(dirname "$0")/checks.bash"
boot=$MMINIT_SOURCE_DIR/tests/linux/section-shared.log

# document SCHEMA ARGUMENT...: runs the tool and keeps its one document in $work_dir/out.
document() {
	local schema=$1
	shift
	run_tool "$@" --json
	[ "$code" = 0 ] || fail "$*: exit code $code: $err"
	[ "$(jq -s length "$work_dir/out" 2>&1)" = 1 ] || fail "$*: expected one JSON document"
	[ "$(jq -r .schema "$work_dir/out")" = "$schema" ] || fail "$*: expected the schema $schema"
}

# holds TEXT FILTER: the jq FILTER says true of the last document.
holds() {
	[ "$(jq "$2" "$work_dir/out" 2>&1)" = true ] || fail "$1: $(jq -c "$2" "$work_dir/out" 2>&1 | head -c 300)"
}

document mminit-machine/1 show "$boot" --as json
holds "presence by nodes" '([.nodes[].nr_present_pages] | add) == .machine.nr_present_pages'
holds "presence by ranges" '([.memory[] | .end_pfn - .start_pfn] | add) == .machine.nr_present_pages'
holds "presence by zones" '([.zones[].present] | add) == .machine.nr_present_pages'

document mminit-plan/1 plan "$boot" --chunk 1s --verbose
holds "early and deferred are all" '[.nodes[] | .early + .deferred == .present] | all'
holds "every chunk is listed" '([.groups[].chunks[]] | length) == .nr_chunks and .nr_chunks > 0'
holds "chunks follow each other" '[.groups[].chunks | [.[:-1], .[1:]] | transpose[] | .[0].end_pfn <= .[1].start_pfn] | all'
holds "chunks are whole units" '.unit_pages as $u | [.groups[].chunks[] | .units * $u == .end_pfn - .start_pfn] | all'
document mminit-plan/1 plan "$boot"
holds "chunks are listed on request only" '.groups | map(has("chunks")) | any | not'

document mminit-run/1 run "$boot" --threads 2 --verbose
holds "the verdict is good" '.verdict.good and ([.verdict.invariants[] | .judgement != "broken"] | all)'
holds "twelve invariants" '[.verdict.invariants[].number] == [range(1; 13)]'
holds "workers do the nodes' chunks" '([.workers[].chunks] | add) == .total.nr_chunks'
holds "nodes' pages are the workers'" '([.workers[].init_pages] | add) == ([.nodes[].init_pages] | add)'
holds "all present pages are initialised" '.total.init_pages >= .machine.nr_present_pages'

document mminit-verify/1 verify "$boot" --chunk 1s --threads 1
holds "one run a batch" '.nr_runs == 3'
holds "invariants 1 to 9 are checked" '[.checks[:9][].checks > 0] | all'
holds "the verdict is good" '.verdict.good'

# A machine on standard input; a name that is no UTF-8; this machine.
run_tool plan - --json <"$boot"
[ "$(jq -r .machine.name "$work_dir/out")" = '<stdin>' ] || fail "standard input: $err"
cp "$boot" "$work_dir/"$'\377.log'
document mminit-plan/1 plan "$work_dir/"$'\377.log'
document mminit-machine/1 show --as json

# A broken invariant is in the document, with its place and the command that shows it again.
run_tool verify "$boot" --inject skip-range --json
[ "$code" = 4 ] || fail "an injected fault: exit code $code: $err"
holds "a broken invariant is said" '(.verdict.good | not) and ([.verdict.invariants[] | select(.judgement == "broken") | .first.pfn >= .first.block_pfn] | length > 0 and all)'
again=$(jq -r .reproduce "$work_dir/out")
again=${again/.program /" "} # what an emulated program knows of its name
timeout 60 $again >/dev/null 2>&1
[ $? = 4 ] || fail "the command that is to show it again does not: $again"
finish
