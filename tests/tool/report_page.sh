#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: browser
# Looks at pages of `mminit report`, made from real results, in a headless Chromium: what they show is
# what the results say, in light and dark, on a desktop and on a phone, with the keyboard alone, and
# nothing is loaded.  The screenshots stay in the build folder.
source "$(dirname "$0")/checks.bash"
pictures=$MMINIT_BINARY_DIR/report-pictures

command -v node >/dev/null || { echo "skipped: no node"; exit 77; }
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
	{ echo "skipped: no Chromium"; exit 77; }
mkdir -p "$pictures"
cd "$work_dir" || exit 1

# result FILE ARGUMENT...: what the tool prints with --json.
result() {
	local file=$1
	shift
	timeout 300 "$MMINIT" "$@" --json >"$file" 2>err
	local code=$?
	# 4: an audit found something.
	[ "$code" = 0 ] || [ "$code" = 4 ] || fail "$*: exit code $code: $(cat err)"
}

# look NAME RESULT...: makes a page and looks at it.
look() {
	local name=$1
	shift
	run_tool report "$@" -o "$name.html"
	[ "$code" = 0 ] || fail "$name: exit code $code: $err"
	mkdir -p "$pictures/$name"
	timeout 300 node "$MMINIT_SOURCE_DIR/tests/browser/test_page.js" "$name.html" "$pictures/$name" "$@" || fail "$name: see above"
}

boots=$MMINIT_SOURCE_DIR/tests/linux
result run.json run "$boots/section-shared.log" --verbose --chunk 1s --repeat 3 --show-binding
result brief.json run 2n:1G
result early.json run 1n:64M --verbose
result tune.json tune 2n:4G --rounds 6 --threads 2
result plan.json plan "$boots/four-nodes-ring.log" --verbose
result huge.json plan 32n:960G,cpus=60 --chunk linux
result machine.json show "$boots/four-nodes-ring.log" --as json
result replay.json replay "$boots/one-node-256m.log"
result stress.json stress 2n:512M --operations 2000 --seed 3
result audit.json audit 4n:1T,reserved=4K@16G --linux 7.x
result predict.json predict 2n:384G --cpus-per-node 52 --one-thread 1717.7ms --best 138ms
result again.json run "$boots/section-shared.log" --chunk 1s --repeat 3
result compare.json compare run.json again.json
look measured run.json tune.json
look described plan.json machine.json huge.json
look others brief.json early.json replay.json stress.json predict.json compare.json audit.json

# A name that would be markup, everywhere where text of a result is shown.
name='</script><script>window.injected=1</script><img src=x onerror="window.injected=1">'
jq --arg name "$name" '.machine.name = $name | .machine.notes = $name | .threads_state = $name | .reproduce = $name
	| .verdict.invariants[].text = $name | .zones[].zone = $name | .workers[].place.cpus = $name' run.json >markup.json
look hostile markup.json
finish
