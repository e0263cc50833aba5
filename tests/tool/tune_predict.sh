#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: measures, which under emulation says nothing.
# mminit tune and predict from outside: what they print parses, what is wrong is refused, and Ctrl-C
# keeps what was measured.  No time is asserted.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "$*"
	exit 1
}

# expect EXIT WORD ARGUMENT...: the exit code, and the word in what is said.
expect() {
	local code=0 expected=$1 word=$2
	shift 2
	"$MMINIT" "$@" >"$dir/out" 2>&1 || code=$?
	[ "$code" = "$expected" ] || fail "mminit $*: exit $code, expected $expected"
	grep -q -e "$word" "$dir/out" || fail "mminit $*: \"$word\" not in: $(cat "$dir/out")"
}

expect 2 one-thread predict 2n:64G
expect 2 'a time' predict 2n:64G --best 138 --one-thread 1s
expect 2 'a time' predict 2n:64G --best 0ms --one-thread 1s
# Times, ratios and percentages are decimal, in digits: only sizes and addresses are hexadecimal, too.
for time in 0x10ms 0X1s 0x1p3s 1e3ms 1 ms .5s -1s 1.5.5s "1 s" 1,5s 86400s 0.4ns; do
	expect 2 'a time' predict 1n:64G --cpus-per-node 8 --best 200ms --one-thread "$time"
	expect 2 'a time' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best "$time"
	expect 2 'a time' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --line-transfer "$time"
done
for ratio in 0x1 1e-1 .5 1,5; do
	expect 2 'a number' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --engine-cost "$ratio"
done
expect 2 'a percentage' compare a b --fail-above 0x5%
expect 2 'best time' predict 2n:64G --cpus-per-node 4 --one-thread 1s --best 2s
expect 0 '16 GiB' predict 2n:384G --cpus-per-node 52 --one-thread 1717.7ms --best 138ms
expect 2 'at most 8' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --threads 9
expect 2 'a number' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --engine-cost 0
expect 2 'a number' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --engine-cost 0.5x
expect 2 'early sections' predict 64M --cpus-per-node 8 --one-thread 1s --best 200ms
expect 0 'not to be had' predict 4G --cpus-per-node 4 --one-thread 100us --best 25us
expect 0 '50%' predict 4G --cpus-per-node 1 --one-thread 1s --best 1s --engine-cost 0.5
expect 0 '^ *7 ' predict 1n:64G --cpus-per-node 8 --one-thread 1s --best 200ms --threads 7
[ "$(wc -l <"$dir/out")" = 3 ] || fail "more than one thread count: $(cat "$dir/out")"
expect 0 'one thread on arm64-64k' predict 2n:64G,arch=arm64-64k,cpus=8 --one-thread 15ms --best 3ms
expect 0 '^ *12 .* 1.5 GiB ' predict 2n:64G,arch=arm64-64k,cpus=16,linux=6.12 --one-thread 15ms --best 3ms --threads 12
expect 0 "nothing of memory's limit" predict 0+64G,cpus=4/0 --one-thread 1s --best 1s
expect 2 'at most 1' predict 0+64G,cpus=4/0 --one-thread 1s --best 1s --threads 2
expect 2 'a number' tune 1n:1G --rounds 5
expect 2 'without --json' tune 1n:1G --csv --json

"$MMINIT" predict 2n:384G --cpus-per-node 52 --one-thread 1717.7ms --best 138ms --json >"$dir/p"
"$MMINIT" tune 1n:1G --rounds 6 --threads 1 --json >"$dir/t"
grep -q '"schema": "mminit-predict/1"' "$dir/p"
grep -q '"schema": "mminit-tune/1"' "$dir/t"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; [json.load(open(f)) for f in sys.argv[1:]]' "$dir/p" "$dir/t"
fi

"$MMINIT" tune 1n:1G --rounds 6 --threads 1 --csv >"$dir/csv"
[ "$(head -n 1 "$dir/csv" | tr ',' '\n' | wc -l)" = 14 ] || fail "the CSV's names are not 14"
for choice in chunk threads batch store backing order; do
	[ "$(grep -c "^$choice,.*,1,[^,]*\$" "$dir/csv")" = 1 ] || fail "$choice has not one fastest row"
done

# What the system says of huge pages, where it says anything: of all rows, and of each.
share='\([01]\.[0-9]*\(e-[0-9]*\)\{0,1\}\|null\),*$'
[ "$(grep -c "^  \"huge_share\": $share" "$dir/t")" = 1 ] || fail "no huge_share"
[ "$(grep -c "^      \"huge_share\": $share" "$dir/t")" = "$(grep -c '"samples"' "$dir/t")" ] ||
	fail "not every row has a huge_share: $(grep '"huge_share"' "$dir/t")"
grep -q '"failed": null' "$dir/t" || fail "a whole sweep says that it failed"

# All nodes work at once: they share the CPUs of this host.
"$MMINIT" tune 64n:32M,start=4G --rounds 6 --json >"$dir/t"
share=$(($(nproc) / 64))
grep -q "\"threads\": $((share ? share : 1)),\$" "$dir/t" || fail "64 nodes: $(grep '"threads"' "$dir/t" | head -1)"
grep -q '"recommended": "' "$dir/t" || fail "6 rounds recommend nothing"

# All of so small a machine is initialised early, by one thread: what is written at best is written by one.
"$MMINIT" tune 64M --rounds 6 --json >"$dir/t"
loop=$(sed -n 's/.*"loop_ns_per_page": \([0-9]*\)\.\(..\).*/\1\2/p' "$dir/t")
[ "$((10#$loop))" -ge 5 ] || fail "a plain loop writes 64 bytes in less than 0.05 ns: $loop"

# Ctrl-C in the very first round, which takes a second and more: what was measured of it is kept.
for seconds in 1 0.5 2 0.25 4; do
	timeout --preserve-status -s INT $seconds "$MMINIT" tune 64G --threads 1 --rounds 6 --json >"$dir/t" || true
	grep -q '"rounds": 0' "$dir/t" && grep -q '"value"' "$dir/t" && break
done
grep -q '"rounds": 0' "$dir/t" || fail "no first round was interrupted"
grep -q '"value"' "$dir/t" || fail "what was measured of the first round is not kept"
grep -q '"recommended": null' "$dir/t" || fail "an unfinished round recommends something"

"$MMINIT" tune 1n:4G --rounds 512 --threads 1 >"$dir/out" &
pid=$!
sleep 2
kill -INT $pid 2>/dev/null || true
code=0
wait $pid || code=$?
[ "$code" = 130 ] || fail "an interrupted sweep ended with $code, expected 130"
grep -q 'rounds*, interrupted' "$dir/out" || fail "an interrupted sweep printed nothing"
