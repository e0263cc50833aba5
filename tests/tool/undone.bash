# SPDX-License-Identifier: MIT
# For scripts that take out of the source what a test is about and expect the test to fail: one file
# is edited, compiled and linked before the checked library, which has the rest.
cd "$MMINIT_SOURCE_DIR" || exit 1
library=$MMINIT_BINARY_DIR/src/libmminit_checked.a
read -ra libraries <<<"$(pkg-config --libs cmocka hwloc jansson) -fopenmp -lpthread -lm"
compiler=${CC:-gcc}
command -v "$compiler" >/dev/null || {
	echo "no compiler: $compiler"
	exit 77
}
flags=(-O1 -std=gnu11 -DMMI_CHECKED=1 -Iinclude -Isrc -Itests -fopenmp)

# undone_test SOURCE: the test that is meant from here on.
undone_test() {
	"$compiler" "${flags[@]}" -c "$1" -o "$work_dir/test.o" || exit 1
}

# run_undone FILTER [OBJECT]...: links the test with what is given and runs what FILTER names.
run_undone() {
	local filter=$1
	shift
	"$compiler" "$work_dir/test.o" "$@" "$library" "${libraries[@]}" -o "$work_dir/test" ||
		fail "$filter: cannot link"
	timeout 60 "$work_dir/test" "$filter" >"$work_dir/out" 2>&1
}

# undone FILTER FILE SED: with FILE edited by SED the test of that name fails, and by an assertion.
undone() {
	local filter=$1 file=$2
	run_undone "$filter" || fail "$filter fails as it is: $(tail -n 3 "$work_dir/out")"
	grep -q '1 test(s) run' "$work_dir/out" || fail "$filter: expected one test of that name"
	sed -E "$3" "$file" >"$work_dir/undone.c"
	if cmp -s "$file" "$work_dir/undone.c"; then
		fail "$filter: $file: expected something that this matches: $3"
		return
	fi
	"$compiler" "${flags[@]}" -c "$work_dir/undone.c" -o "$work_dir/undone.o" 2>"$work_dir/err" || {
		fail "$filter: undone it does not compile: $(head -n 3 "$work_dir/err")"
		return
	}
	run_undone "$filter" "$work_dir/undone.o" && fail "$filter: undone, and nobody sees it: $3"
	grep -Eq 'FAILED|ERROR' "$work_dir/out" || fail "$filter: expected a failed assertion: $(tail -n 3 "$work_dir/out")"
}
