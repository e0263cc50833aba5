#!/bin/bash
# SPDX-License-Identifier: MIT
# mminit report from outside: a page holds the results whole and can load nothing; what is no result is
# refused with what was expected, and no page is left.  Browsers look at pages in report_page.sh.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1
"$MMINIT" run 2n:512M --json --verbose >run.json || fail "run"
"$MMINIT" plan 4n:16G --json >plan.json || fail "plan"

# The results as the page holds them.
held() {
	awk '/<script type="application\/json" id="results">/ { on = 1 } on { print } on && /<\/script>$/ { exit }' "$1" |
		sed 's/^<script type="application\/json" id="results">//; s/<\/script>$//'
}

run_tool report run.json plan.json -o page.html
[ "$code" = 0 ] && [ -z "$out$err" ] || fail "exit code $code: $out$err"
diff <(jq -S '[inputs]' -n run.json plan.json) <(held page.html | jq -S 'map(.document)') >/dev/null ||
	fail "the page does not hold the results"
[ "$(held page.html | jq -r 'map(.name) | join(" ")')" = "run.json plan.json" ] || fail "the page does not hold the files' names"
grep -Eq '(src|href)="?(https?:)?//' page.html && fail "the page refers to another place"
grep -q "default-src 'none'" page.html || fail "the page may load something"
run_tool report - <run.json
[ "$code" = 0 ] || fail "a result on standard input: exit code $code: $err"
cmp -s <(held page.html | jq '.[0].document') <(held out | jq '.[0].document') || fail "a pipe gets another page"

# Text of a result ends neither the script nor the page.
jq '.machine.name = "</script><!--<script>\u2028"' run.json >evil.json
run_tool report evil.json -o evil.html
[ "$(grep -c '</script>' evil.html)" = "$(grep -c '</script>' page.html)" ] || fail "a name ends a script"
held evil.html | jq -e '.[0].document.machine.name == "</script><!--<script>\u2028"' >/dev/null || fail "a name is not kept"

# refused NAME CODE PATTERN FILE...: no page is left.
refused() {
	local name=$1 want=$2 pattern=$3
	shift 3
	rm -f none.html
	expect "$name" "$want" "$pattern" report "$@" -o none.html
	[ ! -e none.html ] || fail "$name: a page is left"
}
echo '{"schema": "mminit-run/1", "machine": {}}' >short.json
echo '{"schema": "mminit-run/9"}' >newer.json
echo '{"schema": 5}' >number.json
echo '{"a": [1, 2' >half.json
echo '{"schema": "mminit-run/1", "schema": "mminit-plan/1"}' >twice.json
: >empty.json
"$MMINIT" run 1n:256M --trace trace.json --quiet
refused "no file" 2 'expected files'
refused "a file that is not there" 3 'none.json: cannot read' none.json
refused "a log" 3 'tests/linux/holes.log:1:.*no JSON document.*expected what' "$MMINIT_SOURCE_DIR/tests/linux/holes.log"
refused "half a document" 3 '^half.json:2:.*no JSON document' half.json
refused "an empty file" 3 '^empty.json.*no JSON document' empty.json
refused "a member that occurs twice" 3 '^twice.json.*no JSON document' twice.json
refused "somebody else's document" 3 '^number.json: no schema: expected' number.json
refused "a trace" 3 '^trace.json: no schema: expected' trace.json
refused "a version to come" 3 'mminit-run/9": expected mminit-run/1' newer.json
refused "a result without its parts" 3 '^short.json: mminit-run/1 without "nodes": expected a list' short.json
refused "a second file that is bad" 3 '^half.json:2:' run.json half.json
expect "a folder that is not there" 1 'cannot write' report run.json -o none/page.html
[ ! -w /dev/full ] || expect "a full disk" 1 'cannot write' report run.json -o /dev/full
finish
