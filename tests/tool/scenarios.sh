#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: compiles files of the library anew, which the sanitizers would not judge better.
# native only: compiles files of the library anew, with the native compiler.
# Each scenario of tests/unit/test_scenarios.c fails when what this library does about it is taken
# out of the source: one file is edited, compiled and linked before the library, which has the rest.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/undone.bash"
undone_test tests/unit/test_scenarios.c

# Every second pageblock of a section keeps type 0.
undone "test_01_*" src/memmap/page_init.c 's/0x1111111111111111ull/0x0101010101010101ull/'
# What was reserved is freed at once, whether its section stands or not.
undone "test_02_*" src/deferred/claims.c 's/if \(\*standing\(claims, pfn\)\)/if (claims)/'
# "Grew", whatever there is.
undone "test_03_*" src/deferred/grow.c 's/return MMI_GROW_NOTHING;/return MMI_GREW;/'
# The budget begins anew with every piece of memory.
undone "test_04_*" src/deferred/split.c 's/if \(w->zone_end_pfn != zone_end_pfn\)/if (w)/'
# A grower takes the tail of the node's memory, whatever zone it is in.
undone "test_05_*" src/deferred/cursor.c 's/return range->start_pfn < within->end_pfn .*/return within;/'
# A range is freed as blocks of one size from its start.
undone "test_06_*" src/zone/buddy.c 's/mmi_largest_order\(start_pfn, end_pfn, map->geometry.max_page_order\)/map->geometry.max_page_order/'
# A step is a pageblock, so that half a block is freed without the other.
undone "test_07_*" src/deferred/engine.c 's/mmi_block_pages\(g\) : section_pages/mmi_pageblock_pages(g) : section_pages/'
# Holes are passed over.
undone "test_08_*" src/deferred/engine.c 's/(const bool is_free = extent->kind == MMI_EXTENT_FREE;)/if (extent->kind == MMI_EXTENT_HOLE) continue; \1/'
# Holes are linked to node 0.
undone "test_09_*" src/zone/extent.c 's/add_hole\(b, pfn, range->nid, zone\)/add_hole(b, pfn, 0, zone)/'
# A hole is all of what lies between two ranges.
undone "test_10_*" src/zone/extent.c 's/mmi_larger\(mmi_align_down\(end_pfn, sub_pages\), low_end\)/low_end/'
# Device memory begins where its section does.
undone "test_11_*" src/hotplug/device.c 's/add_part\(hotplug, start_pfn, first/add_part(hotplug, mmi_align_down(start_pfn, section_pages), first/'
# Any size of a chunk is taken.
undone "test_12_*" src/deferred/plan.c 's/if \(params->rule != MMI_CHUNK_FIXED\)/if (params)/'
# What was kept is forgotten.
undone "test_13_*" src/deferred/kept.c 's/^\t\tmmi_reserved_free\(mem, range.*/\t\t(void)mem;/'
# A section is listed again for each range that has a part of it.
undone "test_14_*" src/deferred/unit_runs.c 's/if \(start < \*done_pfn\)/if (!done_pfn)/'
# Whoever waits holds the lock of what stands.
undone "test_15_*" src/deferred/claims.c 's/^(\t\t)(platform->ops->wait\(platform->ctx, &claims->progress, progress\);)/\1{ platform->ops->lock(platform->ctx, \&claims->kept.lock); \2 platform->ops->unlock(platform->ctx, \&claims->kept.lock); }/'
# One chunk for each run of memory.
undone "test_16_*" src/deferred/plan.c 's/uint64_t end = \(pfn \/ group->chunk_pages \+ 1\) \* group->chunk_pages;/uint64_t end = run->end_pfn;/'
finish
