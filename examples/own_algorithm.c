/* SPDX-License-Identifier: MIT */
/*
 * An algorithm of one's own, judged like the built-in one: struct pages of a whole chunk, then its
 * frees.  Linked with mminit_checked it is judged while it runs, too.
 *
 * prints: a chunk at a time: 4194304 pages initialised, every invariant holds
 */
#include <stdio.h>
#include <mminit/mminit.h>
#include <mminit/platform_native.h>

static void chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_worker_begin_sections(worker, start_pfn, end_pfn);
	mmi_worker_init_pages(worker, start_pfn, end_pfn);
	mmi_worker_free_pages(worker, start_pfn, end_pfn);
	mmi_worker_end_sections(worker, start_pfn, end_pfn);
}

static const struct mmi_deferred_ops algorithm = {.name = "a chunk at a time", .chunk = chunk};

static uint64_t count_pages(const struct mmi_deferred_run *run)
{
	uint64_t nr_pages = run->early.nr_init_pages;

	for (unsigned i = 0; i < run->nr_workers; i++)
		nr_pages += run->workers[i].nr_init_pages;
	return nr_pages;
}

int main(void)
{
	struct mmi_platform *platform = NULL;
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;
	struct mmi_system_options options = {.run.ops = &algorithm, .plan.nr_threads = 2};
	struct mmi_verdict verdict;
	struct mmi_error err = {0};

	if (!mmi_platform_native_create(NULL, &platform, &err) &&
	    !mmi_input_shape(platform, "4n:4G", 5, NULL, &machine, NULL, &err) &&
	    !mmi_system_create(machine, &options, &system, &err) &&
	    !mmi_system_boot(system, &err) && !mmi_verify_system(system, &verdict, &err))
		printf("%s: %llu pages initialised, %s\n", algorithm.name,
		       (unsigned long long)count_pages(&system->run),
		       mmi_verdict_is_good(&verdict) ? "every invariant holds" : "it is wrong");
	else
		fprintf(stderr, "%s\n", err.text);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	mmi_platform_native_destroy(platform);
	return err.code ? 1 : 0;
}
