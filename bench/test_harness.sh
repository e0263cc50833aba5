#!/bin/bash
# SPDX-License-Identifier: MIT
# test_harness.sh MMINIT_BENCH UNVERIFIED LIMITS: the harness, and a program that holds limits, say so and
# fail when a filter matches nothing or a result was not verified; a family runs, and writes JSON with its
# context.
set -euo pipefail
bench=$1 unverified=$2 limits=$3
out=$(mktemp)
trap 'rm -f "$out"' EXIT

if "$bench" --benchmark_filter=no_such_benchmark >"$out" 2>&1; then
	echo "a filter that matches nothing did not fail"
	exit 1
fi
if grep -q "debug build" "$out"; then
	echo "skipped: a debug build says nothing about speed"
	exit 77
fi
grep -q "matches no benchmark" "$out"
if "$limits" --only no_such_row >/dev/null 2>"$out"; then
	echo "a row that does not exist did not fail"
	exit 1
fi
grep -q 'no row has "no_such_row"' "$out"
for family in silent wrong; do
	if "$unverified" --benchmark_filter="^$family/" >"$out" 2>&1; then
		echo "$family: a result that nobody verified did not fail"
		exit 1
	fi
	grep -q "a result is not verified" "$out"
done
"$unverified" --benchmark_filter='^right/' >/dev/null 2>&1
"$bench" --benchmark_filter='^plan/GiB:64/chunk:8' --benchmark_format=json >"$out"
for key in commit build_type geometry topology huge_pages openmp_runtime binding; do
	grep -q "\"$key\"" "$out" || {
		echo "the context does not say $key"
		exit 1
	}
done
grep -q '"aggregate_name": "median"' "$out"
# Each repetition stands in a file: compare.py tests them, a median alone says nothing of chance.
"$unverified" --benchmark_filter='^right/' --benchmark_out="$out.json" --benchmark_out_format=json >/dev/null 2>&1
nr=$(grep -c '"run_type": "iteration"' "$out.json" || true)
rm -f "$out.json"
[ "$nr" = 3 ] || {
	echo "a file has $nr repetitions of 3"
	exit 1
}
if grep -q '"error_occurred": true' "$out"; then
	echo "a benchmark failed"
	exit 1
fi
