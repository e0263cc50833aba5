/* SPDX-License-Identifier: MIT */
/*
 * Bulk requests and frees in random order, held against the rules of docs/bulk.md.
 *
 * Two contexts on two nodes ask for pages into arrays with holes, split blocks, and give pages back
 * in runs, backwards and mixed, some twice and some that are free; watermarks and the sizes of the
 * lists change meanwhile, to where they matter.  Of each request it is known before how many slots
 * are filled then; of each page, whether it is handed out.
 *
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many sequences.
 */
#include "random_machine.h"

#include "unit/alloc_fixture.h"

#include "page_alloc/alloc_cpu.h"

#define NR_SEQUENCES 20
#define NR_STEPS     200
#define MOST_MINE    3000 /* less than ZONE_DMA has: none is ever refused */
#define MOST_SLOTS   160
#define NR_CPUS      2
#define END_PFN      ((5 * GIB + 128 * MIB) >> 12)

/* DMA, DMA32 and NORMAL on node 0, NORMAL and MOVABLE on node 1. */
static const struct mmi_spec_range memory[] = {{MIB, 80 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};

static struct {
	struct alloc_fixture f;
	struct mmi_cpu *cpus[NR_CPUS];
	struct random_source source;
	uint64_t seed;
	unsigned step;
	bool is_held[END_PFN]; /* handed out */
	struct mmi_page *mine[MOST_MINE];
	unsigned nr_mine;
	struct mmi_page *slots[MOST_SLOTS + 1];
	uint64_t nr_bulk_pages[NR_CPUS], nr_bad_frees[NR_CPUS];
} bed;

static uint64_t below(uint64_t limit)
{
	return random_below(&bed.source, limit);
}

static void hold(bool is_so, const char *what)
{
	if (!is_so)
		fail_msg("seed %llu, step %u: %s", (unsigned long long)bed.seed, bed.step, what);
}

/* A page was handed out, or taken back. */
static void set_held(struct mmi_page *page, bool is_held)
{
	bool *was_held = &bed.is_held[alloc_pfn(&bed.f, page)];

	hold(*was_held != is_held, is_held ? "a page is handed out twice" : "a page was not held");
	hold(page->refcount == is_held, "a page's refcount");
	*was_held = is_held;
}

static struct mmi_page *take_mine(void)
{
	const unsigned i = (unsigned)below(bed.nr_mine);
	struct mmi_page *page = bed.mine[i];

	bed.mine[i] = bed.mine[--bed.nr_mine];
	return page;
}

static int nr_filled(int nr)
{
	int nr_pages = 0;

	for (int i = 0; i < nr; i++)
		nr_pages += bed.slots[i] != NULL;
	return nr_pages;
}

static enum mmi_zone_type highest_zone(unsigned gfp)
{
	return gfp & MMI_GFP_DMA       ? MMI_ZONE_DMA
	       : gfp & MMI_GFP_DMA32   ? MMI_ZONE_DMA32
	       : gfp & MMI_GFP_MOVABLE ? MMI_ZONE_MOVABLE
				       : MMI_ZONE_NORMAL;
}

/* Is there a zone that can serve @nr pages, near enough? */
static bool is_served(unsigned gfp, int nid, const struct mmi_nodemask *mask, uint64_t nr)
{
	struct mmi_zoneref refs[2 * MMI_NR_ZONES], first = {0};
	const size_t nr_refs =
	    mmi_alloc_zonelist(bed.f.alloc, nid, !(gfp & MMI_GFP_THISNODE), refs, ARRAY_NR(refs));
	bool is_first = true;

	for (size_t i = 0; i < nr_refs; i++) {
		struct mmi_zone_figures figures;
		if (refs[i].type > highest_zone(gfp) ||
		    (mask && !mmi_nodemask_has(mask, refs[i].node)))
			continue;
		if (is_first)
			first = refs[i];
		is_first = false;
		if (refs[i].node != first.node)
			return false;
		mmi_alloc_figures(bed.f.alloc, refs[i].node, refs[i].type, &figures);
		if (alloc_zone(&bed.f, refs[i].node, refs[i].type)->nr_free_pages >
		    figures.low_pages + figures.protection_pages[first.type] + nr)
			return true;
	}
	return false;
}

/* As many pages of ours as come to lie in the slots, or none. */
static void fill_some(int nr)
{
	const uint64_t share = below(3) ? 0 : 1 + below(4);

	memset(bed.slots, 0, sizeof(bed.slots));
	for (int i = 0; i < nr; i++)
		if (share && bed.nr_mine && below(4) < share)
			bed.slots[i] = take_mine();
}

static void keep_slots(int nr, struct mmi_page *const *before, unsigned gfp, int nid)
{
	for (int i = 0; i < nr; i++) {
		struct mmi_page *page = bed.slots[i];
		hold(!before[i] || before[i] == page, "a filled slot was changed");
		if (!page)
			continue;
		bed.mine[bed.nr_mine++] = page;
		if (before[i])
			continue;
		set_held(page, true);
		hold(mmi_flags_zone(page->flags) <= highest_zone(gfp), "a zone above the highest");
		hold(!(gfp & MMI_GFP_THISNODE) || mmi_flags_nid(page->flags) == nid,
		     "a page of another node");
	}
}

/* A request for @nr pages meets the low watermark of a node's ZONE_NORMAL, or misses it by a page. */
static void meet_watermark(int nid, int nr)
{
	const size_t number = mmi_zone_number((size_t)nid, MMI_ZONE_NORMAL);
	const uint64_t nr_free = mmi_numbered_zone(bed.f.alloc->mem, number)->nr_free_pages;
	const uint64_t nr_over = (uint64_t)nr + below(3);

	bed.f.alloc->figures[number].low_pages = nr_free > nr_over ? nr_free - nr_over : 0;
}

static void ask_in_bulk(void)
{
	static const unsigned gfps[] = {MMI_GFP_KERNEL,      MMI_GFP_KERNEL, MMI_GFP_MOVABLE,
					MMI_GFP_RECLAIMABLE, MMI_GFP_DMA32,  MMI_GFP_DMA};
	const unsigned cpu = (unsigned)below(NR_CPUS);
	const int asked_nid = (int)below(4) - 2 < 0 ? -1 : (int)below(2);
	const int nid = asked_nid < 0 ? (int)cpu : asked_nid;
	unsigned gfp = gfps[below(ARRAY_NR(gfps))];
	struct mmi_nodemask mask = {0};
	struct mmi_page *before[MOST_SLOTS + 1];
	const int nr = (int)below(below(2) ? 20 : MOST_SLOTS + 1);

	if (bed.nr_mine + MOST_SLOTS > MOST_MINE)
		return;
	if (nid == 0 && below(4) == 0)
		gfp |= MMI_GFP_THISNODE;
	if (below(3) == 0)
		meet_watermark(nid, nr);
	mmi_nodemask_add(&mask, nid);
	const bool is_masked = nid == 0 && below(5) == 0;
	fill_some(nr);
	memcpy(before, bed.slots, sizeof(before));
	const int nr_before = nr_filled(nr);
	int nr_expected = nr_before;
	if (nr_before < nr)
		nr_expected = nr_before + 1 < nr &&
				      is_served(gfp, nid, is_masked ? &mask : NULL, (uint64_t)nr)
				  ? nr
				  : nr_before + 1;
	const int nr_got = mmi_alloc_pages_bulk(bed.cpus[cpu], gfp, asked_nid,
						is_masked ? &mask : NULL, nr, bed.slots);
	hold(nr_got == nr_filled(nr), "the count of filled slots");
	hold(nr_got == nr_expected, "how many slots are filled, by the rules");
	hold(!bed.slots[nr], "a slot behind the last");
	bed.nr_bulk_pages[cpu] += (uint64_t)(nr_got - nr_before);
	keep_slots(nr, before, gfp, nid);
}

/* A block of some order becomes single pages, each its owner's. */
static void split_a_block(void)
{
	static const unsigned orders[] = {0, 0, 1, 3, 6, 9, 10};
	const unsigned order = orders[below(ARRAY_NR(orders))], cpu = (unsigned)below(NR_CPUS);

	if (bed.nr_mine + (1u << order) > MOST_MINE)
		return;
	struct mmi_page *page = mmi_alloc_pages(
	    bed.cpus[cpu], below(2) ? MMI_GFP_MOVABLE : MMI_GFP_KERNEL, order, -1, NULL);
	for (unsigned i = 0; page && i < 1u << order; i++) {
		page[i].refcount = 1;
		set_held(&page[i], true);
		bed.mine[bed.nr_mine++] = &page[i];
	}
}

static int by_address(const void *a, const void *b)
{
	const struct mmi_page *const *left = a, *const *right = b;

	return (*left > *right) - (*left < *right);
}

/* Pages of ours, as they come, or sorted, or backwards; returns how many slots. */
static int choose_pages(void)
{
	const uint64_t how = below(4);
	const int nr = (int)below((bed.nr_mine < MOST_SLOTS ? bed.nr_mine : MOST_SLOTS) + 1);
	const unsigned start = (unsigned)below(bed.nr_mine - (unsigned)nr + 1);

	if (how)
		qsort(bed.mine, bed.nr_mine, sizeof(*bed.mine), by_address);
	for (int i = 0; i < nr; i++)
		bed.slots[i] = bed.mine[start + (unsigned)(how == 1 ? nr - 1 - i : i)];
	memmove(&bed.mine[start], &bed.mine[start + (unsigned)nr],
		(bed.nr_mine - start - (unsigned)nr) * sizeof(*bed.mine));
	bed.nr_mine -= (unsigned)nr;
	return nr;
}

static void give_back_in_bulk(void)
{
	const unsigned cpu = (unsigned)below(NR_CPUS);
	struct mmi_page *before[MOST_SLOTS];
	const int nr = choose_pages();

	/* Now and then a slot is empty, or holds what the one before holds, too. */
	if (nr > 1 && below(3) == 0) {
		const int at = 1 + (int)below((uint64_t)nr - 1);
		bed.mine[bed.nr_mine++] = bed.slots[at];
		bed.slots[at] = below(2) ? bed.slots[at - 1] : NULL;
	}
	memcpy(before, bed.slots, sizeof(before));
	mmi_free_pages_bulk(bed.cpus[cpu], bed.slots, nr);
	for (int i = 0; i < nr; i++) {
		hold(!bed.slots[i], "a slot that is not empty");
		if (!before[i])
			continue;
		if (bed.is_held[alloc_pfn(&bed.f, before[i])])
			set_held(before[i], false);
		else
			bed.nr_bad_frees[cpu]++;
	}
}

/* The low watermark of a zone comes to where requests meet it, or goes away; its lists change. */
static void change_figures(void)
{
	struct mmi_mem *mem = bed.f.alloc->mem;
	const size_t number = below(mmi_nr_zones(mem));
	const uint64_t nr_free = mmi_numbered_zone(mem, number)->nr_free_pages;
	struct mmi_zone_figures *figures = &bed.f.alloc->figures[number];

	if (below(2)) {
		const uint64_t nr_over = below(200);
		figures->low_pages = nr_free > nr_over && below(3) ? nr_free - nr_over : 0;
	} else {
		figures->pcp_batch = 1 + below(40);
		figures->pcp_high = figures->pcp_batch * (1 + below(24));
	}
}

static void step(void)
{
	switch (below(12)) {
	case 0:
		split_a_block();
		break;
	case 1:
	case 2:
		change_figures();
		break;
	case 3:
		mmi_cpu_drain(bed.cpus[below(NR_CPUS)]);
		break;
	case 4:
		if (below(20) == 0) /* the short ways are to be looked up anew then */
			assert_int_equal(mmi_zonelists_rebuild(bed.f.alloc), 0);
		break;
	case 5:
	case 6:
	case 7:
		give_back_in_bulk();
		break;
	default:
		ask_in_bulk();
	}
	if (bed.step % 20 == 0)
		alloc_check_sound(&bed.f);
	for (unsigned i = 0; i < NR_CPUS; i++) {
		const struct mmi_cpu_stats *stats = mmi_cpu_stats(bed.cpus[i]);
		hold(stats->nr_bulk_pages == bed.nr_bulk_pages[i], "the count of bulk pages");
		hold(stats->nr_bad_frees == bed.nr_bad_frees[i], "the count of refused frees");
		hold(stats->nr_failed == 0, "a request failed");
	}
}

static void hold_sequence(struct mmi_platform *platform, uint64_t seed)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 25};
	memset(&bed, 0, sizeof(bed));
	bed.seed = seed;
	bed.source.state = seed;
	alloc_open(&bed.f, platform, &spec, ALL_BOOTED);
	bed.cpus[0] = bed.f.cpu;
	assert_int_equal(mmi_cpu_create(bed.f.alloc, 1, &bed.cpus[1], NULL), 0);
	for (bed.step = 0; bed.step < NR_STEPS; bed.step++)
		step();
	mmi_free_pages_bulk(bed.cpus[1], bed.mine, (int)bed.nr_mine);
	alloc_check_sound(&bed.f);
	mmi_alloc_drain(bed.f.alloc);
	assert_int_equal(alloc_nr_free(&bed.f), alloc_nr_managed(&bed.f));
	mmi_cpu_destroy(bed.cpus[1]);
	alloc_close(&bed.f);
}

static void test_requests_and_frees_in_random_order_keep_the_rules(void **state)
{
	const uint64_t first = random_first_seed(), nr = random_nr_machines(NR_SEQUENCES);

	print_message("report: %llu sequences from seed %llu on\n", (unsigned long long)nr,
		      (unsigned long long)first);
	for (uint64_t seed = first; seed < first + nr; seed++)
		hold_sequence(*state, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_requests_and_frees_in_random_order_keep_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
