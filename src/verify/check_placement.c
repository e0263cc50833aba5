/* SPDX-License-Identifier: MIT */
/*
 * Invariant 12: threads ran on their nodes, and struct pages lie where the policy puts them.
 *
 * The platform says where pages lie, unit by unit of the memmap; the policy is read off the options
 * again here.  Placement is a preference: a full node is no fault, so a thousandth of a node's
 * pages may lie elsewhere.
 */
#include "verify/examination.h"

#define TOLERATED_SHARE 1000 /* one page in so many */

/* How the struct pages of one node came out. */
struct node_pages {
	uint64_t nr_there;
	uint64_t nr_elsewhere;
	uint64_t elsewhere_pfn; /* of the first unit with such */
};

struct survey {
	struct mmi_examination *x;
	const struct mmi_platform *platform;
	const struct mmi_machine *machine;
	const struct mmi_memmap *map;
	struct node_pages nodes[MMI_MAX_NODES]; /* by index */
	bool can_say;
	bool judged;
};

static void check_threads(struct survey *s)
{
	const struct mmi_deferred_run *run = &s->x->system->run;

	for (unsigned i = 0; i < run->nr_workers; i++) {
		const struct mmi_worker_stats *worker = &run->workers[i];
		if (!worker->nr_looks)
			continue;
		s->judged = true;
		mmi_examination_judge(s->x, 12, worker->nr_looks);
		if (worker->nr_looks_away)
			mmi_examination_offend(
			    s->x, 12, worker->away_pfn,
			    "worker %u of node %d: %llu of %llu looks found it on other CPUs",
			    worker->thread, worker->nid, (unsigned long long)worker->nr_looks_away,
			    (unsigned long long)worker->nr_looks);
	}
}

/* The node with memory that is @turns after the first, or after number @from; going round. */
static int node_in_turn(const struct mmi_machine *machine, size_t from, uint64_t turns)
{
	uint64_t nr_with_memory = 0;
	size_t i = from;

	for (size_t n = 0; n < machine->nr_nodes; n++)
		nr_with_memory += machine->nodes[n].nr_present_pages > 0;
	for (turns %= nr_with_memory;; i = (i + 1) % machine->nr_nodes)
		if (machine->nodes[i].nr_present_pages && turns-- == 0)
			return machine->nodes[i].nid;
}

/* Where the policy puts the struct pages of the unit at @pfn, whose memory is node number @i's. */
static int expected_nid(const struct survey *s, uint64_t pfn, size_t i)
{
	switch (s->map->options.placement) {
	case MMI_PLACE_INTERLEAVE:
		return node_in_turn(s->machine, 0, pfn / s->map->unit_pages);
	case MMI_PLACE_REMOTE:
		return node_in_turn(s->machine, i, 1);
	default:
		return s->machine->nodes[i].nid;
	}
}

/* Has the unit that ends at @end_pfn, and begins in range number @n, memory of other nodes too? */
static bool is_shared(const struct mmi_machine *machine, size_t n, uint64_t end_pfn)
{
	const int nid = machine->memory[n].nid;

	while (++n < machine->nr_memory && machine->memory[n].start_pfn < end_pfn)
		if (machine->memory[n].nid != nid)
			return true;
	return false;
}

/* The unit at @pfn has memory of one node only, number @i. */
static void survey_unit(struct survey *s, uint64_t pfn, size_t i)
{
	uint64_t nr_there = 0, nr_elsewhere = 0;

	if (s->platform->ops->pages_on_node(s->platform->ctx, mmi_pfn_page(s->map, pfn),
					    s->map->unit_pages * MMI_PAGE_BYTES,
					    expected_nid(s, pfn, i), &nr_there, &nr_elsewhere)) {
		s->can_say = false;
		return;
	}
	if (nr_elsewhere && !s->nodes[i].nr_elsewhere)
		s->nodes[i].elsewhere_pfn = pfn;
	s->nodes[i].nr_there += nr_there;
	s->nodes[i].nr_elsewhere += nr_elsewhere;
}

/* Units that nodes share lie on one of these: which, is not the policy's affair. */
static void survey_memory(struct survey *s)
{
	const uint64_t unit_pages = s->map->unit_pages;
	uint64_t pfn = 0;

	for (size_t n = 0; n < s->machine->nr_memory; n++) {
		const struct mmi_mem_range *range = &s->machine->memory[n];
		const size_t node = (size_t)mmi_machine_node_index(s->machine, range->nid);
		const uint64_t first_pfn = mmi_align_down(range->start_pfn, unit_pages);
		for (pfn = pfn > first_pfn ? pfn : first_pfn; s->can_say && pfn < range->end_pfn;
		     pfn += unit_pages)
			if (!is_shared(s->machine, n, pfn + unit_pages))
				survey_unit(s, pfn, node);
	}
}

static bool has_boot_memory(const struct mmi_machine *machine, uint64_t start_pfn, uint64_t end_pfn)
{
	for (size_t i = 0; i < machine->nr_memory; i++)
		if (machine->memory[i].start_pfn < end_pfn &&
		    machine->memory[i].end_pfn > start_pfn)
			return true;
	return false;
}

/* Could other nodes have had memory in [start_pfn, end_pfn)?  Theirs may have come there first. */
static bool has_other_windows(const struct mmi_machine *machine, uint64_t start_pfn,
			      uint64_t end_pfn, int nid)
{
	for (size_t i = 0; i < machine->nr_windows; i++)
		if (machine->windows[i].start_pfn < end_pfn &&
		    machine->windows[i].end_pfn > start_pfn && machine->windows[i].nid != nid)
			return true;
	return false;
}

/*
 * Units of memory that has come since boot, also in part.  Where there was some before, theirs have
 * stayed.
 */
static void survey_changed(struct survey *s)
{
	const uint64_t unit_pages = s->map->unit_pages;
	const struct mmi_block_changes *changes = &s->x->changes;
	uint64_t pfn = 0;

	for (size_t i = 0; i < changes->nr; i++) {
		const struct mmi_changed_block *block = &changes->blocks[i];
		const int node = mmi_machine_node_index(s->machine, block->nid);
		const uint64_t first_pfn = mmi_align_down(block->start_pfn, unit_pages);
		if (block->zone < 0)
			continue;
		for (pfn = pfn > first_pfn ? pfn : first_pfn; s->can_say && pfn < block->end_pfn;
		     pfn += unit_pages)
			if (!has_boot_memory(s->machine, pfn, pfn + unit_pages) &&
			    !has_other_windows(s->machine, pfn, pfn + unit_pages, block->nid))
				survey_unit(s, pfn, (size_t)node);
	}
}

static void judge_node(struct survey *s, size_t i)
{
	const struct node_pages *pages = &s->nodes[i];
	const uint64_t nr_pages = pages->nr_there + pages->nr_elsewhere;

	if (!nr_pages)
		return;
	s->judged = true;
	mmi_examination_judge(s->x, 12, nr_pages);
	if (pages->nr_elsewhere > nr_pages / TOLERATED_SHARE)
		mmi_examination_offend(s->x, 12, pages->elsewhere_pfn,
				       "memmap of node %d: %llu of %llu host pages lie elsewhere "
				       "than the policy puts them",
				       s->machine->nodes[i].nid,
				       (unsigned long long)pages->nr_elsewhere,
				       (unsigned long long)nr_pages);
}

static void check_memory(struct survey *s)
{
	/* First touch asks for nothing. */
	s->can_say =
	    s->platform->ops->pages_on_node && s->map->options.placement != MMI_PLACE_ANYWHERE;
	if (s->can_say)
		survey_memory(s);
	if (s->can_say)
		survey_changed(s);
	for (size_t i = 0; s->can_say && i < s->machine->nr_nodes; i++)
		judge_node(s, i);
}

void mmi_check_placement(struct mmi_examination *x)
{
	struct survey s = {
	    .x = x,
	    .platform = x->system->platform,
	    .machine = x->system->mem.machine,
	    .map = &x->system->mem.map,
	};

	check_threads(&s);
	check_memory(&s);
	if (!s.judged)
		mmi_examination_pass_over(x, 12,
					  "nothing is placed here, or the platform cannot say");
}
