/* SPDX-License-Identifier: MIT */
/* Invariants 1 to 4, from the records that the checked core keeps of each access. */
#include "memmap/shadow.h"
#include "verify/examination.h"
#include "verify/struct_pages.h"

#ifndef MMI_CHECKED

void mmi_check_offences(struct mmi_examination *x)
{
	(void)x;
}

void mmi_check_shadow(struct mmi_examination *x)
{
	for (unsigned number = 1; number <= 4; number++)
		mmi_examination_pass_over(
		    x, number, "only the checked core sees each access of a struct page");
}

#else

/* What each kind of offence breaks, and how to say so. */
static const struct {
	unsigned number;
	const char *what;
} kinds[MMI_NR_OFFENCES] = {
    [MMI_OFFENCE_INIT_TWICE] = {1, "initialised again"},
    [MMI_OFFENCE_UNINIT_ACCESS] = {2, "accessed before it was initialised"},
    [MMI_OFFENCE_MIDBLOCK_FREE] = {3, "freed while other pages of its block were uninitialised"},
    [MMI_OFFENCE_SECTION_SHARED] = {4, "its section was being initialised by another thread"},
};

/* Who was to initialise @pfn, of which somebody wanted something before. */
static void describe_owner(const struct mmi_system *system, uint64_t pfn, char *text,
			   size_t size_bytes)
{
	const struct mmi_plan *plan = &system->plan;
	const struct mmi_memmap *map = &system->mem.map;
	const int64_t chunk = mmi_plan_find_chunk(plan, pfn);
	int nid = -1;

	for (size_t i = 0; chunk >= 0 && i < plan->nr_groups; i++)
		if ((uint64_t)chunk - plan->groups[i].first_chunk < plan->groups[i].nr_chunks)
			nid = plan->groups[i].nid;
	if (mmi_pfn_valid(map, pfn) && map->shadow->pages[pfn - map->start_pfn].nr_inits)
		mmi_format(text, size_bytes, "; thread %u did so later",
			   map->shadow->pages[pfn - map->start_pfn].writer);
	else if (nid >= 0)
		mmi_format(text, size_bytes, "; workers of node %d were to, and never did", nid);
	else
		mmi_format(text, size_bytes, "; no worker was to");
}

static void take_record(struct mmi_examination *x, enum mmi_offence kind)
{
	const struct mmi_offence_record *record = &x->system->mem.map.shadow->records[kind];
	struct mmi_invariant_verdict *verdict = &x->verdict->invariants[kinds[kind].number];

	if (!record->count)
		return;
	char owner[64] = "";

	if (kind == MMI_OFFENCE_UNINIT_ACCESS)
		describe_owner(x->system, record->pfn, owner, sizeof(owner));
	if (record->other == ~0u)
		mmi_examination_offend(x, kinds[kind].number, record->pfn, "%s, by thread %u%s",
				       kinds[kind].what, record->who, owner);
	else
		mmi_examination_offend(x, kinds[kind].number, record->pfn,
				       "%s, by thread %u; thread %u had written there",
				       kinds[kind].what, record->who, record->other);
	verdict->worker = (int)record->who;
	verdict->nr_offences += record->count - 1;
}

/* Every struct page was written; that none was written twice is in the records. */
static void check_written(struct mmi_examination *x)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	struct mmi_pfn_range run = {0};

	while (mmi_valid_run(map, run.end_pfn, &run)) {
		mmi_examination_judge(x, 1, run.end_pfn - run.start_pfn);
		for (uint64_t pfn = run.start_pfn; pfn < run.end_pfn; pfn++) {
			const struct mmi_page_shadow *page =
			    &map->shadow->pages[pfn - map->start_pfn];
			if (!page->nr_inits && !(page->seen & MMI_SEEN_SKIPPED))
				mmi_examination_offend(x, 1, pfn, "never initialised");
		}
	}
}

void mmi_check_offences(struct mmi_examination *x)
{
	for (int kind = 0; kind < MMI_NR_OFFENCES; kind++)
		take_record(x, kind);
}

void mmi_check_shadow(struct mmi_examination *x)
{
	const struct mmi_memmap *map = &x->system->mem.map;

	mmi_examination_judge(x, 2, map->shadow->nr_accesses);
	mmi_examination_judge(x, 3, map->shadow->nr_frees);
	mmi_examination_judge(x, 4, map->nr_present_sections);
	check_written(x);
	mmi_check_offences(x);
}

#endif
