/* SPDX-License-Identifier: MIT */
/* The allocator as an object: made whole, or not at all and with a word. */
#include "alloc_fixture.h"

#include <errno.h>

#include "mminit/fault.h"
#include "page_alloc/alloc_cpu.h"

/* Nodes 3 and 5; there is none below. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 3, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 5, 0, 0}};

/* Allocation after allocation fails: nothing is left of the others, and the text says of what. */
static void test_it_is_refused_whole_at_every_allocation(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_failing_platform failing;
	struct mmi_alloc *alloc = NULL;
	uint64_t nr_refused = 0;
	struct alloc_fixture f;
	int ret;

	mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
	alloc_open(&f, &failing.platform, &spec, ALL_BOOTED);
	const int64_t nr_held = failing.nr_held;
	for (;; nr_refused++) {
		struct mmi_error err = {0};
		alloc = f.alloc;
		failing.number = failing.nr_calls + nr_refused;
		failing.has_failed = false;
		ret = mmi_alloc_create(&f.system->mem, NULL, &alloc, &err);
		if (!failing.has_failed)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_null(alloc);
		assert_int_equal(failing.nr_held, nr_held);
		assert_string_equal(err.text, nr_refused ? "no memory for the zonelists of 2 nodes"
							 : "no memory for an allocator");
	}
	assert_true(nr_refused > 4);
	assert_int_equal(ret, 0);
	assert_non_null(alloc);
	failing.number = UINT64_MAX;
	mmi_alloc_destroy(alloc);
	mmi_alloc_destroy(NULL);
	assert_int_equal(failing.nr_held, nr_held);
	alloc_close(&f);
}

/* Pages say their node by nid, and the allocator counts nodes from 0 on. */
static void test_nodes_are_found_by_their_nids(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_zone_figures figures;
	struct mmi_zoneref refs[2];
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	for (uint16_t node = 0; node < 2; node++) {
		const int nid = node ? 5 : 3;
		assert_int_equal(f.alloc->node_of_nid[nid], node);
		assert_true(mmi_alloc_figures(f.alloc, nid, MMI_ZONE_NORMAL, &figures));
		assert_int_equal(mmi_alloc_zonelist(f.alloc, nid, true, refs, 2), 2);
		assert_int_equal(refs[0].node, node);
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, nid, NULL);
		assert_int_equal(mmi_flags_nid(page->flags), nid);
		mmi_free_pages(f.cpu, page, 0);
		assert_true(f.cpu->pcps[mmi_zone_number(node, MMI_ZONE_NORMAL)].nr_pages > 0);
	}
	assert_false(mmi_alloc_figures(f.alloc, 0, MMI_ZONE_NORMAL, &figures));
	assert_false(mmi_alloc_figures(f.alloc, 4, MMI_ZONE_NORMAL, &figures));
	assert_int_equal(mmi_alloc_zonelist(f.alloc, 0, true, refs, 2), 0);
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 4), -EINVAL);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_it_is_refused_whole_at_every_allocation),
	    serial_test(test_nodes_are_found_by_their_nids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
