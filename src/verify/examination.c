/* SPDX-License-Identifier: MIT */
/* Keeps what checkers find: how much was looked at, how many offences, and the first of them. */
#include "memmap/shadow.h"
#include "verify/examination.h"

void mmi_examination_judge(struct mmi_examination *x, unsigned number, uint64_t nr_checks)
{
	struct mmi_invariant_verdict *verdict = &x->verdict->invariants[number];

	verdict->nr_checks += nr_checks;
	if (verdict->judgement == MMI_NOT_JUDGED)
		verdict->judgement = MMI_HOLDS;
}

void mmi_examination_pass_over(struct mmi_examination *x, unsigned number, const char *why)
{
	struct mmi_invariant_verdict *verdict = &x->verdict->invariants[number];

	mmi_format(verdict->why, sizeof(verdict->why), "%s", why);
}

/* The thread that worked on @pfn, where something kept that; -1. */
static int worker_of(const struct mmi_system *system, uint64_t pfn)
{
	const struct mmi_memmap *map = &system->mem.map;
	const struct mmi_deferred_run *run = &system->run;

	if (map->shadow && mmi_pfn_valid(map, pfn)) {
		const struct mmi_page_shadow *page = &map->shadow->pages[pfn - map->start_pfn];
		if (page->nr_inits)
			return page->writer;
	}
	for (uint64_t i = 0; run->records && i < run->nr_records; i++)
		if (pfn >= run->records[i].start_pfn && pfn < run->records[i].end_pfn)
			return (int)run->records[i].thread;
	return -1;
}

static void keep(struct mmi_examination *x, struct mmi_invariant_verdict *verdict, uint64_t pfn,
		 const char *format, va_list args)
{
	verdict->pfn = pfn;
	verdict->block_pfn =
	    mmi_align_down(pfn, mmi_block_pages(&x->system->mem.machine->geometry));
	verdict->chunk = mmi_plan_find_chunk(&x->system->plan, pfn);
	verdict->worker = worker_of(x->system, pfn);
	mmi_vformat(verdict->why, sizeof(verdict->why), format, args);
}

void mmi_examination_offend(struct mmi_examination *x, unsigned number, uint64_t pfn,
			    const char *format, ...)
{
	struct mmi_invariant_verdict *verdict = &x->verdict->invariants[number];

	verdict->judgement = MMI_BROKEN;
	if (verdict->nr_offences++ && pfn >= verdict->pfn)
		return;
	va_list args;
	va_start(args, format);
	keep(x, verdict, pfn, format, args);
	va_end(args);
}

void mmi_examination_offend_somewhere(struct mmi_examination *x, unsigned number, uint64_t pfn,
				      const char *format, ...)
{
	struct mmi_invariant_verdict *verdict = &x->verdict->invariants[number];

	verdict->judgement = MMI_BROKEN;
	if (verdict->nr_offences++)
		return;
	va_list args;
	va_start(args, format);
	keep(x, verdict, pfn, format, args);
	va_end(args);
}
