/* SPDX-License-Identifier: MIT */
/*
 * A platform whose teams are plain threads, made for each team and ended with it: what an embedder
 * without OpenMP brings, and what race detectors see through.  All else is the native platform's.
 */
#ifndef TESTS_STRESS_THREAD_PLATFORM_H
#define TESTS_STRESS_THREAD_PLATFORM_H

#include <pthread.h>
#include <stdlib.h>

#include "mminit/platform_native.h"

struct thread_platform {
	struct mmi_platform platform; /* first; its ctx is the native one's */
	struct mmi_platform_ops ops;
	struct mmi_platform *native;
};

struct thread_member {
	pthread_t id;
	unsigned number;
	void (*work)(void *arg, unsigned thread);
	void *arg;
};

static _Thread_local unsigned thread_platform_number;

static unsigned thread_platform_self(void *ctx)
{
	(void)ctx;
	return thread_platform_number;
}

static void *thread_platform_member(void *arg)
{
	const struct thread_member *member = arg;

	thread_platform_number = member->number;
	member->work(member->arg, member->number);
	return NULL;
}

static unsigned thread_platform_run_team(void *ctx, unsigned nr_threads, const int *nids,
					 void (*work)(void *arg, unsigned thread), void *arg)
{
	struct thread_member *members = calloc(nr_threads, sizeof(*members));
	unsigned nr_started = 0;

	(void)ctx;
	(void)nids;
	while (members && nr_started < nr_threads) {
		struct thread_member *member = &members[nr_started];
		*member = (struct thread_member){.number = nr_started, .work = work, .arg = arg};
		if (pthread_create(&member->id, NULL, thread_platform_member, member))
			break;
		nr_started++;
	}
	for (unsigned i = 0; i < nr_started; i++)
		pthread_join(members[i].id, NULL);
	free(members);
	return nr_started;
}

static inline int thread_platform_create(struct mmi_platform **platform)
{
	struct thread_platform *threads = calloc(1, sizeof(*threads));

	if (!threads || mmi_platform_native_create(NULL, &threads->native, NULL)) {
		free(threads);
		return -1;
	}
	threads->ops = *threads->native->ops;
	threads->ops.run_team = thread_platform_run_team;
	threads->ops.thread_self = thread_platform_self;
	threads->platform = (struct mmi_platform){&threads->ops, threads->native->ctx};
	*platform = &threads->platform;
	return 0;
}

static inline void thread_platform_destroy(struct mmi_platform *platform)
{
	struct thread_platform *threads = (struct thread_platform *)platform;

	mmi_platform_native_destroy(threads->native);
	free(threads);
}

#endif
