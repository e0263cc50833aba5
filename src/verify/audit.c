/* SPDX-License-Identifier: MIT */
/* An audit: goes through a machine twice, to count what there is and to keep some of it. */
#include "mminit/audit.h"

#include <errno.h>

#include "deferred/split.h"
#include "verify/audit_parts.h"

static const struct {
	const char *name;
	const char *unit;
} kinds[MMI_NR_AUDIT_KINDS] = {
    [MMI_AUDIT_MIDBLOCK_FREE] = {"mid-block-free", "pages freed"},
    [MMI_AUDIT_UNINIT_READ] = {"uninitialised-read", "reads"},
    [MMI_AUDIT_MISTYPED] = {"mistyped", "pageblocks"},
    [MMI_AUDIT_PAGE_BY_PAGE] = {"page-by-page", "pages freed"},
    [MMI_AUDIT_ONE_THREAD] = {"one-thread", "pages initialised"},
};

const char *mmi_audit_kind_name(enum mmi_audit_kind kind)
{
	return kinds[kind].name;
}

const char *mmi_audit_kind_unit(enum mmi_audit_kind kind)
{
	return kinds[kind].unit;
}

const char *mmi_audit_rule(enum mmi_audit_kind kind, enum mmi_linux_version version)
{
	const struct mmi_linux_rules *rules = mmi_linux_rules_of(version);

	if (!rules)
		return NULL;
	switch (kind) {
	case MMI_AUDIT_MIDBLOCK_FREE:
		return rules->block_at_a_time ? "early memory is freed before the threads start, "
						"and a thread initialises "
						"its own node's memory only: what another node has "
						"in the block may be "
						"uninitialised"
					      : "each run of free memory is cut at max-order "
						"borders and each piece freed "
						"at once, early ones before all others: other "
						"pieces of its block may be "
						"uninitialised";
	case MMI_AUDIT_UNINIT_READ:
		return "a free block is merged with its buddy if the buddy's struct page says that "
		       "it is free, and that page is read uninitialised";
	case MMI_AUDIT_MISTYPED:
		return rules->types_by_free ? "a deferred pageblock becomes MOVABLE when its first "
					      "page is freed; one "
					      "that begins in a reservation or hole stays UNMOVABLE"
					    : NULL;
	case MMI_AUDIT_PAGE_BY_PAGE:
		return rules->frees_pageblocks
			   ? "whole pageblocks are freed in one call, all else page by page, each "
			     "under the zone's lock"
			   : "whole max-order blocks are freed in one call, all else page by page, "
			     "each under the zone's lock";
	case MMI_AUDIT_ONE_THREAD:
		if (!rules->job_per_run)
			return NULL;
		return rules->threads_on_x86_only
			   ? "each run of free memory is a job of its own, and one shorter than "
			     "two "
			     "sections gets one thread; where the processor is not x86 all do"
			   : "each run of free memory is a job of its own, and one shorter than "
			     "two "
			     "sections gets one thread";
	case MMI_NR_AUDIT_KINDS:
		break;
	}
	return NULL;
}

void mmi_audit_add(struct mmi_audit_work *work, size_t node, const struct mmi_audit_place *place)
{
	struct mmi_audit *audit = work->audit;
	const enum mmi_audit_kind kind = place->kind;

	if (audit->places) {
		if (work->nr_kept[kind] < audit->first_place[kind + 1] - audit->first_place[kind])
			audit->places[audit->first_place[kind] + work->nr_kept[kind]++] = *place;
		return;
	}
	audit->nodes[node].kinds[kind].nr_places++;
	audit->nodes[node].kinds[kind].nr += place->nr;
	audit->totals[kind].nr_places++;
	audit->totals[kind].nr += place->nr;
}

static int search(struct mmi_audit_work *work)
{
	mmi_audit_jobs(work);
	mmi_audit_frees(work);
	mmi_audit_pageblocks(work);
	return mmi_audit_blocks(work);
}

static void *alloc(const struct mmi_audit *audit, uint64_t nr, size_t size_bytes)
{
	const struct mmi_platform *platform = audit->layout->machine->platform;

	return platform->ops->alloc(platform->ctx, (nr ? nr : 1) * size_bytes);
}

static void release(const struct mmi_audit *audit, void *memory, uint64_t nr, size_t size_bytes)
{
	const struct mmi_platform *platform = audit->layout->machine->platform;

	platform->ops->free(platform->ctx, memory, (nr ? nr : 1) * size_bytes);
}

/* Room for as many places of each kind as are to be kept. */
static int make_room(struct mmi_audit *audit)
{
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++) {
		const uint64_t nr_places = audit->totals[kind].nr_places;
		audit->first_place[kind] = audit->nr_places;
		audit->nr_places += nr_places < audit->max_places ? nr_places : audit->max_places;
	}
	audit->first_place[MMI_NR_AUDIT_KINDS] = audit->nr_places;
	audit->places = alloc(audit, audit->nr_places, sizeof(*audit->places));
	return audit->places ? 0 : -ENOMEM;
}

static int count_and_keep(struct mmi_audit_work *work)
{
	int ret = mmi_linux_jobs_init(&work->jobs, work->rules, work->layout, work->splits);

	if (!ret)
		ret = search(work);
	if (!ret)
		ret = make_room(work->audit);
	if (!ret)
		ret = search(work);
	mmi_linux_jobs_deinit(&work->jobs);
	return ret;
}

int mmi_audit_init(struct mmi_audit *audit, const struct mmi_layout *layout, uint64_t max_places,
		   struct mmi_error *err)
{
	const struct mmi_machine *machine = layout->machine;
	struct mmi_audit_work work = {
	    .audit = audit, .rules = mmi_linux_rules_of(machine->linux_version), .layout = layout};
	int ret = -ENOMEM;

	*audit = (struct mmi_audit){.layout = layout, .max_places = max_places};
	if (!work.rules)
		return mmi_error_set(err, -ENOTSUP,
				     "how Linux %s goes through deferred memory is not known: "
				     "expected 6.1, 6.12 or 7.x",
				     mmi_linux_version_name(machine->linux_version));
	audit->nodes = alloc(audit, machine->nr_nodes, sizeof(*audit->nodes));
	work.splits = alloc(audit, machine->nr_nodes, sizeof(*work.splits));
	if (audit->nodes && work.splits) {
		mmi_splits_fill(work.splits, layout, false);
		ret = count_and_keep(&work);
	}
	release(audit, work.splits, machine->nr_nodes, sizeof(*work.splits));
	if (!ret)
		return 0;
	mmi_audit_deinit(audit);
	return mmi_error_set(err, ret, "no memory for the audit of %zu memory ranges",
			     machine->nr_memory);
}

void mmi_audit_deinit(struct mmi_audit *audit)
{
	if (!audit->layout)
		return;
	release(audit, audit->nodes, audit->layout->machine->nr_nodes, sizeof(*audit->nodes));
	release(audit, audit->places, audit->nr_places, sizeof(*audit->places));
	*audit = (struct mmi_audit){0};
}

bool mmi_audit_is_clean(const struct mmi_audit *audit)
{
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		if (audit->totals[kind].nr_places)
			return false;
	return true;
}
