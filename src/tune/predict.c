/* SPDX-License-Identifier: MIT */
/*
 * Predicts by simulation: solves for what the two known times leave open, then runs plan after plan.
 *
 * What Linux frees, it frees a block at a time (a pageblock up to 6.1, a max-order block since).
 * As soon as a second thread does so too, these cache lines are found in another core at every
 * free: under the lock its own, the free list's head, the block that was freed before and the
 * zone's counter of free pages; beside it the zone's managed pages, the machine's, and the
 * machine's counter of free pages.
 */
#include "mminit/predict.h"

#include <errno.h>

#include "tune/simulate.h"

#define LINES_UNDER_LOCK 4
#define LINES_BESIDE     3

/* Between cores of one socket, from a modified line: 50 to 100 ns on servers of these years. */
#define LINE_TRANSFER_NS_DEFAULT 70

/* One pass against three on one thread, Cascade Lake: 5.76 / 10.36 and what lists cost. */
#define ENGINE_COST_DEFAULT 0.6

#define SOLVER_STEPS 24

/* Of memory and lock in one simulation: blocks of 512 GiB, on x86-64 up to 6.1. */
#define MAX_VISITS ((uint64_t)1 << 18)

struct mmi_predictor {
	const struct mmi_machine *machine;
	struct mmi_predict_params params;
	struct mmi_layout layout;
	int nid;
	uint64_t nr_pages; /* deferred ones of the node */
	double own_ns;
	double shared_ns;
};

/* Which algorithm is simulated. */
struct algorithm {
	enum mmi_chunk_rule rule;
	bool frees_by_block; /* else a chunk's blocks at once */
	double cost;         /* of its page on one thread, against Linux's */
};

static const struct algorithm linux_algorithm = {MMI_CHUNK_LINUX, true, 1};

static const struct mmi_group *largest_group(const struct mmi_plan *plan)
{
	const struct mmi_group *largest = NULL;

	for (size_t i = 0; i < plan->nr_groups; i++)
		if (!largest || plan->groups[i].nr_present_pages > largest->nr_present_pages)
			largest = &plan->groups[i];
	return largest;
}

static int make_plan(const struct mmi_predictor *predictor, enum mmi_chunk_rule rule,
		     unsigned nr_threads, struct mmi_plan *plan, struct mmi_error *err)
{
	const struct mmi_plan_params params = {.rule = rule, .nr_threads = nr_threads};

	return mmi_plan_init(plan, &predictor->layout, &params, err);
}

/* Pages that Linux frees at once. */
static uint64_t freed_block_pages(const struct mmi_machine *machine)
{
	return machine->linux_version <= MMI_LINUX_6_1 ? mmi_pageblock_pages(&machine->geometry)
						       : mmi_block_pages(&machine->geometry);
}

/*
 * How many blocks are simulated as one.  Who waits for whom goes by the ratios of times alone, so
 * where there are very many blocks, fewer and larger ones tell the same.
 */
static uint64_t blocks_of_visit(const struct mmi_predictor *predictor)
{
	return 1 + predictor->nr_pages / freed_block_pages(predictor->machine) / MAX_VISITS;
}

/* Simulates @plan's largest group with @shared_ns a page; what remains of one thread's is its own. */
static int simulate(const struct mmi_predictor *predictor, const struct algorithm *algorithm,
		    const struct mmi_plan *plan, unsigned nr_threads, double shared_ns,
		    double *elapsed_ns)
{
	const struct mmi_predict_params *params = &predictor->params;
	const struct mmi_group *group = largest_group(plan);
	const double line_ns = nr_threads > 1 ? (double)params->line_transfer_ns : 0;
	const uint64_t nr_blocks = blocks_of_visit(predictor);
	const double freed_ns = algorithm->frees_by_block ? (double)nr_blocks * line_ns : 0;
	const double page_ns =
	    algorithm->cost * (double)params->one_thread_ns / (double)predictor->nr_pages;
	const struct mmi_simulation simulation = {
	    .platform = predictor->machine->platform,
	    .chunks = &plan->chunks[group->first_chunk],
	    .nr_chunks = group->nr_chunks,
	    .block_pages = nr_blocks * freed_block_pages(predictor->machine),
	    .nr_threads = nr_threads,
	    .own_ns = page_ns > shared_ns ? page_ns - shared_ns : 0,
	    .shared_ns = shared_ns,
	    .lock_ns = LINES_UNDER_LOCK * freed_ns,
	    .block_ns = LINES_BESIDE * freed_ns,
	    .claim_ns = line_ns,
	    .seed = params->seed,
	};

	return mmi_simulate(&simulation, elapsed_ns);
}

/* Finds, by halving, the shared time with which all CPUs together need best_ns. */
static int solve(struct mmi_predictor *predictor, struct mmi_error *err)
{
	const struct mmi_predict_params *params = &predictor->params;
	double low = 0, high = (double)params->best_ns / (double)predictor->nr_pages;
	struct mmi_plan plan;
	int ret;

	predictor->own_ns = (double)params->one_thread_ns / (double)predictor->nr_pages;
	if (params->cpus_per_node == 1) /* any division would do */
		return 0;
	ret = make_plan(predictor, MMI_CHUNK_LINUX, params->cpus_per_node, &plan, err);
	if (ret)
		return ret;
	for (int i = 0; i < SOLVER_STEPS && !ret; i++) {
		const double middle = (low + high) / 2;
		double elapsed_ns = 0;
		ret = simulate(predictor, &linux_algorithm, &plan, params->cpus_per_node, middle,
			       &elapsed_ns);
		if (elapsed_ns > (double)params->best_ns)
			high = middle;
		else
			low = middle;
	}
	mmi_plan_deinit(&plan);
	predictor->shared_ns = low;
	predictor->own_ns -= low;
	return ret ? mmi_error_set(err, ret, "no memory for a simulation") : 0;
}

/* Which node it is about: that with most deferred pages. */
static int choose_node(struct mmi_predictor *predictor, struct mmi_error *err)
{
	struct mmi_plan plan;
	const int ret = make_plan(predictor, MMI_CHUNK_LINUX, 1, &plan, err);

	if (ret)
		return ret;
	const struct mmi_group *group = largest_group(&plan);
	if (group) {
		predictor->nid = group->nid;
		predictor->nr_pages = group->nr_present_pages;
	}
	mmi_plan_deinit(&plan);
	return group ? 0
		     : mmi_error_set(err, -EINVAL,
				     "nothing is deferred on this machine: expected "
				     "a node with memory past its early sections");
}

static int check_params(const struct mmi_predict_params *params, struct mmi_error *err)
{
	const unsigned long long one = params->one_thread_ns, best = params->best_ns;

	if (!params->cpus_per_node || params->cpus_per_node > MMI_PREDICT_MAX_CPUS)
		return mmi_error_set(err, -EINVAL, "%u CPUs a node: expected 1 to %u",
				     params->cpus_per_node, MMI_PREDICT_MAX_CPUS);
	if (!best || best > one)
		return mmi_error_set(err, -EINVAL,
				     "best time %llu ns: expected more than 0 and at most one "
				     "thread's, %llu ns",
				     best, one);
	/* Somewhat faster than its share may be a matter of measuring, much is a mistake. */
	if ((double)best < 0.8 * (double)one / params->cpus_per_node)
		return mmi_error_set(err, -EINVAL,
				     "best time %llu ns: expected at least one thread's %llu ns "
				     "shared by %u CPUs",
				     best, one, params->cpus_per_node);
	return 0;
}

int mmi_predictor_create(const struct mmi_machine *machine, const struct mmi_predict_params *params,
			 struct mmi_predictor **predictor_out, struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	struct mmi_predictor *predictor;
	int ret = check_params(params, err);

	*predictor_out = NULL;
	if (ret)
		return ret;
	predictor = platform->ops->alloc(platform->ctx, sizeof(*predictor));
	if (!predictor)
		return mmi_error_set(err, -ENOMEM, "no memory for a predictor");
	predictor->machine = machine;
	predictor->params = *params;
	if (!params->line_transfer_ns)
		predictor->params.line_transfer_ns = LINE_TRANSFER_NS_DEFAULT;
	if (params->engine_cost <= 0)
		predictor->params.engine_cost = ENGINE_COST_DEFAULT;
	ret = mmi_layout_init(&predictor->layout, machine, err);
	if (!ret)
		ret = choose_node(predictor, err);
	if (!ret)
		ret = solve(predictor, err);
	if (ret)
		mmi_predictor_destroy(predictor);
	else
		*predictor_out = predictor;
	return ret;
}

void mmi_predictor_destroy(struct mmi_predictor *predictor)
{
	if (!predictor)
		return;
	const struct mmi_platform *platform = predictor->machine->platform;
	mmi_layout_deinit(&predictor->layout);
	platform->ops->free(platform->ctx, predictor, sizeof(*predictor));
}

double mmi_predictor_own_ns(const struct mmi_predictor *predictor)
{
	return predictor->own_ns;
}

double mmi_predictor_shared_ns(const struct mmi_predictor *predictor)
{
	return predictor->shared_ns;
}

int mmi_predictor_nid(const struct mmi_predictor *predictor)
{
	return predictor->nid;
}

const struct mmi_predict_params *mmi_predictor_params(const struct mmi_predictor *predictor)
{
	return &predictor->params;
}

/* Plans and simulates one algorithm; what its chunks are goes with the time. */
static int predict(const struct mmi_predictor *predictor, const struct algorithm *algorithm,
		   unsigned nr_threads, uint64_t *chunk_pages, uint64_t *nr_chunks,
		   uint64_t *elapsed_ns, struct mmi_error *err)
{
	struct mmi_plan plan;
	double simulated_ns = 0;
	int ret = make_plan(predictor, algorithm->rule, nr_threads, &plan, err);

	if (ret)
		return ret;
	const struct mmi_group *group = largest_group(&plan);
	*chunk_pages = group->chunk_pages;
	*nr_chunks = group->nr_chunks;
	ret =
	    simulate(predictor, algorithm, &plan, nr_threads, predictor->shared_ns, &simulated_ns);
	*elapsed_ns = (uint64_t)(simulated_ns + 0.5);
	mmi_plan_deinit(&plan);
	return ret ? mmi_error_set(err, ret, "no memory for a simulation") : 0;
}

int mmi_predict(const struct mmi_predictor *predictor, unsigned nr_threads,
		struct mmi_prediction *prediction, struct mmi_error *err)
{
	const struct algorithm engine = {MMI_CHUNK_AUTO, false, predictor->params.engine_cost};
	uint64_t nr_engine_chunks;

	*prediction = (struct mmi_prediction){.nr_threads = nr_threads};
	if (!nr_threads || nr_threads > predictor->params.cpus_per_node)
		return mmi_error_set(err, -EINVAL, "%u threads: expected 1 to %u", nr_threads,
				     predictor->params.cpus_per_node);
	const int ret =
	    predict(predictor, &linux_algorithm, nr_threads, &prediction->linux_chunk_pages,
		    &prediction->linux_nr_chunks, &prediction->linux_ns, err);
	if (ret)
		return ret;
	return predict(predictor, &engine, nr_threads, &prediction->engine_chunk_pages,
		       &nr_engine_chunks, &prediction->engine_ns, err);
}
