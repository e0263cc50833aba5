#!/bin/bash
# SPDX-License-Identifier: MIT
# test_harness.sh MMINIT_BENCH: the harness says so and fails when a filter matches nothing, runs a
# family, and writes JSON with its context.
set -euo pipefail
bench=$1
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
"$bench" --benchmark_filter='^plan/GiB:64/chunk:8' --benchmark_format=json >"$out"
grep -q '"build_type"' "$out"
grep -q '"aggregate_name": "median"' "$out"
if grep -q '"error_occurred": true' "$out"; then
	echo "a benchmark failed"
	exit 1
fi
