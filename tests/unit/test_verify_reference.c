/* SPDX-License-Identifier: MIT */
/* The third reference against machines of a few hundred pages, worked out by hand. */
#include "verify_fixture.h"

#include <stdlib.h>

#include "verify/reference.h"

/* A free block: first PFN and order. */
struct block {
	uint64_t pfn;
	int order;
};

/* A run of PFNs whose struct pages are alike, and how. */
struct run {
	uint64_t start_pfn, end_pfn;
	int nid;
	enum mmi_zone_type zone;
	bool is_free;
};

struct expected {
	struct block blocks[16]; /* order -1: the last is before it */
	struct run runs[12]; /* end_pfn 0: the last is before it; all other PFNs: no struct page */
};

static const struct run *find_run(const struct expected *expected, uint64_t pfn)
{
	for (size_t i = 0; i < ARRAY_NR(expected->runs) && expected->runs[i].end_pfn; i++)
		if (pfn >= expected->runs[i].start_pfn && pfn < expected->runs[i].end_pfn)
			return &expected->runs[i];
	return NULL;
}

static int find_order(const struct expected *expected, uint64_t pfn)
{
	for (size_t i = 0; i < ARRAY_NR(expected->blocks) && expected->blocks[i].order >= 0; i++)
		if (expected->blocks[i].pfn == pfn)
			return expected->blocks[i].order;
	return -1;
}

static void assert_page(const struct expected *expected, uint64_t pfn,
			const struct mmi_reference_page *page)
{
	const struct run *run = find_run(expected, pfn);
	const int order = find_order(expected, pfn);

	if (page->is_valid != (run != NULL) || page->order != order)
		fail_msg("PFN 0x%llx: valid %d, order %d; expected %d, %d", (unsigned long long)pfn,
			 page->is_valid, page->order, run != NULL, order);
	if (!run)
		return;
	const struct mmi_page struct_page = mmi_reference_struct_page(page);
	const uint64_t reserved = run->is_free ? 0 : MMI_PG_RESERVED;
	if (struct_page.flags != (mmi_page_flags(run->nid, run->zone) | reserved))
		fail_msg("PFN 0x%llx: flags 0x%llx", (unsigned long long)pfn,
			 (unsigned long long)struct_page.flags);
	assert_int_equal(struct_page.refcount, run->is_free ? 0 : 1);
	assert_int_equal(struct_page.private_data, order > 0 ? order : 0);
	assert_int_equal(struct_page.page_type,
			 order >= 0 ? MMI_PAGE_TYPE_BUDDY : MMI_PAGE_TYPE_NONE);
	assert_int_equal(struct_page.mapping | struct_page.index | struct_page.memcg_data, 0);
}

/* Number of struct pages that the walk meets, all of them as expected. */
static uint64_t walk(struct mmi_reference *reference, const struct expected *expected)
{
	const uint64_t block_pages = mmi_block_pages(&reference->machine->geometry);
	uint64_t nr_pages = 0;

	while (mmi_reference_next(reference))
		for (uint64_t i = 0; i < block_pages; i++) {
			assert_page(expected, reference->block_pfn + i, &reference->pages[i]);
			nr_pages += reference->pages[i].is_valid;
		}
	return nr_pages;
}

static void assert_reference(const struct mmi_machine *machine, uint64_t movable_start_pfn,
			     const struct expected *expected)
{
	struct mmi_reference *reference = calloc(1, sizeof(*reference));
	uint64_t nr_expected = 0;

	assert_non_null(reference);
	mmi_reference_init(reference, machine);
	reference->movable_start_pfn[0] = movable_start_pfn;
	for (size_t i = 0; i < ARRAY_NR(expected->runs); i++)
		nr_expected += expected->runs[i].end_pfn - expected->runs[i].start_pfn;
	assert_int_equal(walk(reference, expected), nr_expected);
	free(reference);
}

static struct mmi_machine *pages_machine(struct mmi_platform *platform,
					 const struct mmi_spec_range *memory, size_t nr_memory,
					 const struct mmi_spec_range *reserved, size_t nr_reserved)
{
	struct mmi_machine_spec spec = x86_spec(memory, nr_memory);

	spec.reserved = reserved;
	spec.nr_reserved = nr_reserved;
	return make_machine(platform, &spec);
}

/*
 *  PFN  0      0x100     0x180 0x190          0x305    0x400
 *       | hole | free    | res | free         | hole   |
 *       | subsection 0          0x200 subsection 1     |
 */
static void test_one_range_in_two_subsections(void **state)
{
	static const struct mmi_spec_range memory[] = {{0x100000, 0x305000, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {{0x180000, 0x190000, -1, 0, 0}};
	static const struct expected expected = {.blocks = {{0x100, 7},
							    {0x190, 4},
							    {0x1a0, 5},
							    {0x1c0, 6},
							    {0x200, 8},
							    {0x300, 2},
							    {0x304, 0},
							    {0, -1}},
						 .runs = {{0, 0x100, 0, MMI_ZONE_DMA, false},
							  {0x100, 0x180, 0, MMI_ZONE_DMA, true},
							  {0x180, 0x190, 0, MMI_ZONE_DMA, false},
							  {0x190, 0x305, 0, MMI_ZONE_DMA, true},
							  {0x305, 0x400, 0, MMI_ZONE_DMA, false}}};
	struct mmi_machine *machine = pages_machine(*state, memory, 1, reserved, 1);

	assert_reference(machine, 0, &expected);
	mmi_machine_destroy(machine);
}

/*
 *  from 4G  0       0x300     0x400    0x600   ...  64 TiB: 0x101 .. 0x200
 *           | node 0 | hole   | node 1 |              | hole | node 2 |
 * The hole below node 1 is node 1's, the one 64 TiB up is node 2's; 4G + 0x600 begins a subsection
 * without memory, which has no struct pages.
 */
static void test_holes_belong_to_the_memory_above(void **state)
{
	static const uint64_t low = 1ull << 20, high = 1ull << 34;
	const struct mmi_spec_range memory[] = {
	    {low << 12, (low + 0x300) << 12, 0, 0, 0},
	    {(low + 0x400) << 12, (low + 0x600) << 12, 1, 0, 0},
	    {(high + 0x101) << 12, (high + 0x200) << 12, 2, 0, 0}};
	const struct expected expected = {
	    .blocks = {{low, 9},
		       {low + 0x200, 8},
		       {low + 0x400, 9},
		       {high + 0x101, 0},
		       {high + 0x102, 1},
		       {high + 0x104, 2},
		       {high + 0x108, 3},
		       {high + 0x110, 4},
		       {high + 0x120, 5},
		       {high + 0x140, 6},
		       {high + 0x180, 7},
		       {0, -1}},
	    .runs = {{low, low + 0x300, 0, MMI_ZONE_NORMAL, true},
		     {low + 0x300, low + 0x400, 1, MMI_ZONE_NORMAL, false},
		     {low + 0x400, low + 0x600, 1, MMI_ZONE_NORMAL, true},
		     {high, high + 0x101, 2, MMI_ZONE_NORMAL, false},
		     {high + 0x101, high + 0x200, 2, MMI_ZONE_NORMAL, true}}};
	struct mmi_machine *machine = pages_machine(*state, memory, ARRAY_NR(memory), NULL, 0);

	assert_reference(machine, 0, &expected);
	mmi_machine_destroy(machine);
}

/*
 * What follows a range in its own subsection belongs to the next range, however far up; only what
 * follows the last range belongs to that one.
 */
static void test_the_rest_of_a_subsection_belongs_to_the_next_range(void **state)
{
	static const uint64_t low = 1ull << 20, high = 3ull << 20;
	const struct mmi_spec_range memory[] = {{low << 12, (low + 0x100) << 12, 0, 0, 0},
						{high << 12, (high + 0x100) << 12, 1, 0, 0}};
	const struct expected expected = {
	    .blocks = {{low, 8}, {high, 8}, {0, -1}},
	    .runs = {{low, low + 0x100, 0, MMI_ZONE_NORMAL, true},
		     {low + 0x100, low + 0x200, 1, MMI_ZONE_NORMAL, false},
		     {high, high + 0x100, 1, MMI_ZONE_NORMAL, true},
		     {high + 0x100, high + 0x200, 1, MMI_ZONE_NORMAL, false}}};
	struct mmi_machine *machine = pages_machine(*state, memory, 2, NULL, 0);

	assert_reference(machine, 0, &expected);
	mmi_machine_destroy(machine);
}

/*
 *  PFN  0xc00      0x1000      0x1400 0x1410          0x1800   movable from 0x1400
 *       | DMA      | DMA32     | NOMAP| free           |
 * Blocks of order 10 end at zone borders; NOMAP memory is reserved though nobody reserved it.
 */
static void test_zones_and_memory_that_is_never_mapped(void **state)
{
	static const struct mmi_spec_range memory[] = {{0xc00000, 0x1400000, 0, 0, 0},
						       {0x1400000, 0x1410000, 0, MMI_MEM_NOMAP, 0},
						       {0x1410000, 0x1800000, 0, 0, 0}};
	static const struct expected expected = {
	    .blocks = {{0xc00, 10},
		       {0x1000, 10},
		       {0x1410, 4},
		       {0x1420, 5},
		       {0x1440, 6},
		       {0x1480, 7},
		       {0x1500, 8},
		       {0x1600, 9},
		       {0, -1}},
	    .runs = {{0xc00, 0x1000, 0, MMI_ZONE_DMA, true},
		     {0x1000, 0x1400, 0, MMI_ZONE_DMA32, true},
		     {0x1400, 0x1410, 0, MMI_ZONE_MOVABLE, false},
		     {0x1410, 0x1800, 0, MMI_ZONE_MOVABLE, true}}};
	struct mmi_machine *machine = pages_machine(*state, memory, ARRAY_NR(memory), NULL, 0);

	assert_reference(machine, 0x1400, &expected);
	mmi_machine_destroy(machine);
}

/* Two nodes inside one pageblock: no block reaches over the border. */
static void test_nodes_are_not_merged(void **state)
{
	static const uint64_t low = 1ull << 20;
	const struct mmi_spec_range memory[] = {
	    {low << 12, (low + 0x180) << 12, 0, 0, 0},
	    {(low + 0x180) << 12, (low + 0x200) << 12, 1, 0, 0}};
	const struct expected expected = {
	    .blocks = {{low, 8}, {low + 0x100, 7}, {low + 0x180, 7}, {0, -1}},
	    .runs = {{low, low + 0x180, 0, MMI_ZONE_NORMAL, true},
		     {low + 0x180, low + 0x200, 1, MMI_ZONE_NORMAL, true}}};
	struct mmi_machine *machine = pages_machine(*state, memory, 2, NULL, 0);

	assert_reference(machine, 0, &expected);
	mmi_machine_destroy(machine);
}

/* ppc64: a subsection is 32 pages, a block 256, and all is ZONE_NORMAL. */
static void test_another_geometry(void **state)
{
	static const struct mmi_spec_range memory[] = {{0, 0x210000, 0, 0, 0}};
	static const struct expected expected = {
	    .blocks = {{0, 5}, {0x20, 0}, {0, -1}},
	    .runs = {{0, 0x21, 0, MMI_ZONE_NORMAL, true}, {0x21, 0x40, 0, MMI_ZONE_NORMAL, false}}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	machine = make_machine(*state, &spec);
	assert_reference(machine, 0, &expected);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_one_range_in_two_subsections),
	    serial_test(test_holes_belong_to_the_memory_above),
	    serial_test(test_the_rest_of_a_subsection_belongs_to_the_next_range),
	    serial_test(test_zones_and_memory_that_is_never_mapped),
	    serial_test(test_nodes_are_not_merged),
	    serial_test(test_another_geometry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
