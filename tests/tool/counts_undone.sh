#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: compiles files of the library anew, which the sanitizers would not judge better.
# native only: compiles files of the library anew, with the native compiler.
# What would cost time and change no result is seen by counting: each line below makes the engine
# dearer, and tests/unit/test_counts.c or test_atomic_counts.c fails.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/undone.bash"

undone_test tests/unit/test_atomic_counts.c
# A counter that all workers share, at every step inside of a chunk.
undone "test_atomics_go_by_*" src/deferred/engine.c \
	's/^(\t\tworker->ops->free_range\(worker, pfn, end\);)/\1 mmi_atomic_add32(\&worker->claims->nr_waiters, 0);/'
undone "test_two_workers_*" src/deferred/engine.c \
	's/^(\t\tworker->ops->free_range\(worker, pfn, end\);)/\1 mmi_atomic_add32(\&worker->claims->nr_waiters, 0);/'
# The same at every section.
undone "test_atomics_go_by_*" src/deferred/engine.c \
	's/mmi_atomic_read32\(&worker->claims->nr_waiters\)/mmi_atomic_add32(\&worker->claims->nr_waiters, 0)/'
# Every free block is counted in the zone at once.
undone "test_atomics_go_by_*" src/zone/buddy.c \
	's/^(\tmmi_atomic_put64\(&page->private_data, order\);)/\1 mmi_atomic_add64(\&page->private_data, 0);/'
# A section is claimed by a swap of its own and then again.
undone "test_atomics_go_by_*" src/deferred/claims.c \
	's/(return !whole \|\| claim_unit\(claims, pfn\));/uint32_t no = 9; mmi_atomic_cas32(\&unit_section(claims, pfn)->state, \&no, 9); \1;/'

undone_test tests/unit/test_counts.c
# Struct pages are written twice.
undone "test_a_whole_map_*" src/deferred/engine.c \
	's/^(\t\tworker->ops->init_range\(worker, pfn, end\);)/\1 \1/'
# Blocks join the zone at every section.
undone "test_a_whole_map_*" src/deferred/engine.c \
	's/if \(mmi_atomic_read32\(&worker->claims->nr_waiters\)\)/if (worker)/'
# Whether somebody sleeps or not, he is woken.
undone "test_a_whole_map_*" src/deferred/claims.c \
	's/if \(mmi_atomic_read32\(&claims->nr_sleepers\)\)/if (claims)/'
# Free runs are cut into pageblocks: twice the list operations.
undone "test_a_whole_map_*" src/zone/buddy.c \
	's/mmi_largest_order\(pfn, end_pfn, map->geometry.max_page_order\)/mmi_largest_order(pfn, end_pfn, map->geometry.pageblock_order)/'
finish
