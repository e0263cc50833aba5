#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: compiles files of the library anew, which the sanitizers would not judge better.
# Each scenario of tests/unit/test_scenarios.c fails when what this library does about it is taken
# out of the source: one file is edited, compiled and linked before the library, which has the rest.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1
library=$MMINIT_BINARY_DIR/src/libmminit_checked.a
read -ra libraries <<<"$(pkg-config --libs cmocka hwloc jansson) -fopenmp -lpthread -lm"
compiler=${CC:-gcc}
command -v "$compiler" >/dev/null || {
	echo "no compiler: $compiler"
	exit 77
}
flags=(-O1 -std=gnu11 -DMMI_CHECKED=1 -Iinclude -Isrc -Itests -fopenmp)
"$compiler" "${flags[@]}" -c tests/unit/test_scenarios.c -o "$work_dir/test.o" || exit 1

# run_scenario NUMBER [OBJECT]...: links the test with what is given and runs one scenario.
run_scenario() {
	local number=$1
	shift
	"$compiler" "$work_dir/test.o" "$@" "$library" "${libraries[@]}" -o "$work_dir/test" ||
		fail "scenario $number: cannot link"
	timeout 60 "$work_dir/test" "test_${number}_*" >"$work_dir/out" 2>&1
}

# undone NUMBER FILE SED: with FILE edited by SED scenario NUMBER fails, and by an assertion.
undone() {
	local number=$1 file=$2
	run_scenario "$number" || fail "scenario $number fails as it is: $(tail -n 3 "$work_dir/out")"
	grep -q '1 test(s) run' "$work_dir/out" || fail "scenario $number: expected one test of that number"
	sed -E "$3" "$file" >"$work_dir/undone.c"
	if cmp -s "$file" "$work_dir/undone.c"; then
		fail "scenario $number: $file: expected something that this matches: $3"
		return
	fi
	"$compiler" "${flags[@]}" -c "$work_dir/undone.c" -o "$work_dir/undone.o" 2>"$work_dir/err" || {
		fail "scenario $number: undone it does not compile: $(head -n 3 "$work_dir/err")"
		return
	}
	run_scenario "$number" "$work_dir/undone.o" && fail "scenario $number: undone, and nobody sees it"
	grep -Eq 'FAILED|ERROR' "$work_dir/out" || fail "scenario $number: expected a failed assertion: $(tail -n 3 "$work_dir/out")"
}

# Every second pageblock of a section keeps type 0.
undone 01 src/memmap/page_init.c 's/0x1111111111111111ull/0x0101010101010101ull/'
# What was reserved is freed at once, whether its section stands or not.
undone 02 src/deferred/claims.c 's/if \(\*standing\(claims, pfn\)\)/if (claims)/'
# "Grew", whatever there is.
undone 03 src/deferred/grow.c 's/return MMI_GROW_NOTHING;/return MMI_GREW;/'
# The budget begins anew with every piece of memory.
undone 04 src/deferred/split.c 's/if \(w->zone_end_pfn != zone_end_pfn\)/if (w)/'
# A grower takes the tail of the node's memory, whatever zone it is in.
undone 05 src/deferred/cursor.c 's/return range->start_pfn < within->end_pfn .*/return within;/'
# A range is freed as blocks of one size from its start.
undone 06 src/zone/buddy.c 's/mmi_largest_order\(start_pfn, end_pfn, map->geometry.max_page_order\)/map->geometry.max_page_order/'
# A step is a pageblock, so that half a block is freed without the other.
undone 07 src/deferred/engine.c 's/mmi_block_pages\(g\) : section_pages/mmi_pageblock_pages(g) : section_pages/'
# Holes are passed over.
undone 08 src/deferred/engine.c 's/(const bool is_free = extent->kind == MMI_EXTENT_FREE;)/if (extent->kind == MMI_EXTENT_HOLE) continue; \1/'
# Holes are linked to node 0.
undone 09 src/zone/extent.c 's/add_hole\(b, pfn, true, range->nid, zone\)/add_hole(b, pfn, true, 0, zone)/'
# A hole is all of what lies between two ranges.
undone 10 src/zone/extent.c 's/if \(low_end >= high_start\)/if (b)/'
# Device memory begins where its section does.
undone 11 src/hotplug/device.c 's/add_part\(hotplug, start_pfn, first/add_part(hotplug, mmi_align_down(start_pfn, section_pages), first/'
# Any size of a chunk is taken.
undone 12 src/deferred/plan.c 's/if \(params->rule != MMI_CHUNK_FIXED\)/if (params)/'
# What was kept is forgotten.
undone 13 src/deferred/kept.c 's/^\t\tmmi_reserved_free\(mem, range.*/\t\t(void)mem;/'
# A section is listed again for each range that has a part of it.
undone 14 src/deferred/unit_runs.c 's/if \(start < \*done_pfn\)/if (!done_pfn)/'
# Whoever waits holds the lock of what stands.
undone 15 src/deferred/claims.c 's/^(\t\t)(platform->ops->wait\(platform->ctx, &claims->progress, progress\);)/\1{ platform->ops->lock(platform->ctx, \&claims->kept.lock); \2 platform->ops->unlock(platform->ctx, \&claims->kept.lock); }/'
# One chunk for each run of memory.
undone 16 src/deferred/plan.c 's/uint64_t end = \(pfn \/ group->chunk_pages \+ 1\) \* group->chunk_pages;/uint64_t end = run->end_pfn;/'
finish
