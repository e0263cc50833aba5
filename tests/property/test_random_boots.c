/* SPDX-License-Identifier: MIT */
/*
 * Random machines boot right: the plan covers what it must, every page that is free by a page by
 * page look at the machine is managed, every zone is sound, nothing else is.
 *
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many; a failure prints its seed.
 */
#include "random_machine.h"

static bool is_reserved(const struct mmi_machine *machine, uint64_t pfn)
{
	for (size_t i = 0; i < machine->nr_reserved; i++)
		if (pfn >= machine->reserved[i].start_pfn && pfn < machine->reserved[i].end_pfn)
			return true;
	return false;
}

/* Pages of node @nid that are memory, may be given out and are not reserved; one by one. */
static uint64_t count_free(const struct mmi_machine *machine, int nid)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		if (range->nid != nid || range->flags & MMI_MEM_NOMAP)
			continue;
		for (uint64_t pfn = range->start_pfn; pfn < range->end_pfn; pfn++)
			nr_pages += !is_reserved(machine, pfn);
	}
	return nr_pages;
}

static void check_system(struct mmi_system *system, uint64_t seed)
{
	const struct mmi_machine *machine = system->mem.machine;
	struct mmi_error err = {0};

	if (mmi_plan_check(&system->plan, &err) || mmi_system_boot(system, &err) ||
	    mmi_memmap_check(&system->mem.map, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
	for (size_t i = 0; i < system->mem.nr_nodes; i++) {
		uint64_t nr_managed = 0;
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			struct mmi_zone *zone = &system->mem.nodes[i].zones[z];
			if (mmi_zone_check(zone, &err))
				fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
			nr_managed += zone->nr_managed_pages;
		}
		const uint64_t expected = count_free(machine, machine->nodes[i].nid);
		if (nr_managed != expected)
			fail_msg("seed %llu: node %d manages %llu pages, %llu expected",
				 (unsigned long long)seed, machine->nodes[i].nid,
				 (unsigned long long)nr_managed, (unsigned long long)expected);
	}
}

/* Every invariant that this core can judge holds. */
static void check_verdict(struct mmi_system *system, uint64_t seed)
{
	struct mmi_verdict verdict;
	struct mmi_error err = {0};

	if (!mmi_system_alloc(system, &err) || mmi_verify_system(system, &verdict, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (verdict.invariants[i].judgement == MMI_BROKEN)
			fail_msg("seed %llu: invariant %u: %s", (unsigned long long)seed, i,
				 verdict.invariants[i].why);
}

static void boot_seed(struct mmi_platform *platform, uint64_t seed)
{
	struct random_machine m;
	struct random_source source = {~seed};
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	random_machine_make(&m, seed);
	struct mmi_machine *machine = make_machine(platform, &m.spec);
	const struct mmi_system_options options = {
	    .memmap.no_huge_pages = random_below(&source, 2),
	    .memmap.by_subsection = random_below(&source, 2),
	    .plan.rule = random_below(&source, 3),
	    .plan.chunk_pages =
		mmi_section_pages(&machine->geometry) * (1 + random_below(&source, 5)),
	    .plan.nr_threads = (unsigned)random_below(&source, 4),
	    .plan.nothing_early = random_below(&source, 4) == 0,
	    .run.batch = random_below(&source, 3),
	};
	if (mmi_system_create(machine, &options, &system, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
	check_system(system, seed);
	check_verdict(system, seed);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_random_machines_boot_right(void **state)
{
	const uint64_t first = random_first_seed();
	const uint64_t nr_machines = random_nr_machines(400);

	print_message("seeds %llu to %llu\n", (unsigned long long)first,
		      (unsigned long long)(first + nr_machines - 1));
	for (uint64_t seed = first; seed < first + nr_machines; seed++)
		boot_seed(*state, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {serial_test(test_random_machines_boot_right)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
