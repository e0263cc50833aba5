/* SPDX-License-Identifier: MIT */
/*
 * Random changes: one bit of one word of a struct page, a pageblock, a free list or a counter, at
 * any moment of a run; and the share of them that is seen.
 *
 * What follows a changed link may end the process: each run is a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify/fault_parts.h"
#include "verify/program.h"
#include "verify/search.h"

#define MAX_SECONDS 20 /* a run that takes so long is taken for one without end */

enum { CHILD_GOOD, CHILD_BROKEN, CHILD_FAILED };

static void flip(uint64_t *word, uint64_t random)
{
	*word ^= 1ull << random % 64;
}

/* A struct page, or the pageblocks, of a section that is present. */
static void change_section(const struct mmi_mem *mem, bool pageblocks, uint64_t *random)
{
	const struct mmi_memmap *map = &mem->map;
	const uint64_t nr_pages = mmi_section_pages(&map->geometry);
	const uint64_t drawn = mmi_random_next(random) % map->nr_sections;
	uint64_t pfn = mmi_memmap_next_present(map, map->start_pfn + drawn * nr_pages);

	if (pfn == map->end_pfn)
		pfn = mmi_memmap_next_present(map, map->start_pfn);
	pfn += mmi_random_next(random) % nr_pages;
	uint64_t *words = (uint64_t *)mmi_pfn_page(map, pfn);
	const uint64_t nr_blocks = nr_pages >> map->geometry.pageblock_order;
	if (pageblocks)
		mmi_pfn_section(map, pfn)->pageblock_bits[0] ^=
		    1ull << mmi_random_next(random) % (4 * (nr_blocks < 16 ? nr_blocks : 16));
	else if (mmi_pfn_valid(map, pfn))
		flip(&words[mmi_random_next(random) % 8], mmi_random_next(random));
}

/* A counter, or a word of the free lists and their counters, of a zone that has memory. */
static void change_zone(const struct mmi_mem *mem, bool counter, uint64_t *random)
{
	const size_t nr_zones = mem->nr_nodes * MMI_NR_ZONES;
	size_t i = mmi_random_next(random) % nr_zones;

	while (!mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES].nr_present_pages)
		i = (i + 1) % nr_zones;
	struct mmi_zone *zone = &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
	uint64_t *counters[] = {&zone->nr_present_pages, &zone->nr_managed_pages,
				&zone->nr_free_pages, &zone->nr_missing_pages};
	uint64_t *areas = (uint64_t *)zone->areas;
	flip(counter ? counters[mmi_random_next(random) % 4]
		     : &areas[mmi_random_next(random) % (sizeof(zone->areas) / 8)],
	     mmi_random_next(random));
}

uint64_t mmi_leave_random(struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	uint64_t random = fault->number;

	(void)where;
	(void)word;
	if (!fault->is_armed || !fault->system->run.claims || fault->nr_moments++ != fault->moment)
		return 0;
	const uint64_t kind = mmi_random_next(&random) % 6;
	if (kind < 4)
		change_section(&fault->system->mem, kind == 3, &random);
	else
		change_zone(&fault->system->mem, kind == 5, &random);
	return 0;
}

static unsigned choose_fallback(void *user, const struct mmi_sched_choice *choice)
{
	(void)user;
	return choice->fallback;
}

/* One run with @fault; what it ends with. */
static int run_once(struct mmi_sched *sched, const struct mmi_machine *machine,
		    const struct mmi_program *program, struct mmi_fault *fault)
{
	struct mmi_program_run run = {
	    .sched = sched, .machine = machine, .program = *program, .fault = fault};

	fault->nr_moments = 0;
	if (mmi_program_run(&run, choose_fallback, NULL))
		return CHILD_FAILED;
	return run.is_broken ? CHILD_BROKEN : CHILD_GOOD;
}

/* In a process that says nothing and ends; its parent counts how. */
static int fork_and_run(struct mmi_sched *sched, const struct mmi_machine *machine,
			const struct mmi_program *program, struct mmi_fault *fault)
{
	int status = 0;
	const pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child) {
		const int null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		alarm(MAX_SECONDS);
		_exit(run_once(sched, machine, program, fault));
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int try_changes(struct mmi_sched *sched, const struct mmi_machine *machine,
		       const struct mmi_program *program, struct mmi_fault *fault, uint64_t seed,
		       uint64_t nr_changes, struct mmi_change_result *result)
{
	fault->moment = UINT64_MAX;
	if (run_once(sched, machine, program, fault) != CHILD_GOOD)
		return -EIO;
	const uint64_t nr_moments = fault->nr_moments;
	for (uint64_t i = 0; i < nr_changes; i++) {
		uint64_t random = seed * 0x2545f4914f6cdd1du + i;
		fault->number = mmi_random_next(&random);
		fault->moment = mmi_random_next(&random) % nr_moments;
		const int status = fork_and_run(sched, machine, program, fault);
		if (status < 0)
			return status;
		result->nr_changes++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_BROKEN)
			result->nr_caught++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_GOOD)
			result->nr_unseen++;
		else
			result->nr_ended++;
	}
	return 0;
}

int mmi_explore_changes(const struct mmi_machine *machine, const struct mmi_program *program,
			uint64_t seed, uint64_t nr_changes, struct mmi_change_result *result,
			struct mmi_error *err)
{
	struct mmi_sched *sched = calloc(1, sizeof(*sched));
	struct mmi_fault fault;
	int ret;

	*result = (struct mmi_change_result){0};
	if (!sched)
		return mmi_error_set(err, -ENOMEM, "no memory for a scheduler");
	ret = mmi_fault_parse("random", &fault, err);
	if (!ret)
		ret = mmi_sched_init(sched, err);
	if (!ret) {
		ret = try_changes(sched, machine, program, &fault, seed, nr_changes, result);
		if (ret)
			mmi_error_set(err, ret, "the run that is to be changed cannot be made");
		mmi_sched_deinit(sched);
	}
	free(sched);
	return ret;
}
