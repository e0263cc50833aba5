#!/bin/bash
# SPDX-License-Identifier: MIT
# mminit compare from outside: a real difference is told from noise, contexts are held together, and
# --fail-above ends with 4.  The samples are made up here, so that no time decides.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1
"$MMINIT" run 2n:512M --threads 1 --json >run.json 2>/dev/null || fail "run"

# made FILE FACTOR COUNT [FILTER]: COUNT boots of about 10 ns times FACTOR, spread over 10%, no two alike.
made() {
	jq --argjson factor "$2" --argjson count "$3" '.samples = [range($count) | {early_ns: 1, deferred_ns: 1, init_ns: 2,
		ns_per_page: ((10 + ((. * 7919) % 101) / 101) * $factor)}] | '"${4:-.}" run.json >"$1"
}
made a.json 1 12
made same.json 1.001 12
made slower.json 1.2 12
made few.json 1.2 3
made linux.json 1.2 12 '.settings.chunk = "linux"'

# judged WANT RATIO FILE...: how the only row is judged, and its ratio to three decimals.
judged() {
	run_tool compare "$3" "$4" --json
	[ "$code" = 0 ] || fail "$3 $4: exit code $code: $err"
	[ "$(jq -r '.rows | length' out)" = 1 ] || fail "$3 $4: expected one row"
	[ "$(jq -r '.rows[0] | .judgement + " " + (.ratio * 1000 | round | tostring)' out)" = "$1 $2" ] ||
		fail "$3 $4: $(jq -c '.rows[0]' out)"
}
judged noise 1001 a.json same.json
judged slower 1200 a.json slower.json
judged faster 833 slower.json a.json
judged noise 1000 a.json a.json
run_tool compare a.json few.json --json
[ "$(jq -r '.rows[0].judgement' out)" = slower ] || fail "12 boots against 3, far apart: $(jq -c '.rows[0]' out)"
[ "$(jq '.rows[0].p == 2 / 455' out)" = true ] || fail "p of 12 against 3 without overlap: $(jq '.rows[0].p' out)"
run_tool compare few.json few.json --json
[ "$(jq -r '.rows[0].judgement' out)" = "too few" ] || fail "3 boots against 3: $(jq -c '.rows[0]' out)"
made jump.json 1 12 '.samples[0].ns_per_page = 1000'
run_tool compare a.json jump.json --json
[ "$(jq -r ".rows[0].judgement" out)" = noise ] || fail "one outlier: $(jq -c ".rows[0]" out)"

# A median by jq, which shares no code with ours.
median=$(jq '[.samples[].ns_per_page] | sort | (.[5] + .[6]) / 2' slower.json)
run_tool compare a.json slower.json --json
[ "$(jq --argjson median "$median" '(.rows[0].b_median - $median) | fabs < 1e-9' out)" = true ] || fail "the median is not $median"

expect "slower by more" 4 'slower.json: init: slower by 20.0%' compare a.json slower.json --fail-above 5% --quiet
expect "slower by less" 0 '^$' compare a.json slower.json --fail-above 25%
expect "noise" 0 '^$' compare a.json same.json --fail-above 0%
expect "too few to judge by" 3 '3 and 3 samples: expected more' compare few.json few.json --fail-above 5% --quiet
expect "one file" 2 'expected two results' compare a.json
expect "not a share" 2 'a percentage' compare a.json a.json --fail-above 5
expect "two formats" 2 'without --json' compare a.json a.json --csv --json
expect "no part of the context" 3 'phase: no part of the context: expected arch' compare a.json a.json --allow phase
"$MMINIT" plan 2n:512M --json >plan.json
expect "a plan" 3 'a result of plan: expected results of run or tune' compare a.json plan.json

# Every part of the context is held together, and may be let go by its name.
contexts='machine.arch=arch machine.linux=linux machine.page_bytes=page-size machine.nr_nodes=nodes machine.nr_cpus=cpus
	machine.nr_present_pages=pages context.build=build context.compiler=compiler context.core=core context.cpu_model=cpu-model
	context.kernel=kernel context.host_cpus=host-cpus settings.backed=backed total.nr_started=threads threads_state=binding fault=fault'
for pair in $contexts; do
	made other.json 1 12 ".${pair%=*} = \"other\""
	expect "${pair%=*}" 3 "different ${pair#*=}: .*, and other: expected results of one context" compare a.json other.json
	expect "${pair%=*}, allowed" 0 '^$' compare a.json other.json --allow "nodes,${pair#*=}"
done

# Choices may differ, and are said.
run_tool compare a.json linux.json
[ "$code" = 0 ] && grep -qx 'differs   chunk: A auto, B linux' <<<"$out" || fail "a choice that differs: $out$err"
[ -z "$(awk 'length > 80' <<<"$out")" ] || fail "lines above 80 columns: $(awk 'length > 80' <<<"$out")"
run_tool compare a.json slower.json --csv
[ "$(awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } END { print NR, n, bad + 0 }' <<<"$out")" = "2 12 0" ] || fail "CSV: $out"

# Rows of a sweep, by choice, value and threads; in another order.
"$MMINIT" tune 1n:1G --rounds 6 --threads 1 --json >tune.json 2>/dev/null || [ $? = 6 ] || fail "tune"
jq '.rows |= map(.samples = [range(20) | 10 + . / 100])' tune.json >t1.json
jq '.rows |= (map(.samples = [range(20) | 10.001 + . / 100] | if .choice == "batch" and .value == "chunk" then .samples |= map(. * 2) else . end) | reverse)' tune.json >t2.json
run_tool compare t1.json t2.json --json
[ "$(jq '.rows | length' out)" = "$(jq '.rows | length' tune.json)" ] || fail "not every row is compared"
[ "$(jq -c '[.rows[] | select(.judgement != "noise").name]' out)" = '["batch chunk, threads 1"]' ] || fail "of a sweep: $(jq -c '[.rows[] | [.name, .judgement]]' out)"
finish
