#!/bin/bash
# SPDX-License-Identifier: MIT
# Flips operators and constants of the core one at a time, runs the fast tests, and reports what no
# test noticed.  `./test mutants`, or this script with the C files that are to be flipped.
#
#   MMINIT_MUTANTS        how many (all)
#   MMINIT_MUTANT_SEED    which ones, and in which order (printed)
#   MMINIT_MUTANT_SECONDS what a fast test is: seconds of a processor (3)
#
# Works in a copy of the tree, build/mutants.  Tests are linked with the library as it is; one C file
# is compiled anew for each mutant and loaded in front of that: examine.pl.  All is sanitized: who
# reads an item past an array gets away with it otherwise.  What was found is kept in
# build/mutants/found, a line a mutant: a run that was interrupted goes on where it ended, and
# survivors are tried again.  `rm -r build/mutants` starts anew.
set -euo pipefail
tree=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
rooms=(src/deferred src/zone src/memmap src/page_alloc)
compiler=(${CMAKE_C_COMPILER_LAUNCHER-} gcc)
flags=(-std=gnu11 -w -O1 -fPIC -fopenmp -fsanitize=address,bounds
	-fsanitize-undefined-trap-on-error -DMMI_CHECKED=1 '-DMMINIT_BUILD_TYPE="mutants"' -Iinclude -Isrc
	-Itests "-DMMINIT_SOURCE_DIR=\"$tree\"" "-DMMINIT_BINARY_DIR=\"$tree/build\"")
linking=(-fopenmp -fsanitize=address)
libraries=(-lcmocka -lhwloc -ljansson -lfdt -lpthread -lm)
# They ask what the host does, or what of a text is read: not the rooms that are flipped.
unfit='test_(platform_.*|host_ranges|line_reader|byte_ranges|boot_log|topology|format|sample|predict|rank_test|hotplug_script|replay_statements)'
# Enough of random machines for every rule to be met.
declare -A machines=([test_random_machines]=150 [test_random_boots]=40 [test_random_hotplug]=5
	[test_strategies]=20)

say() {
	echo "mutants: $*" >&2
}

# in_parallel COMMAND...: with each line of its input, as many at a time as there are processors.
in_parallel() {
	local line
	while read -r line; do
		[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
		"$@" "$line" &
	done
	wait
}

compile() {
	local object=objects/${1//\//_}
	"${compiler[@]}" "${flags[@]}" -c -o "${object%.c}.o" "$1"
}

compile_test() {
	local name
	name=$(basename "$1" .c)
	"${compiler[@]}" "${flags[@]}" -c -o "programs/$name.o" "$1"
	gcc "${linking[@]}" -o "programs/$name" "programs/$name.o" -L. -Wl,--allow-shlib-undefined \
		-lmutant "${libraries[@]}"
}

compile_all() {
	rm -rf src include tests objects programs
	cp -r "$tree/src" "$tree/include" "$tree/tests" .
	mkdir objects programs
	# html.c needs a page that is built.
	find src -name '*.c' ! -path 'src/tool/*' ! -path src/report/html.c | in_parallel compile
	gcc -shared "${linking[@]}" -o libmutant.so objects/*.o "${libraries[@]}"
	find tests/unit tests/property -name 'test_*.c' | in_parallel compile_test
}

# Runs every test without a mutant: "NAME MACHINES SECONDS" of those that are fast, quickest first,
# with the time that each may take.
choose_tests() {
	local name times TIMEFORMAT='%U %S'
	for name in $(find programs -name 'test_*' ! -name '*.o' -printf '%f\n' | grep -Evx "$unfit"); do
		export MMINIT_MACHINES=${machines[$name]-100}
		times=$({ time timeout 600 "programs/$name" >test.log 2>&1 || echo failed; } 2>&1)
		if [[ $times = failed* ]]; then
			cat test.log
			say "$name fails without any mutant"
			return 1
		fi
		awk -v name="$name" -v machines="$MMINIT_MACHINES" -v most="$1" '$1 + $2 <= most {
			print $1 + $2, name, machines }' <<<"$times"
	done | sort -n | awk '{ print $2, $3, 3 + int(5 * $1) }' >tests.list
}

ulimit -c 0
export OMP_WAIT_POLICY=passive LD_LIBRARY_PATH=. CMOCKA_MESSAGE_OUTPUT=STDOUT
# A mutant stands in front of the runtime and defines again what the library does.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_odr_violation=0
mkdir -p "$tree/build/mutants"
cd "$tree/build/mutants"
say "compiling"
compile_all
choose_tests "${MMINIT_MUTANT_SECONDS:-3}"
say "$(wc -l <tests.list) tests"
[ $# != 0 ] || set -- $(find "${rooms[@]}" -name '*.c' ! -name '*_neon.c' | sort)
exec perl "$tree/tests/mutants/examine.pl" "${MMINIT_MUTANT_SEED:-$(date +%j)}" \
	"${MMINIT_MUTANTS:-all}" "$@" -- gcc "${flags[@]}"
