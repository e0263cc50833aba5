#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: compiles a file of the library anew, which the sanitizers would not judge better.
# native only: compiles a file of the library anew, with the native compiler.
# The AVX-512 store where no CPU has AVX-512 (and no emulator that Debian 12 has): its source, whose
# vectors are the compiler's, is compiled for SSE2 and taken for supported; it writes what all others
# write.  What stays unproved then is the compiler's own work: the instructions are looked at, not run.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/undone.bash"
[ "$(uname -m)" = x86_64 ] || { echo "skipped: AVX-512 is x86-64's"; exit 77; }
store=src/memmap/page_store_x86.c

sed -E -f tests/tool/lower_avx512.sed "$store" >"$work_dir/lowered.c"
[ "$(diff "$store" "$work_dir/lowered.c" | grep -c '^>')" = 2 ] || fail "$store: expected two lines to edit"
"$compiler" "${flags[@]}" -c "$work_dir/lowered.c" -o "$work_dir/lowered.o" || fail "lowered: does not compile"
undone_test tests/unit/test_page_store.c
run_undone 'test_every_store_*' "$work_dir/lowered.o" || fail "lowered: $(tail -n 5 "$work_dir/out")"
grep -q 'store avx512: ' "$work_dir/out" && ! grep -q 'store avx512: .*not' "$work_dir/out" ||
	fail "lowered: the AVX-512 store did not run: $(cat "$work_dir/out")"

# One aligned store of 64 bytes a page.
"$compiler" "${flags[@]}" -O2 -c "$store" -o "$work_dir/wide.o" || fail "does not compile"
if command -v objdump >/dev/null; then
	objdump -d --no-show-raw-insn "$work_dir/wide.o" >"$work_dir/wide.s"
	grep -Eq 'vmovdqa(64|32|) +%zmm[0-9]+,.*\(%r' "$work_dir/wide.s" || fail "no aligned 64-byte store in the object"
fi
finish
