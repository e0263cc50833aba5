/* SPDX-License-Identifier: MIT */
/*
 * The checks of the core's rooms can fail: each equation of a sound machine is broken by one word, and
 * its check says which.  What it says of the sound machine, before and after, is nothing.
 */
#include "alloc_fixture.h"

#include "memmap/page_init.h"
#include "page_alloc/alloc_cpu.h"
#include "zone/buddy.h"
#include "zone/list.h"

static void assert_said(int ret, const struct mmi_error *err, const char *text, int line)
{
	if (text && (ret == 0 || !strstr(err->text, text)))
		fail_msg("line %d: \"%s\" expected, said was \"%s\"", line, text, err->text);
	if (!text && ret)
		fail_msg("line %d: nothing expected, said was \"%s\"", line, err->text);
}

#define assert_sound(check)                                                                        \
	do {                                                                                       \
		struct mmi_error err = {0};                                                        \
		const int ret = (check);                                                           \
		assert_said(ret, &err, NULL, __LINE__);                                            \
	} while (0)

#define assert_fails(check, said)                                                                  \
	do {                                                                                       \
		struct mmi_error err = {0};                                                        \
		const int ret = (check);                                                           \
		assert_said(ret, &err, said, __LINE__);                                            \
	} while (0)

/* While @word is @value, @check (which is given &err) says @text. */
#define assert_breaks(word, value, check, said)                                                    \
	do {                                                                                       \
		struct mmi_error err = {0};                                                        \
		const __typeof__(word) was = (word);                                               \
		(word) = (value);                                                                  \
		const int ret = (check);                                                           \
		(word) = was;                                                                      \
		assert_said(ret, &err, said, __LINE__);                                            \
	} while (0)

/* Two blocks of order 10, the first of the memmap: PFN 0x8000 and 0x8400. */
static const struct mmi_spec_range eight_mib[] = {{128 * MIB, 136 * MIB, 0, 0, 0}};

static void mark(struct mmi_page *page, unsigned order)
{
	page->page_type = MMI_PAGE_TYPE_BUDDY;
	page->private_data = order;
	page->refcount = 0;
}

static void list(struct mmi_zone *zone, struct mmi_page *page, unsigned order,
		 enum mmi_migratetype type)
{
	mark(page, order);
	mmi_list_add_tail(&zone->areas[order].lists[type], &page->lru);
	zone->areas[order].nr_free++;
}

static void unlist(struct mmi_zone *zone, struct mmi_page *page, unsigned order)
{
	mmi_list_remove(&page->lru);
	page->page_type = MMI_PAGE_TYPE_NONE;
	page->private_data = 0;
	zone->areas[order].nr_free--;
}

static void test_words_of_a_free_block(void **state)
{
	struct alloc_fixture f;
	struct mmi_machine_spec spec = x86_spec(eight_mib, 1);

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = mmi_pfn_page(&f.system->mem.map, 0x8400);
	assert_sound(mmi_zone_check(zone, &err));
	assert_breaks(page->page_type, MMI_PAGE_TYPE_NONE, mmi_zone_check(zone, &err),
		      "PFN 0x8400: head of a free block is not marked so");
	assert_breaks(page->private_data, 9, mmi_zone_check(zone, &err), "not marked so");
	for (unsigned i = 0; i < 1024; i += 1023) {
		const uint64_t reserved = page[i].flags | MMI_PG_RESERVED;
		const char *in_use = i ? "PFN 0x87ff: page of a free block is reserved or in use"
				       : "PFN 0x8400: page of a free block is reserved or in use";
		const char *foreign = i ? "PFN 0x87ff: page of a free block is linked to another"
					: "PFN 0x8400: page of a free block is linked to another";
		assert_breaks(page[i].refcount, 1, mmi_zone_check(zone, &err), in_use);
		assert_breaks(page[i].flags, reserved, mmi_zone_check(zone, &err), in_use);
		assert_breaks(page[i].flags, mmi_page_flags(1, MMI_ZONE_DMA32),
			      mmi_zone_check(zone, &err), foreign);
		assert_breaks(page[i].flags, mmi_page_flags(0, MMI_ZONE_NORMAL),
			      mmi_zone_check(zone, &err), foreign);
	}
	struct mmi_list *area = &zone->areas[10].lists[MMI_MIGRATE_MOVABLE];
	assert_breaks(page->lru.prev, area->prev, mmi_zone_check(zone, &err), "list is torn");
	mmi_pageblock_set_type(&f.system->mem.map, 0x8400, MMI_MIGRATE_UNMOVABLE);
	assert_fails(mmi_zone_check(zone, &err), "list of another migratetype");
	mmi_pageblock_set_type(&f.system->mem.map, 0x8400, MMI_MIGRATE_MOVABLE);
	alloc_close(&f);
}

static void test_where_a_free_block_may_lie(void **state)
{
	struct alloc_fixture f;
	struct mmi_machine_spec spec = x86_spec(eight_mib, 1);
	static struct mmi_page outside;

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	struct mmi_memmap *map = &f.system->mem.map;
	struct mmi_page *page = mmi_pfn_page(map, 0x8400);
	assert_breaks(zone->nr_spanned_pages, 2047, mmi_zone_check(zone, &err), "outside of the");
	assert_breaks(zone->start_pfn, 0x8001, mmi_zone_check(zone, &err), "outside of the");
	unlist(zone, page, 10);
	list(zone, page + 1, 10, MMI_MIGRATE_MOVABLE);
	assert_fails(mmi_zone_check(zone, &err), "not aligned to its order");
	unlist(zone, page + 1, 10);
	list(zone, mmi_pfn_page(map, 0x9000), 10,
	     MMI_MIGRATE_MOVABLE); /* of an absent subsection */
	assert_fails(mmi_zone_check(zone, &err), "has no struct page");
	mmi_list_remove(&mmi_pfn_page(map, 0x9000)->lru);
	mmi_list_add_tail(&zone->areas[10].lists[MMI_MIGRATE_MOVABLE], &outside.lru);
	assert_fails(mmi_zone_check(zone, &err), "has no struct page");
	mmi_list_remove(&outside.lru);
	mmi_list_add_tail(&zone->areas[10].lists[MMI_MIGRATE_MOVABLE], &page->lru);
	mark(page, 10);
	alloc_close(&f);
}

/* Halves of a block stand side by side only where their pageblocks are of different types. */
static void test_buddies_that_are_both_free(void **state)
{
	struct alloc_fixture f;
	struct mmi_machine_spec spec = x86_spec(eight_mib, 1);

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	struct mmi_memmap *map = &f.system->mem.map;
	struct mmi_page *page = mmi_pfn_page(map, 0x8400);
	unlist(zone, page, 10);
	list(zone, page, 9, MMI_MIGRATE_MOVABLE);
	list(zone, page + 512, 9, MMI_MIGRATE_MOVABLE);
	assert_fails(mmi_zone_check(zone, &err), "are not merged");
	unlist(zone, page + 512, 9);
	mmi_pageblock_set_type(map, 0x8600, MMI_MIGRATE_UNMOVABLE);
	list(zone, page + 512, 9, MMI_MIGRATE_UNMOVABLE);
	assert_sound(mmi_zone_check(zone, &err));
	unlist(zone, page + 512, 9);
	mmi_pageblock_set_type(map, 0x8600, MMI_MIGRATE_MOVABLE);
	/* Orders 8, 8 and 9: no buddies of one order but the first two. */
	list(zone, page + 512, 8, MMI_MIGRATE_MOVABLE);
	list(zone, page + 768, 8, MMI_MIGRATE_MOVABLE);
	assert_fails(mmi_zone_check(zone, &err), "0x8600: free block and its");
	unlist(zone, page + 512, 8);
	unlist(zone, page + 768, 8);
	unlist(zone, page, 9);
	list(zone, page, 10, MMI_MIGRATE_MOVABLE);
	alloc_close(&f);
}

static void test_counters_of_a_zone(void **state)
{
	struct alloc_fixture f;
	struct mmi_machine_spec spec = x86_spec(eight_mib, 1);

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	struct mmi_memmap *map = &f.system->mem.map;
	struct mmi_page *page = mmi_pfn_page(map, 0x8400);
	assert_breaks(zone->areas[10].nr_free, 1, mmi_zone_check(zone, &err), "than nr_free 1");
	assert_breaks(zone->areas[10].nr_free, 3, mmi_zone_check(zone, &err),
		      "order 10: nr_free 3, on the lists 2");
	assert_breaks(zone->areas[0].nr_free, 1, mmi_zone_check(zone, &err), "order 0: nr_free 1");
	assert_breaks(zone->nr_free_pages, 2047, mmi_zone_check(zone, &err), "each at least");
	assert_breaks(zone->nr_managed_pages, 2047, mmi_zone_check(zone, &err), "each at least");
	assert_breaks(zone->nr_present_pages, 2047, mmi_zone_check(zone, &err), "each at least");
	assert_breaks(zone->nr_present_pages, 2049, mmi_zone_check(zone, &err), "each at least");
	/* One of the blocks is isolated. */
	mmi_list_remove(&page->lru);
	mmi_list_add(&zone->areas[10].lists[MMI_MIGRATE_ISOLATE], &page->lru);
	mmi_pageblock_set_type(map, 0x8400, MMI_MIGRATE_ISOLATE);
	mmi_pageblock_set_type(map, 0x8600, MMI_MIGRATE_ISOLATE);
	zone->nr_free_pages = 1024;
	assert_breaks(zone->nr_isolated_pages, 0, mmi_zone_check(zone, &err), "each at least");
	zone->nr_free_pages = 1023;
	assert_breaks(zone->nr_isolated_pages, 1025, mmi_zone_check(zone, &err), "each at least");
	zone->nr_free_pages = 1024;
	zone->nr_isolated_pages = 1024;
	assert_sound(mmi_zone_check(zone, &err));
	assert_sound(mmi_alloc_check(f.alloc, &err));
	assert_breaks(f.alloc->nr_taken_pages[mmi_zone_number(0, MMI_ZONE_DMA32)], 1,
		      mmi_alloc_check(f.alloc, &err), "managed 2048 pages, free 2048");
	mmi_list_remove(&page->lru);
	mmi_list_add(&zone->areas[10].lists[MMI_MIGRATE_MOVABLE], &page->lru);
	mmi_pageblock_set_type(map, 0x8400, MMI_MIGRATE_MOVABLE);
	mmi_pageblock_set_type(map, 0x8600, MMI_MIGRATE_MOVABLE);
	zone->nr_free_pages = 2048;
	zone->nr_isolated_pages = 0;
	alloc_close(&f);
}

/* One page of the context's own on a list, one handed out. */
static void test_pages_of_contexts(void **state)
{
	struct alloc_fixture f;
	struct mmi_machine_spec spec = x86_spec(eight_mib, 1);

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	const size_t number = mmi_zone_number(0, MMI_ZONE_DMA32);
	struct mmi_pcp *pcp = &f.cpu->pcps[number];
	struct mmi_page *held = mmi_alloc_pages(f.cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
	struct mmi_page *given = mmi_alloc_pages(f.cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
	mmi_free_pages(f.cpu, given, 0);
	struct mmi_page *page = mmi_run_first(pcp->lists[MMI_MIGRATE_MOVABLE][0].runs[0]);
	const uint32_t nr_pages = pcp->nr_pages;
	assert_true(nr_pages > 0 && pcp->nr_taken_pages == nr_pages + 1);
	assert_sound(mmi_alloc_check(f.alloc, &err));
	assert_breaks(page->refcount, 1, mmi_alloc_check(f.alloc, &err), "on a CPU's list: refc");
	page->private_data = 63; /* no buddy of its neighbour's */
	assert_breaks(page->page_type, MMI_PAGE_TYPE_BUDDY, mmi_alloc_check(f.alloc, &err),
		      "on a CPU's list");
	page->private_data = 0;
	assert_breaks(page->flags, mmi_page_flags(1, MMI_ZONE_DMA32),
		      mmi_alloc_check(f.alloc, &err), "on a CPU's list");
	assert_breaks(page->flags, mmi_page_flags(0, MMI_ZONE_DMA), mmi_alloc_check(f.alloc, &err),
		      "on a CPU's list");
	assert_breaks(pcp->nr_pages, nr_pages + 1, mmi_alloc_check(f.alloc, &err), "counted, at");
	assert_breaks(pcp->high, nr_pages - 1, mmi_alloc_check(f.alloc, &err), "most");
	assert_breaks(pcp->high, nr_pages, mmi_alloc_check(f.alloc, &err), NULL);
	assert_breaks(pcp->nr_taken_pages, nr_pages, mmi_alloc_check(f.alloc, &err), "the sum of");
	assert_breaks(f.alloc->nr_taken_pages[number], 1, mmi_alloc_check(f.alloc, &err),
		      "the sum of");
	/* The books agree, but more lie on lists than were ever taken. */
	zone->nr_managed_pages -= 2;
	assert_breaks(pcp->nr_taken_pages, nr_pages - 1, mmi_alloc_check(f.alloc, &err),
		      "handed out -1");
	zone->nr_managed_pages += 2;
	mmi_free_pages(f.cpu, held, 0);
	alloc_close(&f);
}

static const struct mmi_spec_range two_nodes[] = {{4 * GIB, 6 * GIB, 0, 0, 0},
						  {6 * GIB, 8 * GIB, 1, 0, 0}};

static void test_chunks_of_a_plan(void **state)
{
	const struct mmi_plan_params params = {.nr_threads = 2};
	struct mmi_machine_spec spec = x86_spec(two_nodes, ARRAY_NR(two_nodes));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout;
	struct mmi_plan plan;

	assert_sound(mmi_layout_init(&layout, machine, &err));
	assert_sound(mmi_plan_init(&plan, &layout, &params, &err));
	assert_sound(mmi_plan_check(&plan, &err));
	const struct mmi_group *second = &plan.groups[1];
	struct mmi_chunk *chunk = &plan.chunks[second->first_chunk + 1];
	assert_true(second->nr_chunks > 2);
	assert_breaks(chunk->start_pfn, chunk->start_pfn + 1, mmi_plan_check(&plan, &err),
		      "node 1 chunk");
	assert_breaks(chunk->end_pfn, chunk->end_pfn - 1, mmi_plan_check(&plan, &err),
		      "aligned to");
	assert_breaks(chunk->end_pfn, chunk->start_pfn, mmi_plan_check(&plan, &err), "disjoint");
	assert_breaks(chunk->start_pfn, chunk[-1].start_pfn, mmi_plan_check(&plan, &err),
		      "disjoint");
	assert_breaks(chunk->first_unit, chunk->first_unit + 1, mmi_plan_check(&plan, &err),
		      "units miscounted");
	assert_breaks(chunk->nr_units, chunk->nr_units + 1, mmi_plan_check(&plan, &err),
		      "units miscounted");
	assert_breaks(plan.groups[1].nr_units, second->nr_units + 1, mmi_plan_check(&plan, &err),
		      "in the group");
	assert_breaks(plan.splits[1].nr_deferred_pages, 0, mmi_plan_check(&plan, &err), "present");
	assert_breaks(plan.splits[0].nr_held_back_pages, plan.splits[0].nr_held_back_pages + 1,
		      mmi_plan_check(&plan, &err), "held back are");
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_spans_of_a_layout_and_sections_of_a_memmap(void **state)
{
	const struct mmi_memmap_options options = {0};
	struct mmi_machine_spec spec = x86_spec(two_nodes, ARRAY_NR(two_nodes));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout;
	struct mmi_memmap map;

	assert_sound(mmi_layout_init(&layout, machine, &err));
	struct mmi_zone_span *zone = &layout.nodes[1].zones[MMI_ZONE_NORMAL];
	assert_breaks(zone->end_pfn, zone->end_pfn - 1, mmi_layout_check(&layout, &err),
		      "node 1 zone Normal: present above spanned");
	assert_breaks(zone->nr_present_pages, 7, mmi_layout_check(&layout, &err), "the machine");
	mmi_layout_deinit(&layout);

	assert_sound(mmi_memmap_init(&map, machine, &options, &err));
	assert_sound(mmi_memmap_check(&map, &err));
	assert_breaks(map.start_pfn, map.start_pfn + 1, mmi_memmap_check(&map, &err),
		      "not unit-al");
	assert_breaks(map.end_pfn, map.end_pfn - 1, mmi_memmap_check(&map, &err), "not unit-al");
	assert_breaks(map.nr_sections, map.nr_sections - 1, mmi_memmap_check(&map, &err), "span");
	assert_breaks(map.sections[3].state, MMI_SECTION_ABSENT, mmi_memmap_check(&map, &err),
		      "PFN 0x118000: presence and subsections differ");
	assert_breaks(map.sections[3].subsections[0], 0, mmi_memmap_check(&map, &err),
		      "presence and subsections differ");
	assert_breaks(map.nr_present_sections, 31, mmi_memmap_check(&map, &err),
		      "32 sections present, 31 counted");
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

static void test_ranges_and_nodes_of_a_machine(void **state)
{
	const struct mmi_spec_range reserved[] = {{5 * GIB, 5 * GIB + MIB, -1, 0, 0},
						  {7 * GIB, 7 * GIB + MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(two_nodes, ARRAY_NR(two_nodes));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *m = make_machine(*state, &spec);
	/* A machine is not changed by anybody but this test. */
	struct mmi_geometry *g = &m->geometry;
	struct mmi_mem_range *memory = (struct mmi_mem_range *)m->memory;
	struct mmi_pfn_range *holes = (struct mmi_pfn_range *)m->reserved;
	struct mmi_machine_node *nodes = (struct mmi_machine_node *)m->nodes;
	uint16_t *distances = (uint16_t *)m->distances;
	assert_sound(mmi_machine_check(m, &err));
	assert_breaks(g->pageblock_order, g->max_page_order + 1, mmi_machine_check(m, &err),
		      "a max-order block must lie");
	assert_breaks(g->max_page_order, g->section_shift - g->page_shift + 1,
		      mmi_machine_check(m, &err), "a max-order block must lie");
	assert_breaks(g->subsection_shift, g->page_shift - 1, mmi_machine_check(m, &err),
		      "subsection shift 11");
	assert_breaks(g->subsection_shift, g->section_shift + 1, mmi_machine_check(m, &err),
		      "subsection shift 28");
	assert_breaks(g->max_physmem_bits, 57, mmi_machine_check(m, &err), "57 address bits");
	assert_breaks(g->max_physmem_bits, 26, mmi_machine_check(m, &err), "26 address bits");
	assert_breaks(g->dma_end_pfn, g->dma32_end_pfn + 1, mmi_machine_check(m, &err),
		      "ZONE_DMA ends above");
	assert_breaks(memory[1].start_pfn, memory[1].start_pfn - 1, mmi_machine_check(m, &err),
		      "memory range 1: not sorted");
	assert_breaks(memory[1].end_pfn, memory[1].start_pfn, mmi_machine_check(m, &err),
		      "memory range 1: not sorted");
	assert_breaks(memory[1].nid, 5, mmi_machine_check(m, &err), "node 5 unknown");
	assert_breaks(holes[1].start_pfn, holes[0].end_pfn, mmi_machine_check(m, &err),
		      "reserved range 1");
	assert_breaks(holes[0].end_pfn, holes[0].start_pfn, mmi_machine_check(m, &err),
		      "reserved range 0");
	assert_breaks(nodes[1].nid, MMI_MAX_NODES, mmi_machine_check(m, &err), "node");
	assert_breaks(distances[1], 9, mmi_machine_check(m, &err), "distance 9 from node 0 to 1");
	assert_breaks(distances[3], 11, mmi_machine_check(m, &err), "distance 11 from node 1 to 1");
	assert_breaks(nodes[1].nr_present_pages, 1, mmi_machine_check(m, &err), "nodes have");
	assert_breaks(m->memory_block_bytes, 64 * MIB, mmi_machine_check(m, &err), "power of two");
	assert_breaks(m->memory_block_bytes, 384 * MIB, mmi_machine_check(m, &err), "power of two");
	assert_breaks(m->memory_block_bytes, 0, mmi_machine_check(m, &err), "power of two");
	mmi_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_words_of_a_free_block),
	    serial_test(test_where_a_free_block_may_lie),
	    serial_test(test_buddies_that_are_both_free),
	    serial_test(test_counters_of_a_zone),
	    serial_test(test_pages_of_contexts),
	    serial_test(test_chunks_of_a_plan),
	    serial_test(test_spans_of_a_layout_and_sections_of_a_memmap),
	    serial_test(test_ranges_and_nodes_of_a_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
