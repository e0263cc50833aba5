/* SPDX-License-Identifier: MIT */
/* Systems whose memory comes and goes, and all of their state in a few words. */
#ifndef TESTS_UNIT_HOTPLUG_FIXTURE_H
#define TESTS_UNIT_HOTPLUG_FIXTURE_H

#include "alloc_fixture.h"

#include <stdio.h>

#define BLOCK_PAGES (128 * MIB >> 12)

struct hotplug_fixture {
	struct alloc_fixture a;
	struct mmi_hotplug *hotplug;
};

static inline void hotplug_open(struct hotplug_fixture *f, struct mmi_platform *platform,
				const struct mmi_machine_spec *spec)
{
	struct mmi_error err = {0};

	alloc_open(&f->a, platform, spec, ALL_BOOTED);
	f->hotplug = mmi_system_hotplug(f->a.system, &err);
	if (!f->hotplug)
		fail_msg("hotplug: %s", err.text);
}

static inline void hotplug_close(struct hotplug_fixture *f)
{
	alloc_close(&f->a);
}

/* Every invariant of zones, contexts, zonelists and memmap. */
static inline void hotplug_check_sound(const struct hotplug_fixture *f)
{
	struct mmi_error err = {0};

	alloc_check_sound(&f->a);
	if (mmi_memmap_check(&f->a.system->mem.map, &err))
		fail_msg("%s", err.text);
}

static inline uint64_t block_pfn(uint64_t number)
{
	return number * BLOCK_PAGES;
}

/* Blocks [first, first + nr) do what @type says; the test fails unless the result is @expected. */
static inline void write_states(struct hotplug_fixture *f, uint64_t first, uint64_t nr,
				enum mmi_online_type type, int expected)
{
	struct mmi_error err = {0};

	for (uint64_t number = first; number < first + nr; number++) {
		const int ret = mmi_hotplug_write_state(f->hotplug, number, type, &err);
		if (ret != expected)
			fail_msg("%s of block %llu: %d (%s), expected %d",
				 mmi_online_type_name(type), (unsigned long long)number, ret,
				 err.text, expected);
	}
}

static inline void add_blocks(struct hotplug_fixture *f, int nid, uint64_t first, uint64_t nr)
{
	struct mmi_error err = {0};

	if (mmi_hotplug_add(f->hotplug, nid, block_pfn(first), block_pfn(first + nr), &err))
		fail_msg("add: %s", err.text);
}

/* "online node1 Movable", "offline node1 Normal Movable", "none" */
static inline const char *block_text(struct hotplug_fixture *f, uint64_t number)
{
	static char text[64];
	struct mmi_block_view view;
	size_t length;

	if (!mmi_hotplug_block(f->hotplug, number, &view))
		return "absent";
	length = (size_t)snprintf(text, sizeof(text), "%s node%d",
				  view.online ? "online" : "offline", view.nid);
	for (unsigned i = 0; i < view.nr_valid_zones; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, " %s",
					   mmi_zone_type_name(view.valid_zones[i]));
	if (!view.nr_valid_zones)
		snprintf(text + length, sizeof(text) - length, " none");
	return text;
}

static inline uint64_t mixed(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static inline uint64_t mix_zone(uint64_t hash, const struct mmi_memmap *map,
				const struct mmi_zone *zone)
{
	const uint64_t words[] = {zone->start_pfn,        zone->nr_spanned_pages,
				  zone->nr_present_pages, zone->nr_managed_pages,
				  zone->nr_free_pages,    zone->nr_isolated_pages};
	const uint64_t end_pfn = zone->start_pfn + zone->nr_spanned_pages;

	for (size_t i = 0; i < ARRAY_NR(words); i++)
		hash = mixed(hash, words[i]);
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++)
		hash = mixed(hash, zone->areas[order].nr_free);
	for (uint64_t pfn = zone->start_pfn; pfn < end_pfn;
	     pfn += mmi_pageblock_pages(&map->geometry))
		if (mmi_pfn_valid(map, pfn))
			hash = mixed(hash, mmi_pageblock_type(map, pfn));
	return hash;
}

static inline uint64_t mix_blocks(uint64_t hash, struct hotplug_fixture *f)
{
	struct mmi_block_view view;

	for (uint64_t number = 0; mmi_hotplug_next_block(f->hotplug, number, &view);
	     number = view.number + 1) {
		hash = mixed(hash, view.number);
		hash = mixed(hash, (uint64_t)view.nid << 8 | view.online);
		for (unsigned i = 0; i < view.nr_valid_zones; i++)
			hash = mixed(hash, view.valid_zones[i]);
	}
	return hash;
}

/* All that is counted, and the figures that follow. */
static inline uint64_t mix_counts(uint64_t hash, struct hotplug_fixture *f)
{
	const size_t nr_nodes = f->a.system->mem.nr_nodes;
	struct mmi_mem_counts counts = {.nodes = calloc(nr_nodes, sizeof(*counts.nodes))};

	assert_non_null(counts.nodes);
	mmi_hotplug_counts(f->hotplug, &counts);
	hash = mixed(hash, counts.min_free_kbytes);
	for (size_t i = 0; i < nr_nodes * MMI_NR_ZONES; i++) {
		const struct mmi_zone_counts *zone =
		    &counts.nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
		hash = mixed(mixed(hash, zone->promo_pages), zone->pcp_high_max);
		hash = mixed(hash, zone->stat_threshold);
	}
	free(counts.nodes);
	return hash;
}

/*
 * Struct pages, free blocks, counters, spans, pageblock types, node states, blocks, zonelists and
 * figures of all zones.
 */
static inline uint64_t hotplug_digest(struct hotplug_fixture *f)
{
	struct mmi_system *system = f->a.system;
	struct mmi_digest digest;
	struct mmi_zone_figures figures;
	struct mmi_zoneref refs[64];
	uint64_t hash = 0;

	mmi_verify_digest(system, &digest);
	hash = mixed(mixed(digest.pages, digest.blocks), digest.nr_pages);
	for (size_t i = 0; i < system->mem.nr_nodes; i++) {
		const struct mmi_node *node = &system->mem.nodes[i];
		hash = mixed(mixed(hash, node->states), node->nr_present_pages);
		hash = mixed(mixed(hash, node->start_pfn), node->nr_spanned_pages);
		const size_t nr_refs =
		    mmi_alloc_zonelist(f->a.alloc, node->nid, true, refs, ARRAY_NR(refs));
		for (size_t r = 0; r < nr_refs; r++)
			hash = mixed(hash, (uint64_t)refs[r].node << 8 | refs[r].type);
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			hash = mix_zone(hash, &system->mem.map, &node->zones[z]);
			mmi_alloc_figures(f->a.alloc, node->nid, z, &figures);
			for (size_t w = 0; w < sizeof(figures) / sizeof(uint64_t); w++)
				hash = mixed(hash, ((const uint64_t *)&figures)[w]);
		}
	}
	return mix_counts(mix_blocks(hash, f), f);
}

#endif
