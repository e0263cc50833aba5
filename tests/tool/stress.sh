#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what threads do at their own pace under emulation is no other processor's.
# mminit stress from outside: every pattern and way to initialise ends good on both cores, running
# out of memory is an answer, a seed replays a run, and bad parameters are refused.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1

for init in before beside on-demand; do
	for pattern in random bulk repeat frag; do
		for program in "$MMINIT" "$MMINIT_CHECKED"; do
			name="$init, $pattern, $(basename "$program")"
			if ! "$program" stress 256M+128M,cpus=1 --init "$init" --pattern "$pattern" \
				--gfp mix --threads 3 --operations 3000 --seed 5 >out 2>err; then
				fail "$name: exit $?: $(cat err out)"
			elif ! grep -q 'all invariants hold, every page came back' out; then
				fail "$name: no verdict: $(cat out)"
			fi
		done
	done
done

# One small node that all prefer: NULL is counted, and the run is good all the same.
"$MMINIT" stress 128M --pattern frag --threads 1 --operations 50000 --json >out || fail "pressure"
python3 - out <<'EOF' || fail "pressure: no request was refused, or not every field is there"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "mminit-stress/1" and d["good"] and d["broken"] is None
assert d["counts"]["failed"] > 0 and d["counts"]["operations"] == 50000
assert sum(b["allocations"] for b in d["latency"]) >= 50000
EOF

# What is said of the requests is what was asked for.
requests() {
	"$MMINIT" stress 64M --threads 1 --operations 10 "$@" 2>&1 | grep -q "^stress .*$said" || fail "$*: not \"$said\""
}
said="gfp kernel, single pages, 1 threads" requests --pattern bulk --orders 4
said="gfp mix, single pages, then order 3, 1" requests --pattern frag --orders 0-3 --gfp mix
said="gfp dma32, orders 1-2, 1" requests --pattern repeat --orders 1-2 --gfp dma32

# On one thread the seed fixes a run: the same counts twice, others with another seed.
counts() {
	"$MMINIT" stress 256M --init on-demand --threads 1 --operations 5000 --seed "$1" | grep '^memory'
}
first=$(counts 1)
[ -n "$first" ] && [ "$first" = "$(counts 1)" ] || fail "a seed does not replay a run"
[ "$first" != "$(counts 2)" ] || fail "the seed does not matter"

# A machine of many sections, on demand: only what is asked for is initialised.
"$MMINIT" stress 64G --init on-demand --pattern repeat --orders 0 --threads 1 --operations 100 >out ||
	fail "64G on demand"
grep -q '^on demand  1 units, 32768 pages' out || fail "64G on demand: $(grep '^on demand' out)"

# Bounded memory, however long it runs (sanitizers keep what is freed): forty times the operations,
# blocks that come and go and all, peak within a quarter: four bytes kept by each would show.
peak_kib() {
	python3 - "$MMINIT" stress 2n:512M,movablecore=512M --pattern random --gfp mix --hotplug random \
		--steps "$2" --operations "$1" --threads 2 --seed 3 <<'EOF'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
EOF
}
if [ -z "$MMINIT_SANITIZE" ]; then
	short=$(peak_kib 20000 25) || fail "bounded memory: the short run"
	long=$(peak_kib 800000 1000) || fail "bounded memory: the long run"
	[ "$long" -le $((short + short / 4)) ] ||
		fail "bounded memory: $short KiB at first, $long KiB after forty times the operations"
fi

expect "no pattern" 2 '--pattern x: expected' stress 256M --pattern x
expect "falling orders" 2 '--orders 9-3: expected' stress 256M --orders 9-3
expect "order too large" 2 'orders 0 to 11: ' stress 256M --orders 0-11 --operations 1
expect "no such node" 2 'node 7: ' stress 256M --node 7 --operations 1
expect "no threads" 2 '--threads 0: expected' stress 256M --threads 0
expect "no time" 2 '--seconds 0: expected' stress 256M --seconds 0
finish
