/* SPDX-License-Identifier: MIT */
/* Our allocator while the machine is not initialised yet: the first page, and how long pages take. */
#include <stdio.h>

#include "bench_machine.h"
#include "pages.h"
#include "patterns.h"

#define LATENCY_BYTES (16 * BENCH_GIB)

/* A system of @machine whose early part stands, an allocator and a context on it. */
struct early {
	struct mmi_system *system;
	struct mmi_cpu *cpu;
};

static bool early_init(struct early *early, const struct mmi_machine *machine, bool populate)
{
	const struct mmi_system_options options = {
	    .memmap.populate = populate,
	    .plan = {.rule = MMI_CHUNK_AUTO, .nr_threads = 1, .nothing_early = true}};
	struct mmi_error err = {0};
	struct mmi_alloc *alloc = NULL;

	*early = (struct early){0};
	if (!mmi_system_create(machine, &options, &early->system, &err) &&
	    !mmi_system_start(early->system, &err))
		alloc = mmi_system_alloc(early->system, &err);
	if (alloc && !mmi_cpu_create(alloc, 0, &early->cpu, &err))
		return true;
	fprintf(stderr, "allocator: %s\n", err.text);
	mmi_system_destroy(early->system);
	return false;
}

/* Everything is initialised, and is as it should be. */
static bool early_deinit(struct early *early)
{
	struct mmi_error err = {0};

	mmi_system_finish(early->system);
	const bool good = !mmi_alloc_check(mmi_system_alloc(early->system, &err), &err);
	if (!good)
		fprintf(stderr, "allocator: not verified: %s\n", err.text);
	mmi_cpu_destroy(early->cpu);
	mmi_system_destroy(early->system);
	return good;
}

double pages_first_ns(struct pages_bed *bed, uint64_t size_bytes)
{
	struct mmi_machine *machine = bench_machine_create(bed->platform, size_bytes, 0);
	struct early early;

	if (!machine)
		return -1;
	const uint64_t start_ns = mmi_host_clock_ns(NULL);
	struct mmi_page *page = NULL;
	if (early_init(&early, machine, false))
		page = mmi_alloc_pages(early.cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
	const uint64_t elapsed_ns = mmi_host_clock_ns(NULL) - start_ns;
	const bool good = page && page->refcount == 1;
	if (early.system) {
		/* Not finished: initialising the rest would take memory that may not be there. */
		if (page)
			mmi_free_pages(early.cpu, page, 0);
		mmi_cpu_destroy(early.cpu);
		mmi_system_destroy(early.system);
	}
	mmi_machine_destroy(machine);
	return good ? (double)elapsed_ns : -1;
}

static unsigned bucket_of(uint64_t elapsed_ns)
{
	unsigned bucket = 0;

	while (elapsed_ns > 1 && bucket + 1 < PAGES_NR_BUCKETS) {
		elapsed_ns >>= 1;
		bucket++;
	}
	return bucket;
}

#define NR_FINE (PAGES_NR_BUCKETS * 16) /* sixteenths of a bucket: the percentile is that exact */

/* One allocates until the other has initialised everything. */
struct serving {
	struct early *early;
	struct pages_latency *latency;
	uint64_t nr_fine[NR_FINE];
	bool worked; /* atomic */
	uint64_t work_ns;
};

static unsigned fine_of(uint64_t elapsed_ns)
{
	const unsigned bucket = bucket_of(elapsed_ns);
	const uint64_t low = 1ull << bucket;

	return bucket * 16 + (bucket < 4 ? 0 : (unsigned)((elapsed_ns - low) >> (bucket - 4)) % 16);
}

static uint64_t fine_end(unsigned fine)
{
	const unsigned bucket = fine / 16;
	const uint64_t low = 1ull << bucket;

	return bucket < 4 ? 2 * low : low + ((fine % 16 + 1ull) << (bucket - 4));
}

static void count(struct serving *serving, uint64_t elapsed_ns)
{
	struct pages_latency *latency = serving->latency;

	latency->nr_by_bucket[bucket_of(elapsed_ns)]++;
	serving->nr_fine[fine_of(elapsed_ns)]++;
	latency->nr++;
	if (elapsed_ns > latency->max_ns)
		latency->max_ns = elapsed_ns;
}

static void serve(void *arg, unsigned thread)
{
	struct serving *serving = arg;

	if (thread == 1) {
		const uint64_t start_ns = mmi_host_clock_ns(NULL);
		mmi_deferred_work(&serving->early->system->run, 0);
		serving->work_ns = mmi_host_clock_ns(NULL) - start_ns;
		__atomic_store_n(&serving->worked, true, __ATOMIC_RELEASE);
		return;
	}
	struct mmi_page *last = NULL;
	while (!__atomic_load_n(&serving->worked, __ATOMIC_ACQUIRE)) {
		const uint64_t start_ns = mmi_host_clock_ns(NULL);
		struct mmi_page *page =
		    mmi_alloc_pages(serving->early->cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
		count(serving, mmi_host_clock_ns(NULL) - start_ns);
		if (!page)
			break;
		page->private_data = (uint64_t)(uintptr_t)last; /* the owner's to use */
		last = page;
	}
	while (last) {
		struct mmi_page *page = last;
		last = (struct mmi_page *)(uintptr_t)page->private_data;
		page->private_data = 0;
		mmi_free_pages(serving->early->cpu, page, 0);
	}
}

static void find_percentile(const struct serving *serving)
{
	struct pages_latency *latency = serving->latency;
	uint64_t nr_above = latency->nr / 10000;

	for (unsigned fine = NR_FINE; fine--;) {
		if (serving->nr_fine[fine] > nr_above) {
			latency->p9999_ns = fine_end(fine);
			return;
		}
		nr_above -= serving->nr_fine[fine];
	}
}

bool pages_latency_measure(struct pages_bed *bed, struct pages_latency *latency)
{
	const struct mmi_platform *platform = bed->platform;
	struct mmi_machine *machine = bench_machine_create(platform, LATENCY_BYTES, 0);
	const int nids[2] = {0, 0};
	struct serving serving = {.latency = latency};
	struct early early;
	bool good;

	*latency = (struct pages_latency){0};
	if (!machine)
		return false;
	good = early_init(&early, machine, true);
	if (good) {
		serving.early = &early;
		good = platform->ops->run_team(platform->ctx, 2, nids, serve, &serving) == 2;
		latency->section_ns = serving.work_ns / early.system->mem.map.nr_present_sections;
		find_percentile(&serving);
		good = early_deinit(&early) && good && latency->nr;
	}
	mmi_machine_destroy(machine);
	return good;
}
