/* SPDX-License-Identifier: MIT */
/* Our allocator on a booted machine: pairs, everything, random frees, and the machine's own misses. */
#include "pages.h"

#include <stdio.h>

#include "bench_machine.h"
#include "mminit/platform_native.h"
#include "patterns.h"

#define MACHINE_BYTES (16 * BENCH_GIB)
#define NR_PAIRS      200000

static bool boot(struct pages_bed *bed, struct mmi_error *err)
{
	const struct mmi_system_options options = {.memmap.populate = true};

	if (mmi_system_create(bed->machine, &options, &bed->system, err) ||
	    mmi_system_boot(bed->system, err))
		return false;
	bed->alloc = mmi_system_alloc(bed->system, err);
	for (unsigned i = 0; bed->alloc && i < PAGES_MAX_THREADS; i++)
		if (mmi_cpu_create(bed->alloc, 0, &bed->cpus[i], err))
			return false;
	return bed->alloc;
}

bool pages_bed_init(struct pages_bed *bed)
{
	struct mmi_error err = {0};

	*bed = (struct pages_bed){0};
	if (mmi_platform_native_create(NULL, &bed->platform, &err)) {
		fprintf(stderr, "allocator: %s\n", err.text);
		return false;
	}
	bed->machine = bench_machine_create(bed->platform, MACHINE_BYTES, 0);
	if (!bed->machine)
		return false;
	bed->nr_held = bed->machine->nr_present_pages;
	bed->held = calloc(bed->nr_held, sizeof(*bed->held));
	if (bed->held && boot(bed, &err))
		return true;
	fprintf(stderr, "allocator: %s\n", bed->held ? err.text : "no memory");
	return false;
}

void pages_bed_deinit(struct pages_bed *bed)
{
	for (unsigned i = 0; i < PAGES_MAX_THREADS; i++)
		mmi_cpu_destroy(bed->cpus[i]);
	mmi_system_destroy(bed->system);
	free(bed->held);
	mmi_machine_destroy(bed->machine);
	mmi_platform_native_destroy(bed->platform);
}

static void *take(void *cpu)
{
	return mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
}

static void give(void *cpu, void *page)
{
	mmi_free_pages(cpu, page, 0);
}

static bool take_many(void *cpu, void **pages, unsigned nr)
{
	return mmi_alloc_pages_bulk(cpu, MMI_GFP_MOVABLE, -1, NULL, (int)nr,
				    (struct mmi_page **)pages) == (int)nr;
}

static void give_many(void *cpu, void **pages, unsigned nr)
{
	mmi_free_pages_bulk(cpu, (struct mmi_page **)pages, (int)nr);
}

/* Allocated: refcount 1; free: 0. */
static bool keeps_state(struct mmi_cpu *cpu, unsigned order)
{
	for (int i = 0; i < 1000; i++) {
		struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, order, -1, NULL);
		if (!page || page->refcount != 1)
			return false;
		mmi_free_pages(cpu, page, order);
		if (page->refcount != 0)
			return false;
	}
	return true;
}

bool pages_check(struct pages_bed *bed)
{
	struct mmi_error err = {0};

	if (keeps_state(bed->cpus[0], 0) && !mmi_alloc_check(bed->alloc, &err))
		return true;
	fprintf(stderr, "allocator: not verified: %s\n", err.text);
	return false;
}

static uint64_t checked(struct pages_bed *bed, uint64_t elapsed_ns)
{
	return elapsed_ns && pages_check(bed) ? elapsed_ns : 0;
}

static uint64_t run_repeat(struct contender *contender, uint64_t nr)
{
	struct pages_bed *bed = contender->state;

	return checked(bed, pattern_repeat(bed->cpus[0], nr, take, give));
}

static uint64_t run_bulk(struct contender *contender, uint64_t nr)
{
	struct pages_bed *bed = contender->state;

	return checked(bed, pattern_bulk(bed->cpus[0], nr, take_many, give_many));
}

static uint64_t run_random(struct contender *contender, uint64_t nr)
{
	struct pages_bed *bed = contender->state;

	return checked(bed, pattern_random(bed->cpus[0], nr, (void **)bed->held, CONTENDER_NR_HELD,
					   take, give));
}

static bool is_open(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	(void)why;
	return contender->state;
}

static void stays_open(struct contender *contender)
{
	(void)contender;
}

struct contender contender_ours(struct pages_bed *bed)
{
	return (struct contender){
	    .name = "mminit",
	    .open = is_open,
	    .close = stays_open,
	    .run = {run_repeat, run_bulk, run_random},
	    .state = bed,
	};
}

/* What every thread of a team does, and how long it took. */
struct team {
	struct pages_bed *bed;
	unsigned order;
	unsigned nr_threads;
	bool bare; /* not through the allocator */
	uint64_t elapsed_ns[PAGES_MAX_THREADS];
	unsigned nr_arrived; /* atomic: they begin together */
};

static void wait_for_all(struct team *team)
{
	__atomic_fetch_add(&team->nr_arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&team->nr_arrived, __ATOMIC_ACQUIRE) < team->nr_threads)
		;
}

static void pair_thread(void *arg, unsigned thread)
{
	struct team *team = arg;
	struct mmi_cpu *cpu = team->bed->cpus[thread];

	wait_for_all(team);
	const uint64_t start_ns = mmi_host_clock_ns(NULL);
	for (int i = 0; i < NR_PAIRS; i++) {
		struct mmi_page *page =
		    mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, team->order, -1, NULL);
		if (!page)
			return;
		mmi_free_pages(cpu, page, team->order);
	}
	team->elapsed_ns[thread] = mmi_host_clock_ns(NULL) - start_ns;
}

/*
 * What a thread takes in the mean; 0: one failed.  The slowest of two would take longer than one by
 * chance alone.
 */
static uint64_t run_team(struct team *team, void (*work)(void *arg, unsigned thread))
{
	const struct mmi_platform *platform = team->bed->platform;
	const int nids[PAGES_MAX_THREADS] = {0};
	uint64_t sum_ns = 0;

	if (platform->ops->run_team(platform->ctx, team->nr_threads, nids, work, team) !=
	    team->nr_threads)
		return 0;
	for (unsigned i = 0; i < team->nr_threads; i++) {
		if (!team->elapsed_ns[i])
			return 0;
		sum_ns += team->elapsed_ns[i];
	}
	return sum_ns / team->nr_threads;
}

double pages_pair_ns(struct pages_bed *bed, unsigned order, unsigned nr_threads)
{
	struct team team = {.bed = bed, .order = order, .nr_threads = nr_threads};
	const uint64_t elapsed_ns =
	    keeps_state(bed->cpus[0], order) ? run_team(&team, pair_thread) : 0;

	return checked(bed, elapsed_ns) ? (double)elapsed_ns / NR_PAIRS : -1;
}

static size_t take_and_give_all(struct mmi_cpu *cpu, struct mmi_page **held, size_t room)
{
	size_t nr = 0;

	while (nr < room && (held[nr] = take(cpu)) != NULL)
		nr++;
	for (size_t i = 0; i < nr; i++)
		give(cpu, held[i]);
	return nr;
}

static void all_thread(void *arg, unsigned thread)
{
	struct team *team = arg;
	const size_t room = team->bed->nr_held / team->nr_threads;
	struct mmi_page **held = team->bed->held + thread * room;

	wait_for_all(team);
	const uint64_t start_ns = mmi_host_clock_ns(NULL);
	const size_t nr = team->bare ? bare_all(team->bed, thread * room, held, room)
				     : take_and_give_all(team->bed->cpus[thread], held, room);
	const uint64_t elapsed_ns = mmi_host_clock_ns(NULL) - start_ns;
	/* What the watermarks keep back, and the other thread's lists, are all that may be left. */
	if (nr > room - room / 50)
		team->elapsed_ns[thread] = elapsed_ns * room / nr;
}

double pages_all_ns(struct pages_bed *bed, unsigned nr_threads, bool bare)
{
	struct team team = {.bed = bed, .nr_threads = nr_threads, .bare = bare};
	const uint64_t elapsed_ns = checked(bed, run_team(&team, all_thread));
	const size_t nr_pages = bed->nr_held / nr_threads;

	return elapsed_ns ? (double)elapsed_ns / (double)nr_pages : -1;
}
