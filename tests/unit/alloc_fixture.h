/* SPDX-License-Identifier: MIT */
/* Systems with an allocator and one context, for tests on the serial platform. */
#ifndef TESTS_UNIT_ALLOC_FIXTURE_H
#define TESTS_UNIT_ALLOC_FIXTURE_H

#include "machine_fixture.h"

struct alloc_fixture {
	struct mmi_machine *machine;
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	struct mmi_cpu *cpu;
};

/* Who is in the system's hands already: all initialised, or the early part, or nothing. */
enum alloc_start { ALL_BOOTED, EARLY_ONLY, ON_DEMAND };

static inline void alloc_open(struct alloc_fixture *f, struct mmi_platform *platform,
			      const struct mmi_machine_spec *spec, enum alloc_start start)
{
	const struct mmi_system_options options = {.plan.nothing_early = start == ON_DEMAND,
						   .plan.nr_threads = 1};
	struct mmi_error err = {0};
	int ret;

	f->machine = make_machine(platform, spec);
	ret = mmi_system_create(f->machine, &options, &f->system, &err);
	if (!ret)
		ret = start == ALL_BOOTED ? mmi_system_boot(f->system, &err)
					  : mmi_system_start(f->system, &err);
	if (ret || !(f->alloc = mmi_system_alloc(f->system, &err)) ||
	    mmi_cpu_create(f->alloc, spec->memory[0].nid, &f->cpu, &err))
		fail_msg("open: %s", err.text);
}

static inline void alloc_check_sound(const struct alloc_fixture *f)
{
	struct mmi_error err = {0};

	if (mmi_alloc_check(f->alloc, &err))
		fail_msg("%s", err.text);
}

static inline void alloc_close(struct alloc_fixture *f)
{
	alloc_check_sound(f);
	mmi_cpu_destroy(f->cpu);
	alloc_check_sound(f);
	mmi_system_destroy(f->system);
	mmi_machine_destroy(f->machine);
}

static inline struct mmi_zone *alloc_zone(const struct alloc_fixture *f, int nid,
					  enum mmi_zone_type type)
{
	return mmi_mem_zone(&f->system->mem, nid, type);
}

static inline uint64_t alloc_pfn(const struct alloc_fixture *f, const struct mmi_page *page)
{
	return mmi_page_pfn(&f->system->mem.map, page);
}

static inline uint64_t alloc_nr_free(const struct alloc_fixture *f)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < f->system->mem.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr += f->system->mem.nodes[i].zones[z].nr_free_pages;
	return nr;
}

static inline uint64_t alloc_nr_managed(const struct alloc_fixture *f)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < f->system->mem.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr += f->system->mem.nodes[i].zones[z].nr_managed_pages;
	return nr;
}

#endif
