/* SPDX-License-Identifier: MIT */
/* Workers, memory and lock of one node, event by event. */
#include "tune/simulate.h"

#include <errno.h>

#include "verify/random.h"

/* Where a worker goes at its next event. */
enum stage { STAGE_CLAIM, STAGE_MEMORY, STAGE_LOCK };

struct sim_worker {
	double time_ns; /* of its next event */
	enum stage stage;
	uint64_t next_pfn; /* of its chunk */
	uint64_t end_pfn;
	uint64_t block_end_pfn; /* of the block in work */
	uint64_t nr_pages;      /* of the visit to memory */
};

struct sim {
	const struct mmi_simulation *params;
	struct sim_worker *heap; /* earliest first; equal times in any, but fixed, order */
	unsigned nr;
	uint64_t next_chunk;
	double cursor_free_ns;
	double memory_free_ns;
	double lock_free_ns;
	uint64_t random;
};

static double uniform(struct sim *sim)
{
	return (double)(mmi_random_next(&sim->random) >> 11) * 0x1p-53;
}

/* Exponential with mean 1, by comparisons alone (von Neumann): the whole part counts failures. */
static double exponential(struct sim *sim)
{
	for (unsigned whole = 0;; whole++) {
		const double first = uniform(sim);
		double last = first, next;
		unsigned length = 1;
		while ((next = uniform(sim)) < last) {
			last = next;
			length++;
		}
		if (length % 2)
			return whole + first;
	}
}

/* The earliest worker stands at 0 and has got a later time: down to its place. */
static void sift_down(struct sim *sim)
{
	struct sim_worker *heap = sim->heap;
	unsigned i = 0;

	for (;;) {
		unsigned child = 2 * i + 1;
		if (child >= sim->nr)
			return;
		if (child + 1 < sim->nr && heap[child + 1].time_ns < heap[child].time_ns)
			child++;
		if (heap[i].time_ns <= heap[child].time_ns)
			return;
		const struct sim_worker moved = heap[i];
		heap[i] = heap[child];
		heap[child] = moved;
		i = child;
	}
}

/* Served from now, or from when the station is free. */
static double serve(double *free_ns, double now_ns, double service_ns)
{
	*free_ns = (now_ns > *free_ns ? now_ns : *free_ns) + service_ns;
	return *free_ns;
}

static void begin_visit(struct sim *sim, struct sim_worker *worker)
{
	const struct mmi_simulation *params = sim->params;
	const uint64_t nr_left = worker->block_end_pfn - worker->next_pfn;

	worker->nr_pages = nr_left < params->visit_pages ? nr_left : params->visit_pages;
	worker->next_pfn += worker->nr_pages;
	worker->time_ns += (double)worker->nr_pages * params->own_ns;
	worker->stage = STAGE_MEMORY;
}

static void begin_block(struct sim *sim, struct sim_worker *worker)
{
	const struct mmi_simulation *params = sim->params;
	const uint64_t nr_left = worker->end_pfn - worker->next_pfn;

	worker->block_end_pfn =
	    worker->next_pfn + (nr_left < params->block_pages ? nr_left : params->block_pages);
	worker->time_ns += params->block_ns;
	begin_visit(sim, worker);
}

static void visit_memory(struct sim *sim, struct sim_worker *worker)
{
	const struct mmi_simulation *params = sim->params;
	const double nr_means = params->nr_threads > 1 ? exponential(sim) : 1;

	worker->time_ns = serve(&sim->memory_free_ns, worker->time_ns,
				nr_means * (double)worker->nr_pages * params->shared_ns);
	if (worker->next_pfn < worker->block_end_pfn)
		begin_visit(sim, worker);
	else
		worker->stage = STAGE_LOCK;
}

/* False when nothing is left to claim. */
static bool claim(struct sim *sim, struct sim_worker *worker)
{
	const struct mmi_simulation *params = sim->params;

	if (sim->next_chunk == params->nr_chunks)
		return false;
	const struct mmi_chunk *chunk = &params->chunks[sim->next_chunk++];
	worker->time_ns = serve(&sim->cursor_free_ns, worker->time_ns, params->claim_ns);
	worker->next_pfn = chunk->start_pfn;
	worker->end_pfn = chunk->end_pfn;
	begin_block(sim, worker);
	return true;
}

/* What happens to @worker at its time; false when it has ended. */
static bool step(struct sim *sim, struct sim_worker *worker)
{
	const struct mmi_simulation *params = sim->params;

	switch (worker->stage) {
	case STAGE_CLAIM:
		return claim(sim, worker);
	case STAGE_MEMORY:
		visit_memory(sim, worker);
		return true;
	case STAGE_LOCK:
		worker->time_ns = serve(&sim->lock_free_ns, worker->time_ns, params->lock_ns);
		if (worker->next_pfn < worker->end_pfn)
			begin_block(sim, worker);
		else
			worker->stage = STAGE_CLAIM;
		return true;
	}
	return false;
}

int mmi_simulate(const struct mmi_simulation *simulation, double *elapsed_ns)
{
	const struct mmi_platform *platform = simulation->platform;
	const size_t heap_bytes = simulation->nr_threads * sizeof(struct sim_worker);
	struct sim sim = {
	    .params = simulation,
	    .heap = platform->ops->alloc(platform->ctx, heap_bytes),
	    .nr = simulation->nr_threads,
	    .random = simulation->seed,
	};

	if (!sim.heap)
		return -ENOMEM;
	*elapsed_ns = 0;
	while (sim.nr) {
		if (!step(&sim, &sim.heap[0])) {
			if (sim.heap[0].time_ns > *elapsed_ns)
				*elapsed_ns = sim.heap[0].time_ns;
			sim.heap[0] = sim.heap[--sim.nr];
		}
		sift_down(&sim);
	}
	platform->ops->free(platform->ctx, sim.heap, heap_bytes);
	return 0;
}
