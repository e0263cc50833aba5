/* SPDX-License-Identifier: MIT */
/*
 * Teams of threads, by OpenMP.
 *
 * OpenMP keeps its threads for the next team, which may be the host program's own: a thread gets
 * the CPUs back that it had before.
 */
#include "platform/team_openmp.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>

static _Thread_local unsigned team_thread;
static _Thread_local struct mmi_thread_stay *team_stay; /* NULL outside of a team */

unsigned mmi_team_self(void)
{
	return team_thread;
}

void mmi_team_log_deinit(struct mmi_team_log *log)
{
	free(log->bindings);
}

static bool make_room(struct mmi_team_log *log, unsigned nr_threads)
{
	struct mmi_native_binding *bindings;

	log->nr_threads = 0;
	if (nr_threads <= log->capacity)
		return true;
	bindings = reallocarray(log->bindings, nr_threads, sizeof(*bindings));
	if (!bindings)
		return false;
	log->bindings = bindings;
	log->capacity = nr_threads;
	return true;
}

static void run_member(const struct mmi_placement *placement, struct mmi_native_binding *binding,
		       unsigned thread, int nid, void (*work)(void *arg, unsigned thread),
		       void *arg)
{
	struct mmi_thread_stay stay;

	mmi_thread_stay_begin(&stay, placement, thread, nid, binding);
	team_thread = thread;
	team_stay = &stay;
	work(arg, thread);
	team_thread = 0;
	team_stay = NULL;
	mmi_thread_stay_end(&stay, placement, binding);
}

int mmi_team_on_node(const struct mmi_placement *placement, int nid)
{
	int cpu;

	/* Whoever works outside of a team, or in one without nodes, runs where he likes. */
	if (!team_stay)
		return -ENOSYS;
	cpu = mmi_thread_stay_look(team_stay);
	return team_stay->has_node ? mmi_placement_is_cpu_of(placement, cpu, nid) : -ENOSYS;
}

unsigned mmi_team_run(const struct mmi_placement *placement, struct mmi_team_log *log,
		      unsigned nr_threads, const int *nids,
		      void (*work)(void *arg, unsigned thread), void *arg)
{
	int was_dynamic = omp_get_dynamic();

	if (nr_threads == 0 || !make_room(log, nr_threads))
		return 0;
	/* Else the runtime would give fewer threads than there are CPUs whenever it likes. */
	omp_set_dynamic(0);
#pragma omp parallel num_threads(nr_threads)
	{
		unsigned thread = (unsigned)omp_get_thread_num();

		if (thread == 0)
			log->nr_threads = (unsigned)omp_get_num_threads();
		run_member(placement, &log->bindings[thread], thread, nids ? nids[thread] : -1,
			   work, arg);
	}
	omp_set_dynamic(was_dynamic);
	return log->nr_threads;
}
