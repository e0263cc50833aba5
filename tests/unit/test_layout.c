/* SPDX-License-Identifier: MIT */
/* Zones of nodes: clamped, cut by ZONE_MOVABLE, counted; extents with their holes. */
#include "machine_fixture.h"
#include "property/arrays_apart.h"

/* The memory of the captured boot two-nodes-8g: 4 GiB a node, PCI gap below 4 GiB. */
static const struct mmi_spec_range pc_memory[] = {
    {0x1000, 0x9f000, 0, 0, 0},
    {0x100000, 0xbffe0000, 0, 0, 0},
    {0x100000000, 0x140000000, 0, 0, 0},
    {0x140000000, 0x240000000, 1, 0, 0},
};

static void assert_zone(const struct mmi_layout *layout, size_t node, enum mmi_zone_type type,
			uint64_t start_pfn, uint64_t nr_spanned, uint64_t nr_present)
{
	const struct mmi_zone_span *zone = &layout->nodes[node].zones[type];

	assert_int_equal(zone->start_pfn, start_pfn);
	assert_int_equal(zone->end_pfn - zone->start_pfn, nr_spanned);
	assert_int_equal(zone->nr_present_pages, nr_present);
}

static struct mmi_layout make_layout(const struct mmi_machine *machine)
{
	struct mmi_layout layout;
	struct mmi_error err = {0};

	if (mmi_layout_init(&layout, machine, &err))
		fail_msg("layout: %s", err.text);
	return layout;
}

/* Figures of /proc/zoneinfo in the capture. */
static void test_zones_of_a_pc_are_those_of_linux(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);

	assert_zone(&layout, 0, MMI_ZONE_DMA, 1, 4095, 3998);
	assert_zone(&layout, 0, MMI_ZONE_DMA32, 4096, 1044480, 782304);
	assert_zone(&layout, 0, MMI_ZONE_NORMAL, 0x100000, 262144, 262144);
	assert_zone(&layout, 0, MMI_ZONE_MOVABLE, 0, 0, 0);
	assert_zone(&layout, 1, MMI_ZONE_DMA, 0, 0, 0);
	assert_zone(&layout, 1, MMI_ZONE_NORMAL, 0x140000, 1048576, 1048576);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* Without DMA the lowest memory is DMA32; without both, all is NORMAL, whatever the limits are. */
static void test_an_architecture_may_lack_zones(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));

	spec.geometry.zone_mask &= ~(1u << MMI_ZONE_DMA);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_zone(&layout, 0, MMI_ZONE_DMA, 0, 0, 0);
	assert_zone(&layout, 0, MMI_ZONE_DMA32, 1, 0x100000 - 1, 3998 + 782304);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
	spec.geometry.zone_mask &= ~(1u << MMI_ZONE_DMA32);
	machine = make_machine(*state, &spec);
	layout = make_layout(machine);
	assert_zone(&layout, 0, MMI_ZONE_DMA32, 0, 0, 0);
	assert_zone(&layout, 0, MMI_ZONE_NORMAL, 1, 0x140000 - 1, 3998 + 782304 + 262144);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_kernelcore_is_spread_evenly_and_movable_follows_it(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));

	/*
	 * kernelcore=4G is 1048576 pages.  First pass, 524288 a node: node 0 has 786302 below 4 GiB,
	 * so its share is taken there and 262274 more than it are credited; node 1 gives its share
	 * of what is left.
	 *   needed after node 0's low memory: 1048576 - 786302 = 262274; nothing of NORMAL is taken
	 *   node 1: share min(524288, 262274 / 2 = 131137), then 131137 still needed
	 * Second pass, one share of 131137: node 0 takes it from 4 GiB on, none is left for node 1.
	 *   node 0: 0x100000 + 131137 = 0x120041 -> up to max-order 0x120400
	 *   node 1: 0x140000 + 131137 = 0x160041 -> 0x160400
	 */
	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 4 * GIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, 0x120400);
	assert_int_equal(layout.nodes[1].movable_start_pfn, 0x160400);
	assert_zone(&layout, 0, MMI_ZONE_NORMAL, 0x100000, 0x20400, 0x20400);
	assert_zone(&layout, 0, MMI_ZONE_MOVABLE, 0x120400, 0x1fc00, 0x1fc00);
	assert_zone(&layout, 1, MMI_ZONE_MOVABLE, 0x160400, 0xdfc00, 0xdfc00);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_kernelcore_of_everything_leaves_no_movable_zone(void **state)
{
	/* The last is so large that its product with any number of pages does not fit. */
	const uint64_t percents[] = {100, 101, (uint64_t)1 << 63};
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));

	for (size_t i = 0; i < ARRAY_NR(percents); i++) {
		spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PERCENT, percents[i]};
		struct mmi_machine *machine = make_machine(*state, &spec);
		struct mmi_layout layout = make_layout(machine);
		assert_int_equal(layout.nodes[0].movable_start_pfn, 0);
		assert_int_equal(layout.nodes[1].movable_start_pfn, 0);
		mmi_layout_deinit(&layout);
		mmi_machine_destroy(machine);
	}
}

/* 786302 pages of node 0 lie below 4 GiB, more than is asked for: nothing above is kernel memory. */
static void test_kernelcore_that_low_memory_covers_takes_nothing_above(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 1 * GIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, 0x100000);
	assert_int_equal(layout.nodes[1].movable_start_pfn, 0x140000);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* Nodes and zones begin as the layout has them, with all that will be free still missing. */
static void test_memory_begins_as_its_layout(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};
	struct mmi_mem mem;

	assert_int_equal(mmi_mem_init(&mem, machine, &options, NULL), 0);
	assert_int_equal(mem.nodes[0].start_pfn, 1);
	assert_int_equal(mem.nodes[0].nr_spanned_pages, 0x140000 - 1);
	assert_int_equal(mem.nodes[0].nr_present_pages, 3998 + 782304 + 262144);
	assert_int_equal(mem.nodes[1].start_pfn, 0x140000);
	assert_int_equal(mem.nodes[1].nr_spanned_pages, 0x100000);
	const struct mmi_zone *zone = &mem.nodes[0].zones[MMI_ZONE_DMA32];
	assert_int_equal(zone->start_pfn, 4096);
	assert_int_equal(zone->nr_spanned_pages, 1044480);
	assert_int_equal(zone->nr_present_pages, 782304);
	assert_int_equal(zone->nr_missing_pages, 782304);
	assert_int_equal(zone->nr_managed_pages, 0);
	mmi_mem_deinit(&mem);
	mmi_machine_destroy(machine);
}

/* Low memory has the share to the page, and ends where MOVABLE may begin: it begins behind the hole. */
static void test_low_memory_up_to_the_limit_is_not_movable(void **state)
{
	const struct mmi_spec_range memory[] = {{2 * GIB, 4 * GIB, 0, 0, 0},
						{5 * GIB, 6 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 2 * GIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, 5 * GIB >> 12);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* A node of one page is a node: it has a share, though it cannot fill it. */
static void test_a_node_of_one_page_has_a_share(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0},
						{8 * GIB, 8 * GIB + 4096, 1, 0, 0},
						{12 * GIB, 16 * GIB, 2, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	/* 786432 pages, a third each; what node 1 lacks is spread by halves, then whole. */
	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 3 * GIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, (4 * GIB + GIB + GIB / 2) >> 12);
	assert_int_equal(layout.nodes[1].movable_start_pfn, 0);
	assert_int_equal(layout.nodes[2].movable_start_pfn, (12 * GIB + GIB + GIB / 2) >> 12);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* 2 GiB and a page on two nodes above 4 GiB: the odd page is no reason for another pass. */
static void test_less_than_a_page_a_node_is_not_spread(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0},
						{8 * GIB, 12 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, (2 * GIB >> 12) + 1};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, 5 * GIB >> 12);
	assert_int_equal(layout.nodes[1].movable_start_pfn, 9 * GIB >> 12);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/*
 * Node 0 in two pieces: its share of 1 GiB ends within the first, and the second is movable whole, as
 * is what is left of the first.  Node 1 has just its share: there is nothing to be movable in it.
 */
static void test_a_share_ends_where_it_is_taken_and_no_further(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {4 * GIB, 6 * GIB, 0, 0, 0}, {7 * GIB, 8 * GIB, 0, 0, 0}, {8 * GIB, 9 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 2 * GIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(layout.nodes[0].movable_start_pfn, 5 * GIB >> 12);
	assert_int_equal(layout.nodes[1].movable_start_pfn, 0);
	assert_zone(&layout, 0, MMI_ZONE_NORMAL, 4 * GIB >> 12, GIB >> 12, GIB >> 12);
	assert_zone(&layout, 0, MMI_ZONE_MOVABLE, 5 * GIB >> 12, 3 * GIB >> 12, 2 * GIB >> 12);
	assert_zone(&layout, 1, MMI_ZONE_NORMAL, 8 * GIB >> 12, GIB >> 12, GIB >> 12);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* One node of 4 GiB above 4 GiB: where what must be kernel memory ends there. */
static uint64_t movable_start_of(struct mmi_platform *platform, struct mmi_amount kernelcore,
				 struct mmi_amount movablecore)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.kernelcore = kernelcore;
	spec.movablecore = movablecore;
	struct mmi_machine *machine = make_machine(platform, &spec);
	struct mmi_layout layout = make_layout(machine);
	const uint64_t start_pfn = layout.nodes[0].movable_start_pfn;
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
	return start_pfn;
}

static struct mmi_amount amount_of(uint64_t size_bytes)
{
	return (struct mmi_amount){MMI_AMOUNT_PAGES, size_bytes >> 12};
}

static void test_what_both_amounts_want_is_the_larger_kernel_part(void **state)
{
	const struct mmi_amount none = {0};

	assert_int_equal(movable_start_of(*state, none, none), 0);
	assert_int_equal(movable_start_of(*state, none, amount_of(2 * GIB)), 6 * GIB >> 12);
	assert_int_equal(movable_start_of(*state, amount_of(GIB), amount_of(2 * GIB)),
			 6 * GIB >> 12);
	assert_int_equal(movable_start_of(*state, amount_of(3 * GIB), amount_of(2 * GIB)),
			 7 * GIB >> 12);
	/* More than there is: none of it would be the kernel's. */
	assert_int_equal(movable_start_of(*state, none, amount_of(9 * GIB)), 0);
	assert_int_equal(movable_start_of(*state, amount_of(GIB), amount_of(9 * GIB)),
			 5 * GIB >> 12);
}

/* 30% of 1048576 pages are 314572 (0x4cccc), up to a max-order block. */
static void test_an_amount_may_be_a_percentage(void **state)
{
	const struct mmi_amount none = {0}, percent = {MMI_AMOUNT_PERCENT, 30};

	assert_int_equal(movable_start_of(*state, percent, none), 0x14d000);
	/* What is not to be movable, 0xb3334, is the kernel's: 0x1b3400 less a part of a block. */
	assert_int_equal(movable_start_of(*state, none, percent), 0x1b3000);
}

/*
 * Node 0 has 1 GiB below 4 GiB and 1 GiB above, node 1 has 1 GiB, node 2 none; 1.5 GiB are asked for.
 * Two shares of 768 MiB: that of node 0 lies below, with 256 MiB more; what is left, 512 MiB, is
 * spread by halves.
 */
static void test_a_node_without_memory_has_no_share(void **state)
{
	const struct mmi_spec_range memory[] = {{3 * GIB, 5 * GIB, 0, 0, 0},
						{5 * GIB, 6 * GIB, 1, 0, 0}};
	const struct mmi_spec_node nodes[] = {{.nid = 2, .online = true}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.nodes = nodes;
	spec.nr_nodes = ARRAY_NR(nodes);
	spec.kernelcore = amount_of(GIB + GIB / 2);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	assert_int_equal(machine->nr_nodes, 3);
	assert_int_equal(layout.nodes[0].movable_start_pfn, (4 * GIB + GIB / 4) >> 12);
	assert_int_equal(layout.nodes[1].movable_start_pfn, (5 * GIB + GIB / 4) >> 12);
	assert_int_equal(layout.nodes[2].movable_start_pfn, 0);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* What no zone of the node has: memory that comes there is taken for the highest zone's. */
static void test_a_pfn_of_no_zone_is_of_the_highest_with_memory(void **state)
{
	struct mmi_machine_spec spec = x86_spec(pc_memory, ARRAY_NR(pc_memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);

	assert_int_equal(mmi_layout_zone(&layout, 0, 0), MMI_ZONE_NORMAL);
	assert_int_equal(mmi_layout_zone(&layout, 0, 0x140000), MMI_ZONE_NORMAL);
	assert_int_equal(mmi_layout_zone(&layout, 1, 0x13ffff), MMI_ZONE_NORMAL);
	assert_int_equal(mmi_layout_zone(&layout, 1, 1), MMI_ZONE_NORMAL);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

struct expected_extent {
	uint64_t start_pfn, end_pfn;
	int nid;
	enum mmi_zone_type zone;
	enum mmi_extent_kind kind;
};

static void assert_extents(const struct mmi_extents *extents,
			   const struct expected_extent *expected, size_t nr)
{
	for (size_t i = 0; i < extents->nr && i < nr; i++) {
		assert_int_equal(extents->items[i].start_pfn, expected[i].start_pfn);
		assert_int_equal(extents->items[i].end_pfn, expected[i].end_pfn);
		assert_int_equal(extents->items[i].nid, expected[i].nid);
		assert_int_equal(extents->items[i].zone, expected[i].zone);
		assert_int_equal(extents->items[i].kind, expected[i].kind);
	}
	assert_int_equal(extents->nr, nr);
}

/*
 *        16 MiB     17        18             20       21              32    33
 *   ......|   hole  |  node 0 |    reserved   |  hole  | (no subsection)|.....
 *                    node 0 free 17-18         node 1 at 32-33, hole to 34
 * Holes belong to the memory above them, the last to the memory below.
 */
static void test_extents_are_cut_at_reservations_and_holes(void **state)
{
	const struct mmi_spec_range memory[] = {{17 * MIB, 20 * MIB, 0, 0, 0},
						{33 * MIB - 4096, 33 * MIB, 1, 0, 0}};
	const struct mmi_spec_range reserved[] = {{18 * MIB, 19 * MIB + 1, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	struct mmi_extents extents;
	const struct expected_extent expected[] = {
	    {16 * 256, 17 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_HOLE},
	    {17 * 256, 18 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	    {18 * 256, 19 * 256 + 1, 0, MMI_ZONE_DMA32, MMI_EXTENT_RESERVED},
	    {19 * 256 + 1, 20 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	    {32 * 256, 33 * 256 - 1, 1, MMI_ZONE_DMA32, MMI_EXTENT_HOLE},
	    {33 * 256 - 1, 33 * 256, 1, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	    {33 * 256, 34 * 256, 1, MMI_ZONE_DMA32, MMI_EXTENT_HOLE},
	};
	assert_int_equal(mmi_extents_init(&extents, &layout, NULL), 0);
	assert_extents(&extents, expected, ARRAY_NR(expected));
	assert_int_equal(mmi_extents_find(&extents, 0), 0);
	assert_int_equal(mmi_extents_find(&extents, 19 * 256 + 1), 3);
	assert_int_equal(mmi_extents_find(&extents, 21 * 256), 4);
	assert_int_equal(mmi_extents_find(&extents, 34 * 256), 7);
	mmi_extents_deinit(&extents);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/*
 *   32 MiB    33  33.5   34      36      37      38
 *   |  free   |    |free |  none  |  hole |  free |      a subsection is 2 MiB
 *              hole       (34-36)
 * and each of the arrays on its own, with nothing behind it that may be read.
 */
static void test_a_hole_within_a_subsection_and_one_of_more_than_one(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 33 * MIB, 0, 0, 0},
						{33 * MIB + 512 * KIB, 34 * MIB, 0, 0, 0},
						{37 * MIB, 38 * MIB, 0, 0, 0}};
	const struct mmi_spec_range reserved[] = {{32 * MIB, 33 * MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.kernelcore = amount_of(2 * MIB); /* all is low: the last range is looked at, too */
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct arrays_apart apart;
	arrays_move_apart(&apart, machine);
	struct mmi_layout layout = make_layout(machine);
	struct mmi_extents extents;
	const struct expected_extent expected[] = {
	    {32 * 256, 33 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_RESERVED},
	    {33 * 256, 33 * 256 + 128, 0, MMI_ZONE_DMA32, MMI_EXTENT_HOLE},
	    {33 * 256 + 128, 34 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	    {36 * 256, 37 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_HOLE},
	    {37 * 256, 38 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	};
	assert_int_equal(mmi_extents_init(&extents, &layout, NULL), 0);
	assert_extents(&extents, expected, ARRAY_NR(expected));
	mmi_extents_deinit(&extents);
	mmi_layout_deinit(&layout);
	arrays_move_together(&apart, machine);
	mmi_machine_destroy(machine);
}

static void test_memory_of_other_flags_is_free_with_its_neighbour_but_nomap_never(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 33 * MIB, 0, 0, 0},
						{33 * MIB, 34 * MIB, 0, MMI_MEM_HOTPLUG, 0},
						{34 * MIB, 36 * MIB, 0, MMI_MEM_NOMAP, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	struct mmi_extents extents;
	const struct expected_extent expected[] = {
	    {32 * 256, 34 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_FREE},
	    {34 * 256, 36 * 256, 0, MMI_ZONE_DMA32, MMI_EXTENT_RESERVED},
	};

	assert_int_equal(mmi_extents_init(&extents, &layout, NULL), 0);
	assert_extents(&extents, expected, ARRAY_NR(expected));
	mmi_extents_deinit(&extents);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* facts: walking a hole page by page from PFN 0 when memory starts at 1 TiB took for ever. */
static void test_memory_at_1_tib_has_no_hole_below_its_subsection(void **state)
{
	const struct mmi_spec_range memory[] = {{(1ull << 40) + MIB, (1ull << 40) + GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout = make_layout(machine);
	struct mmi_extents extents;

	assert_int_equal(mmi_extents_init(&extents, &layout, NULL), 0);
	assert_int_equal(extents.nr, 2);
	assert_int_equal(extents.items[0].start_pfn, 1ull << 28);
	assert_int_equal(extents.items[0].end_pfn, (1ull << 28) + 256);
	mmi_extents_deinit(&extents);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* The zone that MOVABLE is cut from is the highest that has memory, not the highest there is. */
static void test_movable_is_cut_from_the_highest_zone_with_memory(void **state)
{
	const struct {
		uint64_t end;
		enum mmi_zone_type zone;
	} machines[] = {
	    {8 * MIB, MMI_ZONE_DMA},
	    {16 * MIB, MMI_ZONE_DMA},
	    {1 * GIB, MMI_ZONE_DMA32},
	    {4 * GIB, MMI_ZONE_DMA32},
	    {4 * GIB + 128 * MIB, MMI_ZONE_NORMAL},
	};

	for (size_t i = 0; i < ARRAY_NR(machines); i++) {
		const struct mmi_spec_range all[] = {{MIB, machines[i].end, 0, 0, 0}};
		struct mmi_machine_spec spec = x86_spec(all, 1);
		struct mmi_machine *machine = make_machine(*state, &spec);
		struct mmi_layout layout = make_layout(machine);

		assert_int_equal(layout.movable_zone, machines[i].zone);
		assert_int_equal(layout.zone_end_pfn[MMI_ZONE_MOVABLE], machines[i].end >> 12);
		assert_int_equal(mmi_layout_zone(&layout, 0, (machines[i].end >> 12) - 1),
				 machines[i].zone);
		mmi_layout_deinit(&layout);
		mmi_machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_zones_of_a_pc_are_those_of_linux),
	    serial_test(test_an_architecture_may_lack_zones),
	    serial_test(test_low_memory_up_to_the_limit_is_not_movable),
	    serial_test(test_a_node_of_one_page_has_a_share),
	    serial_test(test_memory_begins_as_its_layout),
	    serial_test(test_kernelcore_is_spread_evenly_and_movable_follows_it),
	    serial_test(test_kernelcore_of_everything_leaves_no_movable_zone),
	    serial_test(test_a_share_ends_where_it_is_taken_and_no_further),
	    serial_test(test_kernelcore_that_low_memory_covers_takes_nothing_above),
	    serial_test(test_less_than_a_page_a_node_is_not_spread),
	    serial_test(test_what_both_amounts_want_is_the_larger_kernel_part),
	    serial_test(test_an_amount_may_be_a_percentage),
	    serial_test(test_a_node_without_memory_has_no_share),
	    serial_test(test_a_pfn_of_no_zone_is_of_the_highest_with_memory),
	    serial_test(test_extents_are_cut_at_reservations_and_holes),
	    serial_test(test_a_hole_within_a_subsection_and_one_of_more_than_one),
	    serial_test(test_memory_of_other_flags_is_free_with_its_neighbour_but_nomap_never),
	    serial_test(test_movable_is_cut_from_the_highest_zone_with_memory),
	    serial_test(test_memory_at_1_tib_has_no_hole_below_its_subsection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
