/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand machines of tiny geometries: what holds of every machine holds of each of them.
 *
 * Of each: the plan is a partition; the boot is that of serial work and of the reference; every
 * invariant that this core judges holds; blocks and single pages are handed out, alone and in
 * bulk, and all come back.  A machine that fails is made smaller as long as it fails, and printed.
 *
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many.  With the address sanitizer it is a
 * tenth of them, as with the race detector, whose tests are given MMINIT_MACHINES.
 */
#include "arrays_apart.h"
#include "random_machine.h"

#include <errno.h>

#if defined(__SANITIZE_ADDRESS__)
#define DEFAULT_MACHINES 1000
#else
#define DEFAULT_MACHINES 10000
#endif

#define NR_HELD                48
#define DIGEST_OF_100_MACHINES 0xb8b863a5a52bca0b

/* What is to hold of a machine; -EILSEQ with @err where it does not. */
typedef int property(const struct mmi_machine *machine, struct mmi_platform *platform,
		     uint64_t seed, struct mmi_error *err);

/*
 * Blocks of 32 to 128 pages, sections of 2 to 8 of them, and a pageblock that is a whole block or
 * less: everything meets everything within a few hundred pages.  The struct pages of a section fill
 * a page of the host's at least, as they do everywhere.
 */
static void make_tiny(struct mmi_geometry *g, struct random_source *source)
{
	const unsigned order = 5 + (unsigned)random_below(source, 3);

	g->max_page_order = order;
	g->pageblock_order = order - (unsigned)random_below(source, 3);
	g->section_shift = g->page_shift + order + 1 + (unsigned)random_below(source, 3);
	g->subsection_shift = g->page_shift + order - 2 + (unsigned)random_below(source, 4);
}

static int refute(struct mmi_error *err, const char *what, uint64_t is, uint64_t expected)
{
	return mmi_error_set(err, -EILSEQ, "%s: %llu, %llu expected", what, (unsigned long long)is,
			     (unsigned long long)expected);
}

static int examine_verdict(const struct mmi_verdict *verdict, struct mmi_error *err)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (verdict->invariants[i].judgement == MMI_BROKEN)
			return mmi_error_set(err, -EILSEQ, "invariant %u: PFN 0x%llx: %s", i,
					     (unsigned long long)verdict->invariants[i].pfn,
					     verdict->invariants[i].why);
	return 0;
}

static int examine_boot(struct mmi_system *system, struct mmi_platform *platform,
			struct mmi_error *err)
{
	struct mmi_verdict verdict;

	if (mmi_plan_check(&system->plan, err) || mmi_system_boot(system, err) ||
	    mmi_memmap_check(&system->mem.map, err) || !mmi_system_alloc(system, err) ||
	    mmi_verify_system(system, &verdict, err) ||
	    mmi_verify_serial(system, platform, &verdict, err))
		return -EILSEQ;
	return examine_verdict(&verdict, err);
}

/* Takes blocks of all orders and kinds, and pages in bulk, and gives them back in another order. */
static int examine_allocator(struct mmi_system *system, struct mmi_cpu *cpu,
			     struct random_source *source, struct mmi_error *err)
{
	static const unsigned kinds[] = {MMI_GFP_KERNEL, MMI_GFP_MOVABLE, MMI_GFP_RECLAIMABLE};
	const unsigned max_order = system->mem.map.geometry.max_page_order;
	struct mmi_page *pages[NR_HELD] = {0}, *bulk[NR_HELD] = {0};
	unsigned orders[NR_HELD];

	for (int i = 0; i < NR_HELD; i++) {
		const int slot = (int)random_below(source, NR_HELD);
		if (pages[slot])
			mmi_free_pages(cpu, pages[slot], orders[slot]);
		orders[slot] = (unsigned)random_below(source, max_order + 1);
		pages[slot] =
		    mmi_alloc_pages(cpu, kinds[random_below(source, 3)], orders[slot], -1, NULL);
		if (pages[slot] && pages[slot]->refcount != 1)
			return refute(err, "refcount of a block that was handed out",
				      (uint64_t)pages[slot]->refcount, 1);
	}
	const int nr_bulk = mmi_alloc_pages_bulk(cpu, MMI_GFP_MOVABLE, -1, NULL, NR_HELD, bulk);
	int nr_filled = 0;
	for (int i = 0; i < NR_HELD; i++)
		nr_filled += bulk[i] != NULL;
	mmi_free_pages_bulk(cpu, bulk, NR_HELD);
	for (int i = 0; i < NR_HELD; i++)
		if (pages[i])
			mmi_free_pages(cpu, pages[i], orders[i]);
	if (nr_filled != nr_bulk)
		return refute(err, "pages said to come in bulk", (uint64_t)nr_bulk,
			      (uint64_t)nr_filled);
	return mmi_cpu_stats(cpu)->nr_bad_frees
		   ? refute(err, "refused frees", mmi_cpu_stats(cpu)->nr_bad_frees, 0)
		   : mmi_alloc_check(system->alloc, err);
}

static int examine_return(const struct mmi_system *system, struct mmi_error *err)
{
	for (size_t i = 0; i < system->mem.nr_nodes * MMI_NR_ZONES; i++) {
		const struct mmi_zone *zone =
		    &system->mem.nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
		if (zone->nr_free_pages != zone->nr_managed_pages)
			return refute(err, "free pages after all came back", zone->nr_free_pages,
				      zone->nr_managed_pages);
	}
	return 0;
}

static int boots_and_allocates(const struct mmi_machine *machine, struct mmi_platform *platform,
			       uint64_t seed, struct mmi_error *err)
{
	struct random_source source = {~seed};
	const struct mmi_system_options options = {
	    .memmap.no_huge_pages = true, /* else all of a tiny machine is one unit */
	    .memmap.by_subsection = random_below(&source, 2),
	    .plan.rule = random_below(&source, 3),
	    .plan.chunk_pages =
		mmi_section_pages(&machine->geometry) * (1 + random_below(&source, 5)),
	    .plan.nr_threads = (unsigned)random_below(&source, 4),
	    .plan.nothing_early = random_below(&source, 4) == 0,
	    .run.batch = random_below(&source, 3),
	};
	struct mmi_system *system = NULL;
	struct mmi_cpu *cpu = NULL;
	int ret = mmi_system_create(machine, &options, &system, err);

	if (!ret)
		ret = examine_boot(system, platform, err);
	if (!ret)
		ret = mmi_cpu_create(system->alloc, -1, &cpu, err);
	if (!ret)
		ret = examine_allocator(system, cpu, &source, err);
	mmi_cpu_destroy(cpu);
	if (!ret)
		ret = examine_return(system, err);
	mmi_system_destroy(system);
	return ret;
}

/* Does @holds hold of what @spec describes?  A machine that cannot be made is none that fails. */
static int try_spec(const struct mmi_machine_spec *spec, property *holds,
		    struct mmi_platform *platform, uint64_t seed, struct mmi_error *err)
{
	struct mmi_machine *machine;
	struct arrays_apart apart;

	if (mmi_machine_create(platform, spec, &machine, err))
		return 0;
	arrays_move_apart(&apart, machine);
	const int ret = holds(machine, platform, seed, err);
	arrays_move_together(&apart, machine);
	mmi_machine_destroy(machine);
	return ret;
}

/* Leaves ranges out, one at a time, as long as it still fails; returns how many it left out. */
static size_t drop_ranges(struct random_machine *m, struct mmi_spec_range *ranges, size_t *nr,
			  property *holds, struct mmi_platform *platform, uint64_t seed)
{
	const size_t nr_before = *nr;
	struct mmi_error err;

	for (size_t i = 0; i < *nr;) {
		const struct mmi_spec_range dropped = ranges[i];
		memmove(&ranges[i], &ranges[i + 1], (*nr - i - 1) * sizeof(*ranges));
		--*nr;
		if (try_spec(&m->spec, holds, platform, seed, &err))
			continue;
		memmove(&ranges[i + 1], &ranges[i], (*nr - i) * sizeof(*ranges));
		ranges[i++] = dropped;
		++*nr;
	}
	return nr_before - *nr;
}

static void shrink(struct random_machine *m, property *holds, struct mmi_platform *platform,
		   uint64_t seed)
{
	while (drop_ranges(m, m->memory, &m->spec.nr_memory, holds, platform, seed) +
	       drop_ranges(m, m->reserved, &m->spec.nr_reserved, holds, platform, seed))
		;
}

static void print_ranges(const char *what, const struct mmi_spec_range *ranges, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		print_error("%s 0x%llx-0x%llx node %d flags %u\n", what,
			    (unsigned long long)ranges[i].start, (unsigned long long)ranges[i].end,
			    ranges[i].nid, ranges[i].flags);
}

static void make_machine_of_seed(struct random_machine *m, uint64_t seed)
{
	struct random_source source = {seed ^ 0x7e57};

	random_geometry_machine_make(m, seed, make_tiny, &source);
}

static uint64_t digest_ranges(uint64_t digest, const struct mmi_spec_range *ranges, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct random_source words = {digest ^ ranges[i].start};
		words.state = random_next(&words) ^ ranges[i].end;
		words.state = random_next(&words) ^ (uint64_t)ranges[i].nid;
		digest = random_next(&words) ^ ranges[i].flags;
	}
	return digest;
}

/* A seed that one processor prints is looked at on another: the number holds on all of them. */
static void test_a_seed_makes_the_same_machine_on_every_processor(void **state)
{
	struct random_machine m;
	uint64_t digest = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		make_machine_of_seed(&m, seed);
		digest = digest_ranges(digest, m.memory, m.spec.nr_memory);
		digest = digest_ranges(digest, m.reserved, m.spec.nr_reserved);
	}
	assert_int_equal(digest, DIGEST_OF_100_MACHINES);
}

static void test_ten_thousand_machines(void **state)
{
	const uint64_t first = random_first_seed();
	const uint64_t nr_machines = random_nr_machines(DEFAULT_MACHINES);
	struct random_machine m;
	struct mmi_error err = {0};

	print_message("seeds %llu to %llu\n", (unsigned long long)first,
		      (unsigned long long)(first + nr_machines - 1));
	for (uint64_t seed = first; seed < first + nr_machines; seed++) {
		make_machine_of_seed(&m, seed);
		mmi_machine_destroy(make_machine(*state, &m.spec));
		if (!try_spec(&m.spec, boots_and_allocates, *state, seed, &err))
			continue;
		shrink(&m, boots_and_allocates, *state, seed);
		try_spec(&m.spec, boots_and_allocates, *state, seed, &err);
		print_ranges("memory", m.memory, m.spec.nr_memory);
		print_ranges("reserved", m.reserved, m.spec.nr_reserved);
		fail_msg("seed %llu, made smaller: %s", (unsigned long long)seed, err.text);
	}
}

/* Stands for an error that two things together bring about. */
static int has_no_reserved_page_in_hotpluggable_memory(const struct mmi_machine *machine,
						       struct mmi_platform *platform, uint64_t seed,
						       struct mmi_error *err)
{
	(void)platform;
	(void)seed;
	for (size_t i = 0; i < machine->nr_memory; i++)
		for (size_t j = 0; j < machine->nr_reserved; j++)
			if (machine->memory[i].flags & MMI_MEM_HOTPLUG &&
			    machine->memory[i].start_pfn < machine->reserved[j].end_pfn &&
			    machine->reserved[j].start_pfn < machine->memory[i].end_pfn)
				return mmi_error_set(err, -EILSEQ, "there is one");
	return 0;
}

static void test_a_machine_that_fails_is_made_as_small_as_it_gets(void **state)
{
	unsigned nr_failing = 0;
	struct random_machine m;
	struct mmi_error err;

	for (uint64_t seed = 1; seed <= 50; seed++) {
		make_machine_of_seed(&m, seed);
		if (!try_spec(&m.spec, has_no_reserved_page_in_hotpluggable_memory, *state, seed,
			      &err))
			continue;
		shrink(&m, has_no_reserved_page_in_hotpluggable_memory, *state, seed);
		assert_int_equal(m.spec.nr_memory, 1);
		assert_int_equal(m.spec.nr_reserved, 1);
		nr_failing++;
	}
	assert_true(nr_failing > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_seed_makes_the_same_machine_on_every_processor),
	    serial_test(test_a_machine_that_fails_is_made_as_small_as_it_gets),
	    serial_test(test_ten_thousand_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
