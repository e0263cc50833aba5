#!/bin/bash
# SPDX-License-Identifier: MIT
# Flips operators and constants of the core one at a time, runs the fast tests, and reports what no
# test noticed.  `./test mutants`.
#
#   MMINIT_MUTANTS   how many (100)        MMINIT_MUTANT_SEED   which (printed)
#
# Works in a copy of the tree.  One C file is compiled anew a mutant, into a shared library that the
# tests, compiled once, are linked with.  Survivors that argued.txt names, with the reason why no
# input can tell, may be one in twenty; any other fails the run.
set -euo pipefail
tree=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
here=$tree/tests/mutants
nr_mutants=${MMINIT_MUTANTS:-100}
seed=${MMINIT_MUTANT_SEED:-$(date +%j)}
compiler=(${CMAKE_C_COMPILER_LAUNCHER-} gcc)
flags=(-std=gnu11 -w -O1 -fPIC -fopenmp -DMMI_CHECKED=1 -Iinclude -Isrc -Itests
	"-DMMINIT_SOURCE_DIR=\"$tree\"" "-DMMINIT_BINARY_DIR=\"$tree/build\"")
libraries=(-lcmocka -lhwloc -ljansson -lpthread -lm)
tests=(buddy steal memmap layout plan reserved deferred grow alloc alloc_bulk zonelist
	zonelist_offline node_order watermark counts hotplug hotplug_offline balloon device_memory
	strategy verify scenarios linux_order shape_files)

scratch=$tree/build/mutants
trap 'rm -rf "$scratch"' EXIT
rm -rf "$scratch"
mkdir -p "$scratch"
cp -r "$tree/src" "$tree/include" "$tree/tests" "$scratch"
cd "$scratch"
mkdir objects programs

object_of() {
	local name=${1//\//_}
	echo "objects/${name%.c}.o"
}
compile() {
	"${compiler[@]}" "${flags[@]}" -c -o "$(object_of "$1")" "$1" 2>>compile.log
}
link_library() {
	gcc -shared -fopenmp -o libmutant.so objects/*.o "${libraries[@]}"
}

# run_tests: the name of the first test that notices, or nothing.
run_tests() {
	local test
	for test in "${tests[@]}"; do
		[ -x "programs/test_$test" ] || continue
		LD_LIBRARY_PATH=. timeout 30 "programs/test_$test" >test.log 2>&1 || {
			echo "$test"
			return
		}
	done
}

echo "mutants: compiling" >&2
while read -r file; do
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
	compile "$file" &
done < <(find src -name '*.c' ! -path 'src/tool/*' ! -path src/report/html.c) # it needs a built page
wait
link_library
for test in "${tests[@]}"; do
	[ ! -e "tests/unit/test_$test.c" ] ||
		"${compiler[@]}" "${flags[@]}" -o "programs/test_$test" "tests/unit/test_$test.c" -L. \
			-Wl,--allow-shlib-undefined -lmutant "${libraries[@]}"
done
noticed=$(run_tests)
[ -z "$noticed" ] || {
	cat test.log
	echo "test_$noticed fails without any mutant" >&2
	exit 1
}

# is_argued FILE OLD NEW: argued.txt has it.
is_argued() {
	awk -F ' [|] ' -v file="$1" -v old="$2" -v new="$3" '
		$1 == file && $2 == old && $3 == new { found = 1 } END { exit !found }' "$here/argued.txt"
}
trimmed() {
	sed -n "$2p" "$1" | sed 's/^[ \t]*//; s/[ \t]*$//'
}

nr_killed=0 nr_argued=0 nr_stillborn=0 survivors=()
mapfile -t sites < <(perl "$here/sites.pl" "$seed" \
	$(find src/deferred src/zone src/memmap src/page_alloc -name '*.c' ! -name '*_neon.c' | sort))
echo "mutants: seed $seed, $nr_mutants of ${#sites[@]} sites" >&2
for site in "${sites[@]:0:nr_mutants}"; do
	IFS=: read -r file line column length replacement <<<"$site"
	cp "$file" original.c
	old=$(trimmed "$file" "$line")
	perl -i -pe "substr(\$_, $column - 1, $length) = '$replacement' if \$. == $line" "$file"
	new=$(trimmed "$file" "$line")
	if ! compile "$file"; then
		nr_stillborn=$((nr_stillborn + 1))
	else
		link_library
		noticed=$(run_tests)
		if [ -n "$noticed" ]; then
			nr_killed=$((nr_killed + 1))
		elif is_argued "$file" "$old" "$new"; then
			nr_argued=$((nr_argued + 1))
		else
			survivors+=("$file:$line | $old | $new")
			echo "survived: $file:$line | $old | $new" >&2
		fi
	fi
	cp original.c "$file"
	compile "$file"
done

nr_run=$((nr_mutants - nr_stillborn))
echo "report: seed $seed: $nr_run mutants, $nr_killed noticed, $nr_argued argued," \
	"${#survivors[@]} survived; $nr_stillborn did not compile"
printf '%s\n' "${survivors[@]}"
[ ${#survivors[@]} = 0 ] && [ $((nr_argued * 20)) -le "$nr_run" ]
