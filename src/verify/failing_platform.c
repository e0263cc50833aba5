/* SPDX-License-Identifier: MIT */
/* A platform that does what another does, but for one call, which fails. */
#include <errno.h>

#include "verify/fault_parts.h"

static struct mmi_failing_platform *of(void *ctx)
{
	return ctx;
}

/* Counts a call of @call; true: this is the one that fails. */
static bool fails(struct mmi_failing_platform *failing, enum mmi_platform_call call)
{
	if (failing->call != call)
		return false;
	const uint64_t number = __atomic_fetch_add(&failing->nr_calls, 1, __ATOMIC_RELAXED);
	if (number != failing->number)
		return false;
	failing->has_failed = true;
	return true;
}

static void count(struct mmi_failing_platform *failing, const void *memory, int64_t nr)
{
	if (memory)
		__atomic_fetch_add(&failing->nr_held, nr, __ATOMIC_RELAXED);
}

static void *op_alloc(void *ctx, size_t size_bytes)
{
	const struct mmi_platform *inner = of(ctx)->inner;
	void *memory =
	    fails(ctx, MMI_CALL_ALLOC) ? NULL : inner->ops->alloc(inner->ctx, size_bytes);

	count(ctx, memory, 1);
	return memory;
}

static void op_free(void *ctx, void *memory, size_t size_bytes)
{
	const struct mmi_platform *inner = of(ctx)->inner;

	count(ctx, memory, -1);
	inner->ops->free(inner->ctx, memory, size_bytes);
}

static void *op_reserve(void *ctx, size_t size_bytes, size_t align)
{
	const struct mmi_platform *inner = of(ctx)->inner;
	void *start = fails(ctx, MMI_CALL_RESERVE)
			  ? NULL
			  : inner->ops->reserve(inner->ctx, size_bytes, align);

	count(ctx, start, 1);
	return start;
}

static int op_commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	const struct mmi_platform *inner = of(ctx)->inner;

	if (fails(ctx, MMI_CALL_COMMIT))
		return -ENOMEM;
	if (backing->nid >= 0 && fails(ctx, MMI_CALL_BIND))
		return -EIO;
	return inner->ops->commit(inner->ctx, start, size_bytes, backing);
}

static void op_release(void *ctx, void *start, size_t size_bytes)
{
	const struct mmi_platform *inner = of(ctx)->inner;

	count(ctx, start, -1);
	inner->ops->release(inner->ctx, start, size_bytes);
}

/* Threads from that number on do not start. */
static unsigned op_run_team(void *ctx, unsigned nr_threads, const int *nids,
			    void (*work)(void *arg, unsigned thread), void *arg)
{
	struct mmi_failing_platform *failing = ctx;
	const struct mmi_platform *inner = failing->inner;

	if (failing->call == MMI_CALL_THREAD && nr_threads > failing->number) {
		failing->has_failed = true;
		nr_threads = (unsigned)failing->number;
	}
	return nr_threads ? inner->ops->run_team(inner->ctx, nr_threads, nids, work, arg) : 0;
}

static unsigned op_thread_self(void *ctx)
{
	return of(ctx)->inner->ops->thread_self(of(ctx)->inner->ctx);
}

static void op_lock(void *ctx, struct mmi_lock *lock)
{
	of(ctx)->inner->ops->lock(of(ctx)->inner->ctx, lock);
}

static void op_unlock(void *ctx, struct mmi_lock *lock)
{
	of(ctx)->inner->ops->unlock(of(ctx)->inner->ctx, lock);
}

static void op_wait(void *ctx, const uint32_t *word, uint32_t value)
{
	of(ctx)->inner->ops->wait(of(ctx)->inner->ctx, word, value);
}

static void op_wake(void *ctx, const uint32_t *word)
{
	of(ctx)->inner->ops->wake(of(ctx)->inner->ctx, word);
}

static void op_process_barrier(void *ctx)
{
	of(ctx)->inner->ops->process_barrier(of(ctx)->inner->ctx);
}

static uint64_t op_clock_ns(void *ctx)
{
	return of(ctx)->inner->ops->clock_ns(of(ctx)->inner->ctx);
}

static void op_yield_point(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	of(ctx)->inner->ops->yield_point(of(ctx)->inner->ctx, where, pfn);
}

static const struct mmi_platform_ops failing_ops = {
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

void mmi_failing_platform_init(struct mmi_failing_platform *failing,
			       const struct mmi_platform *inner, enum mmi_platform_call call,
			       uint64_t number)
{
	*failing = (struct mmi_failing_platform){
	    .platform = {&failing_ops, failing},
	    .inner = inner,
	    .call = call,
	    .number = number,
	};
}
