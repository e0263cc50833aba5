/* SPDX-License-Identifier: MIT */
/*
 * The platform of the example: threads, locks and waiting made of bare CPUs.
 *
 * All other CPUs are started once and look into their mailbox for work.  A team is: a mailbox
 * filled on each of its CPUs, this CPU's own share, then waiting until every mailbox is empty again.
 */
#include <stdatomic.h>

#include "bare.h"

typedef void team_work(void *arg, unsigned thread);

struct mailbox {
	_Alignas(64) _Atomic(team_work *) work; /* NULL: empty, the CPU is idle */
	void *arg;
};

static struct mailbox mailboxes[BARE_NR_CPUS];
static unsigned nr_cpus = 1; /* that run */

static void enter_cpu(unsigned cpu)
{
	struct mailbox *mailbox = &mailboxes[cpu];

	for (;;) {
		team_work *work = atomic_load_explicit(&mailbox->work, memory_order_acquire);
		if (!work) {
			bare_cpu_relax();
			continue;
		}
		work(mailbox->arg, cpu);
		atomic_store_explicit(&mailbox->work, NULL, memory_order_release);
	}
}

void bare_platform_start(void)
{
	while (nr_cpus < BARE_NR_CPUS && bare_cpu_start(nr_cpus, enter_cpu))
		nr_cpus++;
}

/* Thread i of a team is CPU i; this machine has one node, so nothing is to be bound. */
static unsigned run_team(void *ctx, unsigned nr_threads, const int *nids, team_work *work,
			 void *arg)
{
	(void)ctx;
	(void)nids;
	if (nr_threads > nr_cpus)
		nr_threads = nr_cpus; /* the caller sees to the work of the others */
	for (unsigned cpu = 1; cpu < nr_threads; cpu++) {
		mailboxes[cpu].arg = arg;
		atomic_store_explicit(&mailboxes[cpu].work, work, memory_order_release);
	}
	if (nr_threads > 0)
		work(arg, 0);
	for (unsigned cpu = 1; cpu < nr_threads; cpu++)
		while (atomic_load_explicit(&mailboxes[cpu].work, memory_order_acquire))
			bare_cpu_relax();
	return nr_threads;
}

static unsigned thread_self(void *ctx)
{
	(void)ctx;
	return bare_cpu_self();
}

/* A spin lock: the word is 1 while it is held. */
void bare_lock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE))
		bare_cpu_relax();
}

void bare_unlock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

static void wait_on(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		bare_cpu_relax();
}

/* Who waits looks at the word all the time. */
static void wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	(void)word;
}

static void process_barrier(void *ctx)
{
	(void)ctx;
	bare_cpu_barrier_all();
}

static uint64_t clock_ns(void *ctx)
{
	(void)ctx;
	return bare_clock_ns();
}

static void yield_point(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	(void)ctx;
	(void)where;
	(void)pfn;
}

static void relax(void *ctx)
{
	(void)ctx;
	bare_cpu_relax();
}

static const struct mmi_platform_ops bare_ops = {
    .alloc = bare_alloc,
    .free = bare_free,
    .reserve = bare_reserve,
    .commit = bare_commit,
    .release = bare_release,
    .run_team = run_team,
    .thread_self = thread_self,
    .lock = bare_lock,
    .unlock = bare_unlock,
    .wait = wait_on,
    .wake = wake,
    .process_barrier = process_barrier,
    .clock_ns = clock_ns,
    .yield_point = yield_point,
    .relax = relax,
};

const struct mmi_platform bare_platform = {.ops = &bare_ops};
