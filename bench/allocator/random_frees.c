/* SPDX-License-Identifier: MIT */
/* Random frees, and dependent cache misses beside them. */
#include "random_frees.h"

#include <stdio.h>

#include "patterns.h"

#define NR_PAIRS   32768 /* far more than a context's lists hold */
#define NR_STEPS   100000
#define LINE_BYTES 64
#define STEP       (LINE_BYTES / sizeof(uint32_t))

/* Links every line into one cycle, in random order (Sattolo's shuffle of the lines). */
static void link_lines(uint32_t *lines, uint32_t nr_lines)
{
	uint64_t drawn = 1;

	for (uint32_t i = 0; i < nr_lines; i++)
		lines[i * STEP] = i;
	for (uint32_t i = nr_lines - 1; i > 0; i--) {
		const uint32_t other = (uint32_t)(pattern_draw(&drawn) % i);
		const uint32_t next = lines[i * STEP];
		lines[i * STEP] = lines[other * STEP];
		lines[other * STEP] = next;
	}
}

static bool make_lines(struct random_frees *random)
{
	const struct mmi_platform *platform = random->bed->platform;
	const struct mmi_backing backing = {.nid = -1, .huge_pages = true};

	random->lines_bytes = random->bed->nr_held * MMI_PAGE_BYTES;
	random->lines = platform->ops->reserve(platform->ctx, random->lines_bytes, 2ul << 20);
	if (!random->lines)
		return false;
	if (platform->ops->commit(platform->ctx, random->lines, random->lines_bytes, &backing)) {
		platform->ops->release(platform->ctx, random->lines, random->lines_bytes);
		return false;
	}
	link_lines(random->lines, (uint32_t)(random->lines_bytes / LINE_BYTES));
	return true;
}

static struct mmi_page *take(const struct random_frees *random)
{
	return mmi_alloc_pages(random->bed->cpus[0], MMI_GFP_MOVABLE, 0, -1, NULL);
}

bool random_frees_begin(struct random_frees *random, struct pages_bed *bed)
{
	*random = (struct random_frees){.bed = bed, .drawn = 1};
	if (!make_lines(random)) {
		fprintf(stderr, "allocator: no memory for lines to walk over\n");
		return false;
	}
	while (take(random))
		;
	return true;
}

double random_frees_pair_ns(struct random_frees *random)
{
	const struct mmi_memmap *map = &random->bed->system->mem.map;
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	for (size_t nr = 0; nr < NR_PAIRS;) {
		const uint64_t number = pattern_draw(&random->drawn) % random->bed->nr_held;
		struct mmi_page *page = mmi_pfn_page(map, map->start_pfn + number);
		if (page->refcount != 1)
			continue; /* is free already */
		mmi_free_pages(random->bed->cpus[0], page, 0);
		nr++;
	}
	for (size_t nr = 0; nr < NR_PAIRS; nr++)
		if (!take(random))
			return -1;
	return (double)(mmi_host_clock_ns(NULL) - start_ns) / NR_PAIRS;
}

double random_frees_miss_ns(struct random_frees *random)
{
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	for (int i = 0; i < NR_STEPS; i++)
		random->line = random->lines[random->line * STEP];
	return (double)(mmi_host_clock_ns(NULL) - start_ns) / NR_STEPS;
}

bool random_frees_end(struct random_frees *random)
{
	struct pages_bed *bed = random->bed;
	const struct mmi_memmap *map = &bed->system->mem.map;

	for (uint64_t pfn = map->start_pfn; pfn < map->start_pfn + bed->nr_held; pfn++)
		if (mmi_pfn_page(map, pfn)->refcount == 1)
			mmi_free_pages(bed->cpus[0], mmi_pfn_page(map, pfn), 0);
	bed->platform->ops->release(bed->platform->ctx, random->lines, random->lines_bytes);
	return pages_check(bed);
}
