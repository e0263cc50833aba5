/* SPDX-License-Identifier: MIT */
/* A run over a plan: every unit once, one splice a chunk, whatever the team and the order of work. */
#include "machine_fixture.h"

#include <errno.h>

/* 12 GiB on two nodes, with a section that both share and a reservation in every node. */
static const struct mmi_spec_range memory[] = {{0x1000, 0x9f000, 0, 0, 0},
					       {0x100000, 0xbffe0000, 0, 0, 0},
					       {4 * GIB, 7 * GIB + 36 * MIB, 0, 0, 0},
					       {7 * GIB + 36 * MIB, 12 * GIB, 1, 0, 0}};
static const struct mmi_spec_range reserved[] = {{0, MIB, -1, 0, 0},
						 {5 * GIB + 3, 5 * GIB + 9000, -1, 0, 0},
						 {9 * GIB, 9 * GIB + 5 * MIB, -1, 0, 0}};

static struct mmi_machine *two_nodes(struct mmi_platform *platform)
{
	static const int cpus[] = {0, 0, 0, 1, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	return make_machine(platform, &spec);
}

/* 12 GiB less the PCI gap and the PC's holes; free is less what is reserved. */
static uint64_t expected_free_pages(void)
{
	const uint64_t nr_present = 0x9e + (0xbffe0 - 0x100) + (8 * GIB >> 12);

	return nr_present - 0x9e - 3 - 1280;
}

static struct mmi_system *boot(struct mmi_machine *machine,
			       const struct mmi_system_options *options)
{
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, options, &system, &err) || mmi_system_boot(system, &err))
		fail_msg("boot: %s", err.text);
	return system;
}

static void assert_booted(struct mmi_system *system)
{
	struct mmi_mem *mem = &system->mem;
	struct mmi_error err = {0};
	uint64_t nr_free_pages = 0;

	for (uint64_t i = 0; i < mem->map.nr_sections; i++)
		assert_true(mem->map.sections[i].state == MMI_SECTION_READY ||
			    mem->map.sections[i].state == MMI_SECTION_ABSENT);
	for (size_t i = 0; i < mem->nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			if (mmi_zone_check(&mem->nodes[i].zones[z], &err))
				fail_msg("%s", err.text);
			nr_free_pages += mem->nodes[i].zones[z].nr_free_pages;
		}
	}
	assert_int_equal(nr_free_pages, expected_free_pages());
}

static void assert_counts(const struct mmi_system *system)
{
	const struct mmi_deferred_run *run = &system->run;
	uint64_t nr_chunks = 0, nr_units = 0, nr_planned_units = 0;

	for (unsigned i = 0; i < run->nr_workers; i++) {
		nr_chunks += run->workers[i].nr_chunks;
		nr_units += run->workers[i].nr_units;
	}
	for (size_t i = 0; i < system->plan.nr_groups; i++)
		nr_planned_units += system->plan.groups[i].nr_units;
	assert_int_equal(nr_chunks, system->plan.nr_chunks);
	assert_int_equal(nr_units, nr_planned_units);
}

static void test_every_order_of_work_and_chunk_size_frees_the_same(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);

	for (int batch = MMI_BATCH_BLOCK; batch <= MMI_BATCH_CHUNK; batch++) {
		for (uint64_t sections = 0; sections <= 5; sections++) {
			const struct mmi_system_options options = {
			    .plan.rule = sections ? MMI_CHUNK_FIXED : MMI_CHUNK_LINUX,
			    .plan.chunk_pages = sections * 0x8000,
			    .plan.nr_threads = 1 + sections % 3,
			    .run.batch = batch,
			};
			struct mmi_system *system = boot(machine, &options);
			assert_booted(system);
			assert_counts(system);
			mmi_system_destroy(system);
		}
	}
	mmi_machine_destroy(machine);
}

/* The shared section holds two zones: one splice more than there are chunks. */
static void test_blocks_are_joined_to_the_zone_once_a_chunk(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_system_options options = {.plan.rule = MMI_CHUNK_FIXED,
						   .plan.chunk_pages = 3 * 0x8000};
	struct mmi_system *system = boot(machine, &options);
	uint64_t nr_splices = 0;

	for (unsigned i = 0; i < system->run.nr_workers; i++)
		nr_splices += system->run.workers[i].nr_splices;
	assert_int_equal(nr_splices, system->plan.nr_chunks + 1);
	/* The zones have counted the same, and those of the early part. */
	nr_splices += system->run.early.nr_splices;
	for (size_t i = 0; i < system->mem.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_splices -= system->mem.nodes[i].zones[z].nr_splices;
	assert_int_equal(nr_splices, 0);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_a_system_boots_once(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = boot(machine, &options);
	struct mmi_error err = {0};

	assert_int_equal(mmi_system_boot(system, &err), -EBUSY);
	assert_booted(system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* What is said of a boot's length lies within what the caller's own clock says. */
static void test_a_boot_is_no_longer_than_it_took(void **state)
{
	const struct mmi_platform *platform = *state;
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_system_options options = {0};
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	struct mmi_system *system = boot(machine, &options);
	const uint64_t elapsed_ns = platform->ops->clock_ns(platform->ctx) - start_ns;

	assert_in_range(system->run.deferred_ns, 1, elapsed_ns);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_chunks_are_recorded_on_request(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_system_options options = {.run.record_chunks = true};
	struct mmi_system *system = boot(machine, &options);
	const struct mmi_deferred_run *run = &system->run;

	assert_int_equal(run->nr_records, system->plan.nr_chunks);
	for (uint64_t i = 0; i < run->nr_records; i++) {
		assert_true(run->records[i].start_pfn < run->records[i].end_pfn);
		assert_true(run->records[i].start_ns <= run->records[i].end_ns);
	}
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A platform that gives one thread fewer than asked, as an OpenMP runtime may. */
static unsigned fewer_threads(void *ctx, unsigned nr_threads, const int *nids,
			      void (*work)(void *, unsigned), void *arg)
{
	(void)ctx;
	(void)nids;
	for (unsigned i = 0; i + 1 < nr_threads; i++)
		work(arg, i);
	return nr_threads - 1;
}

static void test_a_team_that_is_too_small_leaves_nothing_undone(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform small = {&ops, serial->ctx};

	ops.run_team = fewer_threads;
	struct mmi_machine *machine = two_nodes(&small);
	const struct mmi_system_options options = {.plan.nr_threads = 1};
	struct mmi_system *system = boot(machine, &options);
	assert_int_equal(system->run.nr_workers, 2);
	assert_int_equal(system->run.nr_started, 1);
	assert_booted(system);
	assert_counts(system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A platform whose n-th allocation fails: everything is given back, whatever n is. */
struct failing {
	const struct mmi_platform *serial;
	unsigned nr_left;
	int nr_open;
};

/* When there is none left there is none for the next either. */
static bool may_have_more(struct failing *f)
{
	if (!f->nr_left)
		return false;
	f->nr_left--;
	return true;
}

static void *failing_alloc(void *ctx, size_t size_bytes)
{
	struct failing *f = ctx;

	if (!may_have_more(f))
		return NULL;
	f->nr_open++;
	return f->serial->ops->alloc(f->serial->ctx, size_bytes);
}

static void failing_free(void *ctx, void *block, size_t size_bytes)
{
	struct failing *f = ctx;

	f->nr_open -= block != NULL;
	f->serial->ops->free(f->serial->ctx, block, size_bytes);
}

static void *failing_reserve(void *ctx, size_t size_bytes, size_t align)
{
	struct failing *f = ctx;

	if (!may_have_more(f))
		return NULL;
	f->nr_open++;
	return f->serial->ops->reserve(f->serial->ctx, size_bytes, align);
}

static int failing_commit(void *ctx, void *start, size_t size_bytes,
			  const struct mmi_backing *backing)
{
	struct failing *f = ctx;

	if (!may_have_more(f))
		return -ENOMEM;
	return f->serial->ops->commit(f->serial->ctx, start, size_bytes, backing);
}

static void failing_release(void *ctx, void *start, size_t size_bytes)
{
	struct failing *f = ctx;

	f->nr_open--;
	f->serial->ops->release(f->serial->ctx, start, size_bytes);
}

static unsigned serial_team(void *ctx, unsigned nr_threads, const int *nids,
			    void (*work)(void *, unsigned), void *arg)
{
	(void)ctx;
	(void)nids;
	for (unsigned i = 0; i < nr_threads; i++)
		work(arg, i);
	return nr_threads;
}

static void no_lock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	(void)lock;
}

static void no_wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	(void)word;
}

static unsigned first_thread(void *ctx)
{
	(void)ctx;
	return 0;
}

static uint64_t no_clock(void *ctx)
{
	(void)ctx;
	return 1;
}

static void no_yield(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	(void)ctx;
	(void)where;
	(void)pfn;
}

/* True when boot succeeded with @nr_allowed allocations; nothing may be left open either way. */
static bool boots_with(const struct mmi_platform *serial, unsigned nr_allowed)
{
	const struct mmi_platform_ops ops = {
	    .alloc = failing_alloc,
	    .free = failing_free,
	    .reserve = failing_reserve,
	    .commit = failing_commit,
	    .release = failing_release,
	    .run_team = serial_team,
	    .thread_self = first_thread,
	    .lock = no_lock,
	    .unlock = no_lock,
	    .wake = no_wake,
	    .clock_ns = no_clock,
	    .yield_point = no_yield,
	};
	const struct mmi_spec_range small[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	struct failing f = {.serial = serial, .nr_left = nr_allowed};
	const struct mmi_platform platform = {&ops, &f};
	struct mmi_machine_spec spec = x86_spec(small, 1);
	const struct mmi_system_options options = {.run.record_chunks = true};
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	int ret = mmi_machine_create(&platform, &spec, &machine, &err);
	if (!ret)
		ret = mmi_system_create(machine, &options, &system, &err);
	if (!ret)
		ret = mmi_system_boot(system, &err);
	if (ret) {
		assert_int_equal(ret, -ENOMEM);
		assert_int_not_equal(err.text[0], 0);
	}
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	assert_int_equal(f.nr_open, 0);
	return !ret;
}

static void test_running_out_of_memory_anywhere_leaves_nothing_behind(void **state)
{
	unsigned nr_allowed = 0;

	while (!boots_with(*state, nr_allowed))
		nr_allowed++;
	assert_in_range(nr_allowed, 15, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_every_order_of_work_and_chunk_size_frees_the_same),
	    serial_test(test_blocks_are_joined_to_the_zone_once_a_chunk),
	    serial_test(test_a_system_boots_once),
	    serial_test(test_a_boot_is_no_longer_than_it_took),
	    serial_test(test_chunks_are_recorded_on_request),
	    serial_test(test_a_team_that_is_too_small_leaves_nothing_undone),
	    serial_test(test_running_out_of_memory_anywhere_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
