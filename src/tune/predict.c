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

#include "deferred/chunk_rule.h"
#include "deferred/linux_jobs.h"
#include "tune/simulate.h"

#define LINES_UNDER_LOCK 4
#define LINES_BESIDE     3

/* Between cores of one socket, from a modified line: 50 to 100 ns on servers of these years. */
#define LINE_TRANSFER_NS_DEFAULT 70

/* One pass against three on one thread, Cascade Lake: 5.76 / 10.36 and what lists cost. */
#define ENGINE_COST_DEFAULT 0.6

#define SOLVER_STEPS 24

/* Struct pages between two visits to memory, at most: those of a pageblock on x86-64, 32 KiB. */
#define VISIT_PAGES 512

/* Of memory in one simulation: those of 512 GiB, on x86-64. */
#define MAX_VISITS ((uint64_t)1 << 18)

struct mmi_predictor {
	const struct mmi_machine *machine;
	struct mmi_predict_params params;
	struct mmi_layout layout;
	const struct mmi_linux_rules *rules;
	struct mmi_linux_jobs jobs; /* of all nodes */
	int nid;
	size_t node;       /* its index */
	uint64_t nr_pages; /* that Linux's jobs of the node initialise */
	double own_ns;
	double shared_ns;
};

/* What some threads do together, by which algorithm. */
struct work {
	const struct mmi_chunk *chunks;
	uint64_t nr_chunks;
	uint64_t nr_pages; /* in them: less than they span, where there are holes */
	unsigned nr_threads;
	bool frees_by_block; /* else a chunk's blocks at once */
	double cost;         /* of a page on one thread, against Linux's */
};

static const struct mmi_group *largest_group(const struct mmi_plan *plan)
{
	const struct mmi_group *largest = NULL;

	for (size_t i = 0; i < plan->nr_groups; i++)
		if (!largest || plan->groups[i].nr_present_pages > largest->nr_present_pages)
			largest = &plan->groups[i];
	return largest;
}

/* Ours. */
static int make_plan(const struct mmi_predictor *predictor, unsigned nr_threads,
		     struct mmi_plan *plan, struct mmi_error *err)
{
	const struct mmi_plan_params params = {.nr_threads = nr_threads};

	return mmi_plan_init(plan, &predictor->layout, &params, err);
}

static uint64_t count_spanned(const struct work *work)
{
	uint64_t nr_pages = 0;

	for (uint64_t i = 0; i < work->nr_chunks; i++)
		nr_pages += work->chunks[i].end_pfn - work->chunks[i].start_pfn;
	return nr_pages;
}

/*
 * Simulates @work with @shared_ns a page; what remains of one thread's time is a page's own.  Who
 * waits for whom goes by the ratios of times alone, so where there are very many blocks, fewer and
 * larger ones tell the same.
 */
static int simulate(const struct mmi_predictor *predictor, const struct work *work,
		    double shared_ns, double *elapsed_ns)
{
	const struct mmi_predict_params *params = &predictor->params;
	const double line_ns = work->nr_threads > 1 ? (double)params->line_transfer_ns : 0;
	const uint64_t freed_pages =
	    mmi_linux_free_pages(predictor->rules, &predictor->machine->geometry);
	const uint64_t visit_pages = freed_pages < VISIT_PAGES ? freed_pages : VISIT_PAGES;
	const uint64_t nr_blocks = 1 + predictor->nr_pages / visit_pages / MAX_VISITS;
	const double freed_ns = work->frees_by_block ? (double)nr_blocks * line_ns : 0;
	const double page_ns =
	    work->cost * (double)params->one_thread_ns / (double)predictor->nr_pages;
	const double density = (double)work->nr_pages / (double)count_spanned(work);
	const struct mmi_simulation simulation = {
	    .platform = predictor->machine->platform,
	    .chunks = work->chunks,
	    .nr_chunks = work->nr_chunks,
	    .block_pages = nr_blocks * freed_pages,
	    .visit_pages = nr_blocks * visit_pages,
	    .nr_threads = work->nr_threads,
	    .own_ns = page_ns > shared_ns ? density * (page_ns - shared_ns) : 0,
	    .shared_ns = density * shared_ns,
	    .lock_ns = LINES_UNDER_LOCK * freed_ns,
	    .block_ns = LINES_BESIDE * freed_ns,
	    .claim_ns = line_ns,
	    .seed = params->seed,
	};

	return mmi_simulate(&simulation, elapsed_ns);
}

/* @chunks of @job by Linux's rule; their borders are absolute multiples of their size. */
static uint64_t cut_job(const struct mmi_linux_job *job, uint64_t chunk_pages,
			struct mmi_chunk *chunks)
{
	uint64_t nr = 0, end;

	for (uint64_t pfn = job->start_pfn; pfn < job->end_pfn; pfn = end) {
		end = (pfn / chunk_pages + 1) * chunk_pages;
		if (end > job->end_pfn)
			end = job->end_pfn;
		chunks[nr++] = (struct mmi_chunk){.start_pfn = pfn, .end_pfn = end};
	}
	return nr;
}

/* Adds @job's time and chunks, by up to @nr_threads; @chunks is room for the latter. */
static int add_job(const struct mmi_predictor *predictor, const struct mmi_linux_job *job,
		   unsigned nr_threads, double shared_ns, struct mmi_chunk *chunks,
		   struct mmi_prediction *prediction, double *elapsed_ns)
{
	const struct mmi_geometry *g = &predictor->machine->geometry;
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_LINUX};
	const uint64_t section_pages = mmi_section_pages(g);
	const uint64_t nr_pages = job->end_pfn - job->start_pfn;
	const uint64_t chunk_pages =
	    mmi_chunk_pages(&params, section_pages, nr_pages, nr_threads, g->page_shift);
	const struct work work = {
	    .chunks = chunks,
	    .nr_chunks = cut_job(job, chunk_pages, chunks),
	    .nr_pages = job->nr_free_pages,
	    .nr_threads = (unsigned)mmi_linux_nr_workers(nr_pages, section_pages, nr_threads),
	    .frees_by_block = true,
	    .cost = 1,
	};
	double job_ns = 0;
	const int ret = simulate(predictor, &work, shared_ns, &job_ns);

	*elapsed_ns += job_ns;
	prediction->linux_nr_chunks += work.nr_chunks;
	if (chunk_pages > prediction->linux_chunk_pages)
		prediction->linux_chunk_pages = chunk_pages;
	return ret;
}

/* Linux's jobs of the node, one after another. */
static int simulate_linux(const struct mmi_predictor *predictor, unsigned nr_threads,
			  double shared_ns, struct mmi_prediction *prediction, double *elapsed_ns)
{
	const struct mmi_platform *platform = predictor->machine->platform;
	const size_t chunks_bytes = mmi_linux_most_chunks(nr_threads) * sizeof(struct mmi_chunk);
	struct mmi_chunk *chunks = platform->ops->alloc(platform->ctx, chunks_bytes);
	int ret = chunks ? 0 : -ENOMEM;

	for (size_t i = 0; i < predictor->jobs.nr && !ret; i++)
		if (predictor->jobs.items[i].node == predictor->node)
			ret = add_job(predictor, &predictor->jobs.items[i], nr_threads, shared_ns,
				      chunks, prediction, elapsed_ns);
	platform->ops->free(platform->ctx, chunks, chunks_bytes);
	return ret;
}

/* More than one thread in one job at least: else all times are one thread's. */
bool mmi_predictor_knows_limit(const struct mmi_predictor *predictor)
{
	const uint64_t section_pages = mmi_section_pages(&predictor->machine->geometry);

	for (size_t i = 0; i < predictor->jobs.nr; i++) {
		const struct mmi_linux_job *job = &predictor->jobs.items[i];
		if (job->node == predictor->node &&
		    mmi_linux_nr_workers(job->end_pfn - job->start_pfn, section_pages,
					 predictor->params.cpus_per_node) > 1)
			return true;
	}
	return false;
}

/* Finds, by halving, the shared time with which all CPUs together need best_ns. */
static int solve(struct mmi_predictor *predictor, struct mmi_error *err)
{
	const struct mmi_predict_params *params = &predictor->params;
	double low = 0, high = (double)params->one_thread_ns / (double)predictor->nr_pages;
	struct mmi_prediction ignored = {0};
	int ret = 0;

	predictor->own_ns = high;
	if (!mmi_predictor_knows_limit(predictor)) /* any division would do */
		return 0;
	for (int i = 0; i < SOLVER_STEPS && !ret; i++) {
		const double middle = (low + high) / 2;
		double elapsed_ns = 0;
		ret =
		    simulate_linux(predictor, params->cpus_per_node, middle, &ignored, &elapsed_ns);
		if (elapsed_ns > (double)params->best_ns)
			high = middle;
		else
			low = middle;
	}
	predictor->shared_ns = low;
	predictor->own_ns -= low;
	return ret ? mmi_error_set(err, ret, "no memory for a simulation") : 0;
}

/* Which node it is about, that with most deferred pages, and what Linux has to do there. */
static int choose_node(struct mmi_predictor *predictor, struct mmi_error *err)
{
	struct mmi_plan plan;
	int ret = make_plan(predictor, 1, &plan, err);

	if (ret)
		return ret;
	const struct mmi_group *group = largest_group(&plan);
	if (group) {
		predictor->nid = group->nid;
		predictor->node = (size_t)mmi_machine_node_index(predictor->machine, group->nid);
	}
	ret = mmi_linux_jobs_init(&predictor->jobs, predictor->rules, &predictor->layout,
				  plan.splits);
	mmi_plan_deinit(&plan);
	if (ret)
		return mmi_error_set(err, ret, "no memory for Linux's jobs");
	for (size_t i = 0; group && i < predictor->jobs.nr; i++)
		if (predictor->jobs.items[i].node == predictor->node)
			predictor->nr_pages += predictor->jobs.items[i].nr_free_pages;
	return predictor->nr_pages ? 0
				   : mmi_error_set(err, -EINVAL,
						   "nothing is deferred on this machine: expected "
						   "a node with memory past its early sections");
}

/* The node's own CPUs where nobody says: without one Linux has a thread of another node's. */
static void fill_params(struct mmi_predictor *predictor)
{
	struct mmi_predict_params *params = &predictor->params;
	const unsigned nr_cpus = predictor->machine->nodes[predictor->node].nr_cpus;

	if (!params->cpus_per_node)
		params->cpus_per_node = nr_cpus ? nr_cpus : 1;
	if (!params->line_transfer_ns)
		params->line_transfer_ns = LINE_TRANSFER_NS_DEFAULT;
	if (params->engine_cost <= 0)
		params->engine_cost = ENGINE_COST_DEFAULT;
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

/* By versions before 6.1, whose jobs are not known here, 6.1's count. */
static const struct mmi_linux_rules *rules_of(const struct mmi_machine *machine)
{
	const struct mmi_linux_rules *rules = mmi_linux_rules_of(machine->linux_version);

	return rules ? rules : mmi_linux_rules_of(MMI_LINUX_6_1);
}

static int init_predictor(struct mmi_predictor *predictor, struct mmi_error *err)
{
	int ret = mmi_layout_init(&predictor->layout, predictor->machine, err);

	if (!ret)
		ret = choose_node(predictor, err);
	if (ret)
		return ret;
	fill_params(predictor);
	ret = check_params(&predictor->params, err);
	return ret ? ret : solve(predictor, err);
}

int mmi_predictor_create(const struct mmi_machine *machine, const struct mmi_predict_params *params,
			 struct mmi_predictor **predictor_out, struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	struct mmi_predictor *predictor = platform->ops->alloc(platform->ctx, sizeof(*predictor));

	*predictor_out = NULL;
	if (!predictor)
		return mmi_error_set(err, -ENOMEM, "no memory for a predictor");
	predictor->machine = machine;
	predictor->params = *params;
	predictor->rules = rules_of(machine);
	const int ret = init_predictor(predictor, err);
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
	mmi_linux_jobs_deinit(&predictor->jobs);
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

bool mmi_predictor_linux_is_serial(const struct mmi_predictor *predictor)
{
	return predictor->rules->threads_on_x86_only &&
	       predictor->machine->geometry.arch != MMI_ARCH_X86_64;
}

static int predict_engine(const struct mmi_predictor *predictor, unsigned nr_threads,
			  struct mmi_prediction *prediction, double *elapsed_ns,
			  struct mmi_error *err)
{
	struct mmi_plan plan;
	int ret = make_plan(predictor, nr_threads, &plan, err);

	if (ret)
		return ret;
	const struct mmi_group *group = largest_group(&plan);
	const struct work work = {
	    .chunks = &plan.chunks[group->first_chunk],
	    .nr_chunks = group->nr_chunks,
	    .nr_pages = predictor->nr_pages,
	    .nr_threads = nr_threads < group->nr_chunks ? nr_threads : (unsigned)group->nr_chunks,
	    .cost = predictor->params.engine_cost,
	};
	prediction->engine_chunk_pages = group->chunk_pages;
	ret = simulate(predictor, &work, predictor->shared_ns, elapsed_ns);
	mmi_plan_deinit(&plan);
	return ret ? mmi_error_set(err, ret, "no memory for a simulation") : 0;
}

int mmi_predict(const struct mmi_predictor *predictor, unsigned nr_threads,
		struct mmi_prediction *prediction, struct mmi_error *err)
{
	double linux_ns = 0, engine_ns = 0;

	*prediction = (struct mmi_prediction){.nr_threads = nr_threads};
	if (!nr_threads || nr_threads > predictor->params.cpus_per_node)
		return mmi_error_set(err, -EINVAL, "%u threads: expected 1 to %u", nr_threads,
				     predictor->params.cpus_per_node);
	int ret =
	    simulate_linux(predictor, nr_threads, predictor->shared_ns, prediction, &linux_ns);
	if (ret)
		return mmi_error_set(err, ret, "no memory for a simulation");
	ret = predict_engine(predictor, nr_threads, prediction, &engine_ns, err);
	prediction->linux_ns = (uint64_t)(linux_ns + 0.5);
	prediction->engine_ns = (uint64_t)(engine_ns + 0.5);
	return ret;
}
