#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: compiles files of the library anew, with a race detector's calls and without the detector.
# native only: compiles files of the library anew, with the native compiler.
# What a run stores to, counted by the compiler (counted_stores.c): exact for given shapes, and each
# line below, which makes the engine dearer without a word to the checked core, is seen.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1
compiler=${CC:-gcc}
command -v "$compiler" >/dev/null || {
	echo "no compiler: $compiler"
	exit 77
}
read -ra libraries <<<"$(pkg-config --libs cmocka hwloc jansson) -fopenmp -lpthread -lm"
flags=(-O2 -std=gnu11 -Iinclude -Isrc -Itests -Itests/unit -fopenmp)

# compile_counted SOURCE OBJECT
compile_counted() {
	"$compiler" "${flags[@]}" -fsanitize=thread -Wno-tsan -c "$1" -o "$2" || fail "$1: does not compile"
}

# run_counted [OBJECT]...: with these before what is compiled as it is.
run_counted() {
	"$compiler" -Wl,--allow-multiple-definition "$work_dir/test.o" "$@" "$work_dir"/counted/*.o \
		"$MMINIT_BINARY_DIR/src/libmminit.a" "${libraries[@]}" -o "$work_dir/test" || {
		fail "cannot link"
		return 2
	}
	timeout 60 "$work_dir/test" >"$work_dir/out" 2>&1
}

# dearer FILE SED: with FILE edited by SED the test fails.
dearer() {
	sed -E "$2" "$1" >"$work_dir/dearer.c"
	if cmp -s "$1" "$work_dir/dearer.c"; then
		fail "$1: expected something that this matches: $2"
		return
	fi
	compile_counted "$work_dir/dearer.c" "$work_dir/dearer.o"
	run_counted "$work_dir/dearer.o" && fail "$1: dearer, and nobody sees it: $2"
	grep -q FAILED "$work_dir/out" || fail "$1: expected a failed assertion: $(tail -n 3 "$work_dir/out")"
}

mkdir "$work_dir/counted"
"$compiler" "${flags[@]}" -c tests/tool/counted_stores.c -o "$work_dir/test.o" || exit 1
for source in src/memmap/*.c src/zone/*.c src/deferred/*.c; do
	compile_counted "$source" "$work_dir/counted/$(basename "$source" .c).o"
done
run_counted || fail "as it is: $(tail -n 20 "$work_dir/out")"


# A list operation more a block: its links are made, undone and made again.
dearer src/zone/buddy.c 's/^(\tmmi_list_add_tail\(&batch->lists\[order\], &page->lru\);)/\1 mmi_list_remove(\&page->lru); \1/'
# Struct pages are stored to twice.
dearer src/memmap/page_init.c 's/^(\tmap->store->fill\(.*\);)/\1 \1/'
# Every free block is counted in the zone at once, without an atomic word or with a plain store of one.
dearer src/zone/buddy.c 's/^(\t\tmark_free\(page, order\);)/\1 zone->nr_free_pages++;/'
dearer src/zone/buddy.c 's/^(\t\tmark_free\(page, order\);)/\1 mmi_atomic_publish64(\&zone->nr_missing_pages, 0);/'
# A barrier a block; an atomic word that the checked core does not see.
dearer src/deferred/engine.c 's/^(\t\tworker->ops->free_range\(worker, pfn, end\);)/\1 mmi_atomic_fence();/'
dearer src/deferred/engine.c 's/^(\t\tworker->ops->free_range\(worker, pfn, end\);)/\1 __atomic_fetch_add(\&worker->claims->nr_waiters, 0, 5);/'
# The types of a section's pageblocks are set at every block.
dearer src/deferred/engine.c 's/^(\t\tworker->ops->init_range\(worker, pfn, end\);)/\1 mmi_section_init_pageblocks(\&worker->mem->map, mmi_pfn_section(\&worker->mem->map, pfn), 1);/'
# The zone is locked twice to splice.
dearer src/zone/buddy.c 's/^(\tsub_missing_pages\(zone, batch->nr_pages\);)/platform->ops->unlock(platform->ctx, \&zone->lock); platform->ops->lock(platform->ctx, \&zone->lock); \1/'
finish
