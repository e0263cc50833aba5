/* SPDX-License-Identifier: MIT */
/*
 * A thread of a program that changes pageblocks where two zones meet: those of one of the two.
 *
 * Which block a zone gives is the zone's own business, and that two give of the same word, and at
 * the same moment, would be rare.  So a thread first takes what its zone has elsewhere.  Then it
 * asks for memory of one migratetype and of another in turn, and each time its pageblock in the
 * word goes to that type; what is left of it stands on a list then, and says whether the word still
 * knows.
 */
#include "verify/program.h"

#define MAX_TAKEN 128 /* blocks; a miniature's zone seldom has more */

struct guest {
	struct mmi_program_run *run;
	struct mmi_cpu *cpu;
	const struct mmi_meeting_side *side;
	unsigned thread;
	unsigned nr_taken;
	struct mmi_program_held taken[MAX_TAKEN];
};

/* Bits by which no zone above @zone serves, and no other node. */
static unsigned zone_gfp(enum mmi_zone_type zone)
{
	static const unsigned gfps[MMI_NR_ZONES] = {
	    [MMI_ZONE_DMA] = MMI_GFP_DMA,
	    [MMI_ZONE_DMA32] = MMI_GFP_DMA32,
	};

	return gfps[zone] | MMI_GFP_THISNODE | MMI_GFP_MEMALLOC;
}

/* A block of the zone; false: it has none. */
static bool take(struct guest *guest, unsigned kind, unsigned order, struct mmi_program_held *held)
{
	const struct mmi_meeting_side *side = guest->side;
	struct mmi_page *page =
	    mmi_alloc_pages(guest->cpu, kind | zone_gfp(side->zone), order, side->nid, NULL);

	guest->run->nr_requests++;
	*held =
	    (struct mmi_program_held){.run = guest->run, .order = order, .thread = guest->thread};
	if (page)
		mmi_program_hold(held, page);
	if (page && mmi_flags_zone(page->flags) == side->zone)
		return true;
	mmi_program_give_back(guest->cpu, held);
	return false;
}

static bool is_there(const struct guest *guest, const struct mmi_page *page)
{
	const struct mmi_meeting *meeting = &guest->run->meeting;
	const uint64_t pfn = mmi_page_pfn(&guest->run->system->mem.map, page);

	return pfn >= meeting->start_pfn && pfn < meeting->end_pfn;
}

/*
 * Takes what there is, the largest first, until it comes from the word; that goes back.  Returns
 * its order: nothing as large is left elsewhere.
 */
static unsigned take_elsewhere(struct guest *guest)
{
	unsigned order = guest->run->machine->geometry.max_page_order;

	while (order && guest->nr_taken < MAX_TAKEN) {
		struct mmi_program_held *held = &guest->taken[guest->nr_taken];
		if (!take(guest, MMI_GFP_KERNEL, order, held)) {
			order--;
		} else if (is_there(guest, held->page)) {
			mmi_program_give_back(guest->cpu, held);
			break;
		} else {
			guest->nr_taken++;
		}
	}
	return order;
}

/* Until all of them are where they meet: some have more to take before. */
static void wait_for_others(struct mmi_program_run *run)
{
	const struct mmi_platform *platform = run->system->platform;

	run->nr_guests++;
	platform->ops->wake(platform->ctx, &run->nr_guests);
	mmi_program_wait(run, &run->nr_guests, run->program.nr_allocators);
}

/* Less than a pageblock: else nothing of it would be left on a list. */
static unsigned small_order(const struct mmi_program_run *run, unsigned order)
{
	const unsigned pageblock_order = run->machine->geometry.pageblock_order;
	const unsigned largest = order < pageblock_order ? order : pageblock_order;

	return largest ? largest - 1 : 0;
}

void mmi_program_meet(struct mmi_program_run *run, unsigned thread)
{
	static const unsigned kinds[] = {MMI_GFP_RECLAIMABLE, MMI_GFP_KERNEL};
	struct guest guest = {.run = run,
			      .cpu = run->cpus[thread],
			      .side = &run->meeting.sides[thread % 2],
			      .thread = thread};
	const unsigned order = small_order(run, take_elsewhere(&guest));
	struct mmi_program_held held;

	wait_for_others(run);
	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		mmi_cpu_drain(guest.cpu);
		if (take(&guest, kinds[i % 2], order, &held))
			mmi_program_check(run);
		mmi_program_give_back(guest.cpu, &held);
	}
	while (guest.nr_taken)
		mmi_program_give_back(guest.cpu, &guest.taken[--guest.nr_taken]);
}
