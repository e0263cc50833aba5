/* SPDX-License-Identifier: MIT */
/* Runs logical threads one at a time, and asks its driver at every decision which is next. */
#include "verify/sched.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* Whose thread runs on this one; what the checked core calls by name asks here. */
static _Thread_local struct mmi_sched *running;

static struct mmi_sched_thread *self(struct mmi_sched *sched)
{
	return &sched->threads[sched->current];
}

void mmi_sched_fail(struct mmi_sched *sched, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	mmi_vformat(sched->err.text, sizeof(sched->err.text), format, args);
	va_end(args);
	sched->err.code = code;
	sched->failed = true;
	mmi_coroutine_switch(&self(sched)->coroutine, &sched->outside);
	__builtin_unreachable(); /* nobody switches back to a run that failed */
}

static uint32_t runnable_threads(const struct mmi_sched *sched)
{
	uint32_t runnable = 0;

	for (unsigned i = 0; i < sched->nr_threads; i++)
		if (sched->threads[i].state == MMI_SCHED_RUNNABLE)
			runnable |= 1u << i;
	return runnable;
}

/* What everybody waits for, when nobody is runnable. */
static _Noreturn void fail_deadlocked(struct mmi_sched *sched)
{
	char text[256];
	size_t length = 0;

	for (unsigned i = 0; i < sched->nr_threads; i++) {
		const struct mmi_sched_thread *t = &sched->threads[i];
		const char *what = t->state == MMI_SCHED_AWAITS_WORD ? "a wake" : NULL;
		if (t->state == MMI_SCHED_AWAITS_LOCK) {
			const struct mmi_lock *lock = t->awaited;
			what = mmi_lock_rank_name(lock->rank);
		}
		if (what)
			length += mmi_format(text + length, sizeof(text) - length,
					     "; thread %u waits for %s%s", i, what,
					     t->state == MMI_SCHED_AWAITS_LOCK ? " lock" : "");
	}
	mmi_sched_fail(sched, -EDEADLK, "deadlock: no thread can run%s", length ? text : "");
}

static void go_to(struct mmi_sched *sched, unsigned next)
{
	struct mmi_sched_thread *from = self(sched);

	if (next == sched->current)
		return;
	sched->current = next;
	sched->nr_switches++;
	mmi_coroutine_switch(&from->coroutine, &sched->threads[next].coroutine);
}

/* The lowest of @runnable above @current, or of all. */
static unsigned next_above(uint32_t runnable, unsigned current)
{
	const uint32_t above = runnable & ~((2u << current) - 1);

	return (unsigned)__builtin_ctz(above ? above : runnable);
}

/* Somebody runs next: the caller itself, if it is runnable and so decided. */
static void decide(struct mmi_sched *sched, enum mmi_yield where)
{
	const uint32_t runnable = runnable_threads(sched);
	struct mmi_sched_choice choice = {
	    .current = sched->current,
	    .threads = sched->threads,
	    .nr_threads = sched->nr_threads,
	    .where = where,
	    .nth = ++self(sched)->nr_points[where],
	    .runnable = runnable,
	};

	if (!runnable)
		fail_deadlocked(sched);
	choice.fallback =
	    runnable >> sched->current & 1 ? sched->current : next_above(runnable, sched->current);
	unsigned next = choice.fallback;
	if (runnable & (runnable - 1)) {
		choice.number = sched->nr_decisions++;
		next = sched->driver->choose(sched->driver->user, &choice);
	}
	go_to(sched, next);
}

static void yield(struct mmi_sched *sched, enum mmi_yield where)
{
	if (++sched->nr_yields > sched->max_yields)
		mmi_sched_fail(sched, -ELOOP, "no end after %llu yield points: an endless loop",
			       (unsigned long long)sched->max_yields);
	decide(sched, where);
}

void mmi_sched_yield(struct mmi_sched *sched)
{
	yield(sched, MMI_YIELD_ATOMIC);
}

void mmi_checked_yield(enum mmi_yield where, const void *word)
{
	struct mmi_sched *sched = running;

	if (!sched)
		return;
	const struct mmi_sched_driver *driver = sched->driver;
	const uint64_t kept = driver->leave ? driver->leave(driver->fault, where, word) : 0;
	yield(sched, where);
	if (driver->come_back)
		driver->come_back(driver->fault, where, word, kept);
}

static void block(struct mmi_sched *sched, enum mmi_sched_state state, const void *awaited)
{
	self(sched)->state = state;
	self(sched)->awaited = awaited;
	decide(sched, MMI_YIELD_STOP);
}

static void unblock_all(struct mmi_sched *sched, enum mmi_sched_state state, const void *awaited)
{
	for (unsigned i = 0; i < sched->nr_threads; i++)
		if (sched->threads[i].state == state && sched->threads[i].awaited == awaited)
			sched->threads[i].state = MMI_SCHED_RUNNABLE;
}

static void check_order(struct mmi_sched *sched, const struct mmi_lock *lock)
{
	const struct mmi_sched_thread *t = self(sched);

	for (unsigned i = 0; i < t->nr_held; i++)
		if (t->held[i] == lock || (lock->rank && t->held[i]->rank >= lock->rank))
			mmi_sched_fail(sched, -EPERM,
				       "thread %u takes a %s lock while it holds a %s lock",
				       sched->current, mmi_lock_rank_name(lock->rank),
				       mmi_lock_rank_name(t->held[i]->rank));
	if (t->nr_held == MMI_SCHED_MAX_HELD)
		mmi_sched_fail(sched, -EPERM, "thread %u holds %u locks", sched->current,
			       t->nr_held);
}

static void op_lock(void *ctx, struct mmi_lock *lock)
{
	struct mmi_sched *sched = ctx;

	yield(sched, MMI_YIELD_LOCK);
	check_order(sched, lock);
	while (lock->word)
		block(sched, MMI_SCHED_AWAITS_LOCK, lock);
	lock->word = 1;
	self(sched)->held[self(sched)->nr_held++] = lock;
}

static void op_unlock(void *ctx, struct mmi_lock *lock)
{
	struct mmi_sched *sched = ctx;
	struct mmi_sched_thread *t = self(sched);
	unsigned i = 0;

	yield(sched, MMI_YIELD_UNLOCK);
	while (i < t->nr_held && t->held[i] != lock)
		i++;
	if (i == t->nr_held)
		mmi_sched_fail(sched, -EPERM,
			       "thread %u gives back a %s lock that it does not hold",
			       sched->current, mmi_lock_rank_name(lock->rank));
	t->held[i] = t->held[--t->nr_held];
	lock->word = 0;
	unblock_all(sched, MMI_SCHED_AWAITS_LOCK, lock);
}

/* A thread may sleep with these locks: whoever it waits for takes none of them. */
static bool may_sleep_with(uint32_t rank)
{
	return rank == MMI_LOCK_HOTPLUG || rank == MMI_LOCK_ZONELISTS || rank == MMI_LOCK_PCP;
}

static void op_wait(void *ctx, const uint32_t *word, uint32_t value)
{
	struct mmi_sched *sched = ctx;
	const struct mmi_sched_thread *t = self(sched);

	yield(sched, MMI_YIELD_ATOMIC);
	for (unsigned i = 0; i < t->nr_held; i++)
		if (!may_sleep_with(t->held[i]->rank))
			mmi_sched_fail(sched, -EPERM, "thread %u sleeps while it holds a %s lock",
				       sched->current, mmi_lock_rank_name(t->held[i]->rank));
	if (*word == value)
		block(sched, MMI_SCHED_AWAITS_WORD, word);
}

static void op_wake(void *ctx, const uint32_t *word)
{
	struct mmi_sched *sched = ctx;

	yield(sched, MMI_YIELD_ATOMIC);
	unblock_all(sched, MMI_SCHED_AWAITS_WORD, word);
}

static void op_process_barrier(void *ctx)
{
	yield(ctx, MMI_YIELD_ATOMIC);
}

static uint64_t op_clock_ns(void *ctx)
{
	struct mmi_sched *sched = ctx;

	return ++sched->clock;
}

static void op_yield_point(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	(void)pfn;
	yield(ctx, where);
}

static unsigned op_thread_self(void *ctx)
{
	const struct mmi_sched *sched = ctx;

	return sched->current ? sched->current - 1 : 0;
}

static void run_member(void *arg)
{
	struct mmi_sched *sched = arg;
	const unsigned number = sched->current;

	sched->work(sched->arg, number - 1);
	if (self(sched)->nr_held)
		mmi_sched_fail(sched, -EPERM, "thread %u ends while it holds a %s lock", number,
			       mmi_lock_rank_name(self(sched)->held[0]->rank));
	self(sched)->state = MMI_SCHED_ENDED;
	for (unsigned i = 1; i < sched->nr_threads; i++)
		if (sched->threads[i].state != MMI_SCHED_ENDED) {
			decide(sched, MMI_YIELD_STOP);
			return; /* never: nobody goes on with who has ended */
		}
	sched->threads[0].state = MMI_SCHED_RUNNABLE;
	decide(sched, MMI_YIELD_STOP);
}

static unsigned op_run_team(void *ctx, unsigned nr_threads, const int *nids,
			    void (*work)(void *arg, unsigned thread), void *arg)
{
	struct mmi_sched *sched = ctx;

	(void)nids;
	if (nr_threads > MMI_SCHED_MAX_THREADS - 1)
		nr_threads = MMI_SCHED_MAX_THREADS - 1;
	sched->work = work;
	sched->arg = arg;
	for (unsigned i = 1; i <= nr_threads; i++) {
		struct mmi_sched_thread *t = &sched->threads[i];
		if (!t->coroutine.stack && mmi_coroutine_init(&t->coroutine)) {
			nr_threads = i - 1;
			break;
		}
		mmi_coroutine_prepare(&t->coroutine, run_member, sched);
		t->state = MMI_SCHED_RUNNABLE;
		t->nr_held = 0;
	}
	if (nr_threads) {
		sched->nr_threads = nr_threads + 1;
		block(sched, MMI_SCHED_AWAITS_TEAM, NULL);
		sched->nr_threads = 1;
	}
	return nr_threads;
}

static void *op_alloc(void *ctx, size_t size_bytes)
{
	struct mmi_sched *sched = ctx;

	return mmi_sched_memory_alloc(&sched->memory, size_bytes);
}

static void op_free(void *ctx, void *memory, size_t size_bytes)
{
	struct mmi_sched *sched = ctx;

	if (!mmi_sched_memory_free(&sched->memory, memory, size_bytes))
		mmi_sched_fail(sched, -EPERM, "memory is freed as %zu bytes, of another size",
			       size_bytes);
}

static void *op_reserve(void *ctx, size_t size_bytes, size_t align)
{
	struct mmi_sched *sched = ctx;

	return mmi_sched_memory_reserve(&sched->memory, size_bytes, align);
}

static int op_commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	(void)ctx;
	(void)backing;
	return mmi_sched_memory_commit(start, size_bytes);
}

static void op_release(void *ctx, void *start, size_t size_bytes)
{
	struct mmi_sched *sched = ctx;

	if (!mmi_sched_memory_release(&sched->memory, start, size_bytes))
		mmi_sched_fail(sched, -EPERM, "address space is released that is not reserved so");
}

static const struct mmi_platform_ops sched_ops = {
    .alloc = op_alloc,
    .free = op_free,
    .reserve = op_reserve,
    .commit = op_commit,
    .release = op_release,
    .run_team = op_run_team,
    .thread_self = op_thread_self,
    .lock = op_lock,
    .unlock = op_unlock,
    .wait = op_wait,
    .wake = op_wake,
    .process_barrier = op_process_barrier,
    .clock_ns = op_clock_ns,
    .yield_point = op_yield_point,
};

int mmi_sched_init(struct mmi_sched *sched, struct mmi_error *err)
{
	*sched = (struct mmi_sched){.platform = {&sched_ops, sched}, .max_yields = UINT64_MAX};
	if (mmi_coroutine_init(&sched->threads[0].coroutine))
		return mmi_error_set(err, -ENOMEM, "no memory for the stack of a thread");
	return 0;
}

void mmi_sched_deinit(struct mmi_sched *sched)
{
	for (unsigned i = 0; i < MMI_SCHED_MAX_THREADS; i++)
		mmi_coroutine_deinit(&sched->threads[i].coroutine);
	mmi_sched_memory_deinit(&sched->memory);
}

static void run_main(void *arg)
{
	struct mmi_sched *sched = arg;

	sched->main(sched->arg);
	self(sched)->state = MMI_SCHED_ENDED;
	mmi_coroutine_switch(&self(sched)->coroutine, &sched->outside);
}

int mmi_sched_run(struct mmi_sched *sched, const struct mmi_sched_driver *driver,
		  void (*main)(void *arg), void *arg, struct mmi_error *err)
{
	struct mmi_sched *const before = running;

	sched->driver = driver;
	sched->main = main;
	sched->arg = arg;
	sched->nr_threads = 1;
	sched->current = 0;
	sched->nr_yields = sched->nr_decisions = sched->nr_switches = sched->clock = 0;
	sched->failed = false;
	sched->threads[0].state = MMI_SCHED_RUNNABLE;
	sched->threads[0].nr_held = 0;
	for (unsigned i = 0; i < MMI_SCHED_MAX_THREADS; i++)
		memset(sched->threads[i].nr_points, 0, sizeof(sched->threads[i].nr_points));
	mmi_coroutine_init_self(&sched->outside);
	mmi_coroutine_prepare(&sched->threads[0].coroutine, run_main, sched);
	running = sched;
	mmi_coroutine_switch(&sched->outside, &sched->threads[0].coroutine);
	running = before;
	if (!sched->failed)
		return 0;
	*err = sched->err;
	return sched->err.code;
}
