#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: many runs take long under emulation; json_documents.sh looks at what is printed there.
# What every command prints with --json is what schemas/ says, no more and no less; and the schemas
# can tell: documents with a member too much, too few, or of another type are refused.
source "$(dirname "$0")/checks.bash"
schemas=$MMINIT_SOURCE_DIR/schemas
python=$(command -v /usr/bin/python3 || command -v python3)
"$python" -c 'import jsonschema' 2>/dev/null || { echo "skipped: no python3-jsonschema"; exit 77; }
cd "$work_dir" || exit 1
nr_documents=0

validate() {
	"$python" -W ignore "$MMINIT_SOURCE_DIR/tests/schemas/validate.py" "$schemas" "$@"
}

# document COMMAND ARGUMENT...: keeps what it prints; ends with 0, or with 4 where something was found.
document() {
	nr_documents=$((nr_documents + 1))
	timeout 100 "${tool:-$MMINIT}" "$@" --json >"$1-$nr_documents.json" 2>err
	local code=$?
	[ "$code" = 0 ] || [ "$code" = 4 ] || fail "$*: exit code $code: $(cat err)"
}

logs=$MMINIT_SOURCE_DIR/tests/linux
for log in section-shared ppc64el-two-nodes; do
	document run "$logs/$log.log" --verbose --show-binding
	document plan "$logs/$log.log" --verbose
	document show "$logs/$log.log" --as json
	document audit "$logs/$log.log"
	document replay "$logs/$log.log"
done
document run 1n:64M --verbose --bandwidth
document run 64M+0+64M,cpus=1/1/0
document run 1n:256M --inject free-lost
document run 1n:256M --repeat 3 --threads 1 --chunk 1s
document run 1n:256M --repeat 3 --threads 1 --chunk linux
document plan 32n:960G,cpus=60
document show --as json
document import "$logs/holes.log"
document verify 1n:512M --threads 1 --chunk 1s
document verify 1n:512M --inject early-free
document verify 4M+4M,start=4G --inject torn-pageblock
document verify 4M+4M,start=4G --inject random:10
document stress 1n:256M --operations 1000 --init on-demand
document stress 256M --operations 1000 --hotplug random
document predict 2n:384G --cpus-per-node 52 --one-thread 1717.7ms --best 138ms
document compare run-14.json run-15.json
if [ -z "$MMINIT_SANITIZE" ]; then
	document tune 1n:512M --rounds 6 --threads 2
	tune=$(ls tune-*.json)
	document compare "$tune" "$tune"
fi
validate ./*.json || fail "documents are not as schemas/ says"

# Every command that prints documents has had its turn, and every schema too.
for command in $("$MMINIT" help | sed -nE 's/^  mminit ([a-z]+) .*/\1/p'); do
	case $command in
	report) ;; # prints a page
	tune) [ -n "$MMINIT_SANITIZE" ] || ls tune-*.json >/dev/null 2>&1 || fail "no document of tune" ;;
	*) ls "$command"-*.json >/dev/null 2>&1 || fail "no document of $command" ;;
	esac
done
for schema in "$schemas"/*.schema.json; do
	kind=$(basename "$schema" .schema.json)
	[ "$kind" = common ] || [ -n "$MMINIT_SANITIZE" ] || grep -ql "\"schema\": \"mminit-$kind/" ./*.json || fail "$kind: no document"
done

# refused FILTER: the run with one thing changed is not what the schema says.
refused() {
	jq "$1" run-1.json >changed
	validate changed >/dev/null 2>&1 && fail "the schemas allow: $1"
}
refused '.extra = 1'
refused '.nodes[0].extra = 1'
refused '.machine.extra = 1'
refused 'del(.total.init_ns)'
refused 'del(.verdict.invariants[0].judgement)'
refused '.nodes[0].nid = "0"'
refused '.chunks[0].start_pfn = -1'
refused '.verdict.invariants[0].judgement = "good"'
refused '.schema = "mminit-run/2"'
finish
