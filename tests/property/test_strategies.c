/* SPDX-License-Identifier: MIT */
/*
 * What the audit foretells of Linux's orders of work is what is seen when they run: page by page,
 * on random machines.  The checked core sees accesses and frees; types of pageblocks and the pages
 * that come to the lists are seen by both.
 *
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many; a failure prints its seed.
 */
#include "linux_model.h"
#include "random_machine.h"

#include "memmap/shadow.h"

/* Boots by the order of the machine's own kernel, the workers one after another. */
static struct mmi_system *boot(struct mmi_machine *machine, bool downwards, uint64_t seed)
{
	const struct mmi_system_options options = {
	    .memmap.no_huge_pages = seed % 2,
	    .plan.nr_threads = 1 + seed / 2 % 2,
	    .run.ops = mmi_linux_strategy(machine->linux_version),
	};
	struct mmi_system *system;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, &options, &system, &err) || mmi_system_start(system, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
	for (unsigned i = 0; i < system->run.nr_workers; i++)
		mmi_deferred_work(&system->run, downwards ? system->run.nr_workers - 1 - i : i);
	system->run.nr_started = system->run.nr_workers;
	mmi_system_finish(system);
	return system;
}

/* Every page that is free stands on a list: nothing was left out, whoever shares its section. */
static void check_free_pages(const struct mmi_system *system, const struct linux_model *m,
			     uint64_t seed)
{
	uint64_t nr_expected = 0, nr_free = 0;

	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++)
		nr_expected += model_page(m, pfn)->is_free_memory;
	for (size_t i = 0; i < system->mem.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_free += system->mem.nodes[i].zones[z].nr_free_pages;
	if (nr_free != nr_expected)
		fail_msg("seed %llu: %llu pages are free, %llu expected", (unsigned long long)seed,
			 (unsigned long long)nr_free, (unsigned long long)nr_expected);
}

#ifdef MMI_CHECKED
static uint8_t seen_of(const struct mmi_system *system, const struct linux_model *m, uint64_t pfn)
{
	const struct mmi_memmap *map = &system->mem.map;
	const uint8_t shadow = map->shadow->pages[pfn - map->start_pfn].seen;
	uint8_t seen = 0;

	if (shadow & MMI_SEEN_UNINIT_ACCESS)
		seen |= PAGE_READ;
	if (shadow & MMI_SEEN_MIDBLOCK_FREE)
		seen |= PAGE_MIDBLOCK;
	/* Early pages that happen to be blocks of order 0 are not freed page by page. */
	if (shadow & MMI_SEEN_SINGLE_FREE && model_page(m, pfn)->is_deferred)
		seen |= PAGE_SINGLE;
	return seen;
}
#else
static uint8_t seen_of(const struct mmi_system *system, const struct linux_model *m, uint64_t pfn)
{
	(void)system;
	(void)m;
	(void)pfn;
	return 0;
}
#endif

/* Pageblocks with deferred memory that are UNMOVABLE now. */
static void see_types(const struct mmi_system *system, const struct linux_model *m, uint8_t *seen)
{
	const uint64_t pageblock_pages = mmi_pageblock_pages(&m->machine->geometry);

	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn += pageblock_pages) {
		bool has_deferred = false;
		for (uint64_t p = pfn; p < pfn + pageblock_pages; p++)
			has_deferred |= model_page(m, p)->is_deferred;
		if (!has_deferred ||
		    mmi_pageblock_type(&system->mem.map, pfn) != MMI_MIGRATE_UNMOVABLE)
			continue;
		for (uint64_t p = pfn; p < pfn + pageblock_pages; p++)
			seen[p - m->start_pfn] |= PAGE_MISTYPED;
	}
}

static uint8_t *look(struct mmi_machine *machine, const struct linux_model *m, bool downwards,
		     uint64_t seed)
{
	struct mmi_system *system = boot(machine, downwards, seed);
	uint8_t *seen = malloc(m->end_pfn - m->start_pfn);

	assert_non_null(seen);
	check_free_pages(system, m, seed);
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++)
		seen[pfn - m->start_pfn] =
		    mmi_pfn_valid(&system->mem.map, pfn) ? seen_of(system, m, pfn) : 0;
	see_types(system, m, seen);
	mmi_system_destroy(system);
	return seen;
}

/*
 * What this core cannot see is not compared.  Nor are reads where blocks of several pageblocks
 * merge and some are mistyped: Linux merges these, our lists keep types apart.
 */
static uint8_t comparable(const struct mmi_machine *machine)
{
	const struct mmi_geometry *g = &machine->geometry;
	const bool types_part =
	    g->max_page_order > g->pageblock_order + 1 && machine->linux_version < MMI_LINUX_7_X;

	if (!mmi_verify_is_checked_core())
		return PAGE_MISTYPED;
	return PAGE_MISTYPED | PAGE_MIDBLOCK | PAGE_SINGLE | (types_part ? 0 : PAGE_READ);
}

static void compare(struct mmi_machine *machine, const struct mmi_audit *audit,
		    const struct linux_model *m, uint64_t seed)
{
	struct audit_said *said = said_write_down(audit);
	uint8_t *upwards = look(machine, m, false, seed), *downwards = look(machine, m, true, seed);
	const uint8_t mask = comparable(machine);

	for (uint64_t i = 0; i < m->end_pfn - m->start_pfn; i++) {
		said[i].always &= mask;
		said[i].sometimes &= mask;
		upwards[i] &= mask;
		downwards[i] &= mask;
	}
	said_compare(audit, said, upwards, downwards, seed);
	free(downwards);
	free(upwards);
	free(said);
}

static void run_seed(struct mmi_platform *platform, uint64_t seed)
{
	const struct mmi_plan_params params = {0};
	struct mmi_layout layout;
	struct random_machine random;
	struct linux_model model;
	struct mmi_audit audit;
	struct mmi_plan plan;

	random_machine_make(&random, seed);
	random.spec.linux_version = MMI_LINUX_6_1 + seed % 3;
	struct mmi_machine *machine = make_machine(platform, &random.spec);
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), 0);
	assert_int_equal(mmi_audit_init(&audit, &layout, UINT64_MAX, NULL), 0);
	model_init(&model, &plan);
	model_fill(&model);
	compare(machine, &audit, &model, seed);
	model_deinit(&model);
	mmi_audit_deinit(&audit);
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_linux_does_what_the_audit_foretells(void **state)
{
	const uint64_t first = random_first_seed();
	const uint64_t nr_machines = random_nr_machines(45);

	print_message("seeds %llu to %llu\n", (unsigned long long)first,
		      (unsigned long long)(first + nr_machines - 1));
	for (uint64_t seed = first; seed < first + nr_machines; seed++)
		run_seed(*state, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {serial_test(test_linux_does_what_the_audit_foretells)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
