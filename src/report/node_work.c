/* SPDX-License-Identifier: MIT */
/* Adds up what the workers of a node did. */
#include "report/node_work.h"

static void add_worker(struct mmi_node_work *work, const struct mmi_worker_stats *worker,
		       uint64_t *first_ns, uint64_t *last_ns)
{
	if (work->first_thread < 0)
		work->first_thread = (int)worker->thread;
	work->nr_threads++;
	work->nr_chunks += worker->nr_chunks - worker->nr_stolen_chunks;
	work->nr_init_pages += worker->nr_init_pages;
	if (!worker->nr_chunks)
		return;
	if (!*first_ns || worker->start_ns < *first_ns)
		*first_ns = worker->start_ns;
	if (worker->end_ns > *last_ns)
		*last_ns = worker->end_ns;
}

struct mmi_node_work mmi_node_work_of(const struct mmi_system *system, int nid)
{
	const struct mmi_deferred_run *run = &system->run;
	struct mmi_node_work work = {.server_nid = -1, .first_thread = -1};
	uint64_t first_ns = 0, last_ns = 0;

	for (size_t i = 0; i < system->plan.nr_groups; i++)
		if (system->plan.groups[i].nid == nid)
			work.server_nid = system->plan.groups[i].server_nid;
	for (unsigned i = 0; i < run->nr_workers; i++)
		if (run->workers[i].nid == nid)
			add_worker(&work, &run->workers[i], &first_ns, &last_ns);
	work.init_ns = last_ns - first_ns;
	for (uint64_t i = 0; run->records && i < run->nr_records; i++)
		work.nr_stolen +=
		    run->records[i].nid == nid && run->workers[run->records[i].thread].nid != nid;
	work.nr_chunks += work.nr_stolen;
	return work;
}

uint64_t mmi_run_init_pages(const struct mmi_deferred_run *run)
{
	uint64_t nr_pages = run->early.nr_init_pages;

	for (unsigned i = 0; i < run->nr_workers; i++)
		nr_pages += run->workers[i].nr_init_pages;
	return nr_pages;
}

double mmi_bandwidth_best_ns(const struct mmi_report_bandwidth *bandwidth)
{
	return bandwidth->memset_ns < bandwidth->loop_ns ? bandwidth->memset_ns
							 : bandwidth->loop_ns;
}

double mmi_ns_per_page(uint64_t elapsed_ns, uint64_t nr_pages)
{
	return nr_pages ? (double)elapsed_ns / (double)nr_pages : 0;
}

double mmi_gb_per_second(uint64_t elapsed_ns, uint64_t nr_pages)
{
	/* Bytes a nanosecond are 10^9 bytes a second. */
	return elapsed_ns ? (double)nr_pages * MMI_PAGE_BYTES / (double)elapsed_ns : 0;
}
