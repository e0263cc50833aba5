#!/bin/bash
# SPDX-License-Identifier: MIT
# Flips operators and constants of the core one at a time, runs the fast tests, and reports what no
# test noticed.  `./test mutants`, or this script with the C files that are to be flipped.
#
#   MMINIT_MUTANTS        how many (all)
#   MMINIT_MUTANT_SEED    which ones, and in which order (printed)
#   MMINIT_MUTANT_SECONDS what a fast test is: seconds of a processor, sanitized (4)
#
#   MMINIT_MUTANT_MINUTES when to stop, with the rest not tried (never)
#
# Works in a copy of the tree, build/mutants.  Tests are linked with the library as it is; one C file
# is compiled anew for each mutant and loaded in front of that: examine.pl.  All is built twice.  The
# plain build is the quick one and notices most; what survives it meets the sanitized one, because
# who reads an item past an array gets away with it otherwise.  A test is run only for the lines that
# it reaches, which a run with gcov's counters tells.  What was found is kept in build/mutants/found,
# a line a mutant: a run that was interrupted goes on where it ended, and survivors are tried again.
# `rm -r build/mutants` starts anew.
set -euo pipefail
tree=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
rooms=(src/deferred src/zone src/memmap src/page_alloc)
compiler=(${CMAKE_C_COMPILER_LAUNCHER-} gcc)
flags=(-std=gnu11 -w -O1 -fPIC -fopenmp -DMMI_CHECKED=1 '-DMMINIT_BUILD_TYPE="mutants"' -Iinclude
	-Isrc -Itests "-DMMINIT_SOURCE_DIR=\"$tree\"" "-DMMINIT_BINARY_DIR=\"$tree/build\"")
# What is added for each build.
plain=()
sanitized=(-fsanitize=address,bounds-strict -fsanitize-undefined-trap-on-error)
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

# compile BUILD FILE
compile() {
	local -n added=$1
	local object=$1/objects/${2//\//_}
	"${compiler[@]}" "${flags[@]}" "${added[@]}" -c -o "${object%.c}.o" "$2"
}

compile_test() {
	local -n added=$1
	local program
	program=$1/programs/$(basename "$2" .c)
	"${compiler[@]}" "${flags[@]}" "${added[@]}" -c -o "$program.o" "$2"
	gcc -fopenmp "${added[@]}" -o "$program" "$program.o" "-L$1" -Wl,--allow-shlib-undefined \
		-lmutant "${libraries[@]}"
}

compile_all() {
	local -n added=$1
	rm -rf "$1"
	mkdir -p "$1/objects" "$1/programs"
	# html.c needs a page that is built.
	find src -name '*.c' ! -path 'src/tool/*' ! -path src/report/html.c | in_parallel compile "$1"
	gcc -shared -fopenmp "${added[@]}" -o "$1/libmutant.so" "$1"/objects/*.o "${libraries[@]}"
	find tests/unit tests/property -name 'test_*.c' | in_parallel compile_test "$1"
}

# seconds_of BUILD NAME: runs a test without a mutant.
seconds_of() {
	local times TIMEFORMAT='%U %S'
	times=$({ time LD_LIBRARY_PATH=$1 timeout 600 "$1/programs/$2" >test.log 2>&1 || echo failed; } 2>&1)
	if [[ $times = failed* ]]; then
		cat test.log
		say "$2 ($1) fails without any mutant"
		return 1
	fi
	awk '{ print $1 + $2 }' <<<"$times"
}

# "NAME MACHINES SECONDS SECONDS" of the tests that are fast, quickest first: what each takes of the
# processor in the plain and in the sanitized build.
choose_tests() {
	local name slow quick
	for name in $(find plain/programs -name 'test_*' ! -name '*.o' -printf '%f\n' | grep -Evx "$unfit"); do
		export MMINIT_MACHINES=${machines[$name]-100}
		slow=$(seconds_of sanitized "$name") && quick=$(seconds_of plain "$name") || return 1
		echo "$name $MMINIT_MACHINES $quick $slow"
	done | awk -v most="$1" '$4 <= most' | sort -n -k 3 >tests.list
}

compile_counted() {
	local object=reach/${1//\//_}
	gcc "${flags[@]}" -O0 --coverage -c -o "${object%.c}.o" "$1"
}

# find_reach FILE...: "TEST FILE LINE HOW_OFTEN" of every line of code, for each test.
find_reach() {
	local name machines _
	rm -rf reach
	mkdir reach
	printf '%s\n' "$@" | in_parallel compile_counted
	gcc -shared --coverage -fopenmp -o reach/reach.so reach/*.o
	while read -r name machines _; do
		LD_LIBRARY_PATH=plain LD_PRELOAD=reach/reach.so MMINIT_MACHINES=$machines \
			"plain/programs/$name" >test.log 2>&1
		gcov --stdout reach/*.gcda 2>test.log | awk -v name="$name" -F: '
			{ gsub(/[ *]/, "", $1) }
			$2 + 0 == 0 && $3 == "Source" { file = $4 }
			$2 + 0 > 0 && $1 != "-" { print name, file, $2 + 0, $1 + 0 }'
		rm reach/*.gcda
	done <tests.list >reach.list
}

ulimit -c 0
export OMP_WAIT_POLICY=passive CMOCKA_MESSAGE_OUTPUT=STDOUT
# A mutant stands in front of the runtime and defines again what the library does.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_odr_violation=0
mkdir -p "$tree/build/mutants"
cd "$tree/build/mutants"
[ $# != 0 ] || set -- $(cd "$tree" && find "${rooms[@]}" -name '*.c' | sort)
say "compiling"
rm -rf src include tests
cp -r "$tree/src" "$tree/include" "$tree/tests" .
# A store that this CPU may not have is tried all the same.
sed -E -i -f tests/tool/lower_avx512.sed src/memmap/page_store_x86.c
compile_all plain
compile_all sanitized
choose_tests "${MMINIT_MUTANT_SECONDS:-4}"
find_reach "$@"
say "$(wc -l <tests.list) tests"
exec perl "$tree/tests/mutants/examine.pl" "${MMINIT_MUTANT_SEED:-$(date +%j)}" \
	"${MMINIT_MUTANTS:-all}" "${MMINIT_MUTANT_MINUTES:-0}" "$@" -- gcc "${flags[@]}" -- "${sanitized[@]}"
