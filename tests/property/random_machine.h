/* SPDX-License-Identifier: MIT */
/*
 * Random machines from a seed: small, and as nasty as the rules allow.
 *
 * Borders fall on pages, pageblocks, max-order blocks, subsections and sections; nodes interleave
 * inside them; holes and reservations are anywhere; all geometries and versions are drawn.
 */
#ifndef TESTS_PROPERTY_RANDOM_MACHINE_H
#define TESTS_PROPERTY_RANDOM_MACHINE_H

#include "unit/machine_fixture.h"

#include <stdlib.h>

#define RANDOM_MAX_RANGES 24

struct random_source {
	uint64_t state;
};

/* splitmix64: the same numbers everywhere. */
static inline uint64_t random_next(struct random_source *source)
{
	uint64_t z = source->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static inline uint64_t random_below(struct random_source *source, uint64_t limit)
{
	return random_next(source) % limit;
}

/* MMINIT_SEED: the seed of the first machine. */
static inline uint64_t random_first_seed(void)
{
	const char *value = getenv("MMINIT_SEED");

	return value ? strtoull(value, NULL, 0) : 1;
}

/* MMINIT_MACHINES: how many machines, or with % how much of what the test looks at otherwise. */
static inline uint64_t random_nr_machines(uint64_t otherwise)
{
	const char *value = getenv("MMINIT_MACHINES");
	char *end;

	if (!value)
		return otherwise;
	const uint64_t nr_machines = strtoull(value, &end, 0);
	return *end == '%' ? (otherwise * nr_machines + 99) / 100 : nr_machines;
}

struct random_machine {
	struct mmi_machine_spec spec;
	struct mmi_spec_range memory[RANDOM_MAX_RANGES];
	struct mmi_spec_range reserved[RANDOM_MAX_RANGES];
	int cpu_nids[8];
	int nids[4];
};

/* A length in pages: one page, a few, or about one of the sizes at which something happens. */
static inline uint64_t random_pages(struct random_source *source, const struct mmi_geometry *g)
{
	const uint64_t sizes[] = {1,
				  mmi_pageblock_pages(g),
				  mmi_block_pages(g),
				  mmi_subsection_pages(g),
				  mmi_section_pages(g),
				  mmi_section_pages(g) * 2};
	const uint64_t size = sizes[random_below(source, ARRAY_NR(sizes))];

	switch (random_below(source, 4)) {
	case 0:
		return size;
	case 1:
		return size + random_below(source, size) + 1;
	case 2:
		return random_below(source, size) + 1;
	default:
		return size * (1 + random_below(source, 3));
	}
}

/* Nodes in a random order of ids, sparse. */
static inline size_t random_nodes(struct random_source *source, struct random_machine *m)
{
	const size_t nr_nodes = 1 + random_below(source, ARRAY_NR(m->nids));

	for (size_t i = 0; i < nr_nodes; i++)
		m->nids[i] = (int)(random_below(source, 250) * 4 + i);
	return nr_nodes;
}

static inline void random_memory(struct random_source *source, struct random_machine *m,
				 size_t nr_nodes)
{
	const struct mmi_geometry *g = &m->spec.geometry;
	const uint64_t bases[] = {0, 1 * MIB, 4 * GIB - 64 * MIB, 4 * GIB, 1ull << 40};
	const uint64_t page_bytes = 1ull << g->page_shift;
	const size_t nr = 1 + random_below(source, RANDOM_MAX_RANGES);
	uint64_t pfn = bases[random_below(source, ARRAY_NR(bases))] >> g->page_shift;

	for (size_t i = 0; i < nr; i++) {
		const uint64_t nr_pages = random_pages(source, g);
		if (random_below(source, 3) == 0)
			pfn += random_pages(source, g);
		/* C does not say in which order initialisers would draw these. */
		const int nid = m->nids[random_below(source, nr_nodes)];
		const unsigned flags = random_below(source, 8) == 0   ? MMI_MEM_NOMAP
				       : random_below(source, 4) == 0 ? MMI_MEM_HOTPLUG
								      : 0;
		m->memory[i] = (struct mmi_spec_range){
		    .start = pfn * page_bytes,
		    .end = (pfn + nr_pages) * page_bytes,
		    .nid = nid,
		    .flags = flags,
		};
		pfn += nr_pages;
	}
	m->spec.memory = m->memory;
	m->spec.nr_memory = nr;
}

static inline void random_reserved(struct random_source *source, struct random_machine *m)
{
	const struct mmi_geometry *g = &m->spec.geometry;
	const uint64_t start = m->memory[0].start;
	const uint64_t size = m->memory[m->spec.nr_memory - 1].end - start;
	const size_t nr = random_below(source, RANDOM_MAX_RANGES);

	for (size_t i = 0; i < nr; i++) {
		const uint64_t from = start + random_below(source, size);
		const uint64_t bytes = random_below(source, 2)
					   ? random_pages(source, g) << g->page_shift
					   : 1 + random_below(source, 10000);
		m->reserved[i] =
		    (struct mmi_spec_range){.start = from, .end = from + bytes, .nid = -1};
	}
	m->spec.reserved = m->reserved;
	m->spec.nr_reserved = nr;
}

/* @change, when not NULL, makes another geometry of the one that was drawn, by @change_source. */
static inline void random_geometry_machine_make(struct random_machine *m, uint64_t seed,
						void (*change)(struct mmi_geometry *geometry,
							       struct random_source *source),
						struct random_source *change_source)
{
	struct random_source source = {seed};

	memset(m, 0, sizeof(*m));
	mmi_geometry_init(&m->spec.geometry, random_below(&source, MMI_NR_ARCHS));
	if (change)
		change(&m->spec.geometry, change_source);
	m->spec.linux_version = random_below(&source, MMI_NR_LINUX_VERSIONS);
	const size_t nr_nodes = random_nodes(&source, m);
	random_memory(&source, m, nr_nodes);
	random_reserved(&source, m);
	m->spec.nr_cpus = random_below(&source, ARRAY_NR(m->cpu_nids));
	for (size_t i = 0; i < m->spec.nr_cpus; i++)
		m->cpu_nids[i] = m->nids[random_below(&source, nr_nodes)];
	m->spec.cpu_nids = m->cpu_nids;
	if (random_below(&source, 3) == 0)
		m->spec.kernelcore =
		    (struct mmi_amount){MMI_AMOUNT_PERCENT, random_below(&source, 101)};
	if (random_below(&source, 6) == 0)
		m->spec.movablecore =
		    (struct mmi_amount){MMI_AMOUNT_PERCENT, random_below(&source, 101)};
}

static inline void random_machine_make(struct random_machine *m, uint64_t seed)
{
	random_geometry_machine_make(m, seed, NULL, NULL);
}

#endif
