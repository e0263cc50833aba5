/* SPDX-License-Identifier: MIT */
/* Measured runs of zonelist rebuilds, and of a thread that allocates beside them. */
#include "change_bed.h"

#include <stdio.h>

#include "bench_machine.h"
#include "mminit/platform_native.h"
#include "page_alloc/alloc_cpu.h"

#define NR_DISTANCES 5
#define NR_PAIRS     500000 /* of a run of the reader: some ms, and some ten rebuilds */

static const size_t nr_nodes[2] = {64, 1024};

static uint64_t now_ns(const struct change_bed *bed)
{
	return bed->platform->ops->clock_ns(bed->platform->ctx);
}

static bool open_system(struct change_bed *bed, unsigned which, struct mmi_error *err)
{
	const struct mmi_system_options options = {.plan.nr_threads = 1};

	bed->machines[which] = bench_nodes_create(bed->platform, nr_nodes[which], NR_DISTANCES);
	if (!bed->machines[which] ||
	    mmi_system_create(bed->machines[which], &options, &bed->systems[which], err))
		return false;
	/* The larger one's zonelists say all; its struct pages would take 2 GiB. */
	if (which == FEW_NODES && mmi_system_boot(bed->systems[which], err))
		return false;
	bed->allocs[which] = mmi_system_alloc(bed->systems[which], err);
	return bed->allocs[which] != NULL;
}

bool change_bed_init(struct change_bed *bed)
{
	struct mmi_error err = {0};

	*bed = (struct change_bed){0};
	if (!mmi_platform_native_create(NULL, &bed->platform, &err) &&
	    open_system(bed, FEW_NODES, &err) && open_system(bed, MANY_NODES, &err) &&
	    !mmi_cpu_create(bed->allocs[FEW_NODES], 0, &bed->reader, &err))
		return true;
	fprintf(stderr, "hotplug: %s\n", err.text);
	return false;
}

void change_bed_deinit(struct change_bed *bed)
{
	mmi_cpu_destroy(bed->reader);
	for (int i = 0; i < 2; i++) {
		mmi_system_destroy(bed->systems[i]);
		mmi_machine_destroy(bed->machines[i]);
	}
	mmi_platform_native_destroy(bed->platform);
}

double change_rebuild_ns(struct change_bed *bed, unsigned which)
{
	const uint64_t start_ns = now_ns(bed);

	return mmi_zonelists_rebuild(bed->allocs[which]) ? -1 : (double)(now_ns(bed) - start_ns);
}

struct reading {
	struct change_bed *bed;
	enum beside beside;
	uint32_t begun;   /* atomic: the other thread is at work */
	uint32_t stopped; /* atomic: the reader is done */
	uint64_t elapsed_ns;
	uint64_t nr_changes;
	bool failed;
};

static void read_all(struct reading *r)
{
	struct mmi_cpu *cpu = r->bed->reader;

	while (!mmi_atomic_read32(&r->begun))
		;
	const uint64_t start_ns = now_ns(r->bed);
	for (unsigned i = 0; i < NR_PAIRS; i++) {
		struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
		if (page)
			mmi_free_pages(cpu, page, 0);
		else
			r->failed = true;
	}
	r->elapsed_ns = now_ns(r->bed) - start_ns;
	mmi_atomic_publish32(&r->stopped, 1);
}

static bool change_once(struct reading *r)
{
	struct mmi_alloc *alloc = r->bed->allocs[FEW_NODES];

	if (r->beside == BESIDE_REBUILDS)
		return !mmi_zonelists_rebuild(alloc);
	struct mmi_zonelists *lists = mmi_zonelists_build(alloc->mem, 0);
	mmi_zonelists_free(lists, alloc->mem->platform);
	return lists != NULL;
}

static void be_thread(void *arg, unsigned thread)
{
	struct reading *r = arg;

	if (thread == 0) {
		read_all(r);
		return;
	}
	do {
		r->nr_changes += change_once(r);
		mmi_atomic_publish32(&r->begun, 1);
	} while (!mmi_atomic_read32(&r->stopped));
}

double change_reader_ns(struct change_bed *bed, enum beside beside)
{
	const struct mmi_platform *platform = bed->platform;
	const int nids[2] = {-1, -1};
	struct reading reading = {.bed = bed, .beside = beside};

	if (platform->ops->run_team(platform->ctx, 2, nids, be_thread, &reading) != 2 ||
	    reading.failed)
		return -1;
	bed->nr_changes = reading.nr_changes;
	return (double)reading.elapsed_ns / NR_PAIRS;
}

bool change_bed_check(struct change_bed *bed)
{
	struct mmi_error err = {0};

	if (!mmi_alloc_check(bed->allocs[FEW_NODES], &err) &&
	    !mmi_zonelists_check(bed->allocs[MANY_NODES]->zonelists, &bed->systems[MANY_NODES]->mem,
				 &err))
		return true;
	printf("not verified: %s\n", err.text);
	return false;
}
