/* SPDX-License-Identifier: MIT */
/*
 * Runs a stress: a team of workers and allocators, checks while it runs, and the reckoning after.
 */
#include "mminit/stress.h"

#include <errno.h>
#include <string.h>

#include "verify/stress_hotplug.h"

#define MAX_SLOTS   65536 /* of one thread, pattern random */
#define MARKS_ALIGN 4096

static const char *const pattern_names[] = {
    [MMI_STRESS_BULK] = "bulk",
    [MMI_STRESS_REPEAT] = "repeat",
    [MMI_STRESS_RANDOM] = "random",
    [MMI_STRESS_FRAG] = "frag",
};

/* The team: workers first, then allocators, then who has memory come and go. */
struct stress_team {
	struct mmi_stress_shared shared;
	struct mmi_stress_thread *threads;
	struct mmi_stress_changer changer;
	unsigned nr_workers;
	unsigned nr_members;
	int *nids;
	size_t owned_bytes;
	size_t nr_slots;
};

const char *mmi_stress_pattern_name(enum mmi_stress_pattern pattern)
{
	return pattern < MMI_NR_STRESS_PATTERNS ? pattern_names[pattern] : NULL;
}

static const struct {
	const char *name;
	unsigned gfp;
} gfp_kinds[] = {
    {"kernel", MMI_GFP_KERNEL}, {"movable", MMI_GFP_MOVABLE}, {"reclaimable", MMI_GFP_RECLAIMABLE},
    {"dma32", MMI_GFP_DMA32},   {"dma", MMI_GFP_DMA},
};
#define NR_GFP_KINDS (sizeof(gfp_kinds) / sizeof(gfp_kinds[0]))

const char *mmi_stress_gfp_name(const struct mmi_stress_params *params)
{
	for (size_t i = 0; i < NR_GFP_KINDS && !params->mix_gfp; i++)
		if (gfp_kinds[i].gfp == params->gfp)
			return gfp_kinds[i].name;
	return params->mix_gfp ? "mix" : NULL;
}

bool mmi_stress_gfp_find(const char *name, unsigned *gfp)
{
	for (size_t i = 0; i < NR_GFP_KINDS; i++)
		if (!strcmp(name, gfp_kinds[i].name)) {
			*gfp = gfp_kinds[i].gfp;
			return true;
		}
	return false;
}

static bool changes_memory(const struct mmi_stress_params *params)
{
	return params->script || params->random_hotplug;
}

static int check_params(const struct mmi_system *system, const struct mmi_stress_params *params,
			struct mmi_error *err)
{
	const unsigned max_order = system->mem.map.geometry.max_page_order;

	if (!params->nr_threads)
		return mmi_error_set(err, -EINVAL, "0 threads: at least 1 expected");
	if (params->min_order > params->max_order || params->max_order > max_order)
		return mmi_error_set(err, -EINVAL, "orders %u to %u: rising, at most %u expected",
				     params->min_order, params->max_order, max_order);
	if (!params->nr_operations && !params->duration_ns && !params->script)
		return mmi_error_set(err, -EINVAL, "neither a number of operations nor a time");
	if (params->nid >= 0 && mmi_machine_node_index(system->mem.machine, params->nid) < 0)
		return mmi_error_set(err, -EINVAL, "node %d: the machine has none", params->nid);
	if ((params->init == MMI_STRESS_BOOTED) != system->booted)
		return mmi_error_set(err, -EINVAL, "the system is %sbooted",
				     system->booted ? "" : "not ");
	if (changes_memory(params) && !system->booted)
		return mmi_error_set(err, -EINVAL, "memory comes and goes when all is initialised");
	return 0;
}

static void *alloc(const struct stress_team *team, size_t size_bytes)
{
	const struct mmi_platform *platform = team->shared.system->platform;

	return platform->ops->alloc(platform->ctx, size_bytes);
}

static void release(const struct stress_team *team, void *memory, size_t size_bytes)
{
	const struct mmi_platform *platform = team->shared.system->platform;

	if (memory)
		platform->ops->free(platform->ctx, memory, size_bytes);
}

static uint64_t now_ns(const struct stress_team *team)
{
	const struct mmi_platform *platform = team->shared.system->platform;

	return platform->ops->clock_ns(platform->ctx);
}

/* Half of a thread's slots are filled in the long run: with twice its share, memory runs short. */
static size_t slots_of_thread(const struct mmi_stress_params *params,
			      const struct mmi_machine *machine)
{
	const uint64_t nr_orders = params->max_order - params->min_order + 1;
	const uint64_t mean_pages =
	    ((2ull << params->max_order) - (1ull << params->min_order)) / nr_orders;
	const uint64_t share = machine->nr_present_pages / mean_pages / params->nr_threads;

	if (params->pattern != MMI_STRESS_RANDOM)
		return 0;
	if (params->nr_slots)
		return params->nr_slots;
	return share * 2 < MAX_SLOTS ? (size_t)share * 2 + 1 : MAX_SLOTS;
}

static int open_thread(struct stress_team *team, unsigned i, struct mmi_error *err)
{
	struct mmi_stress_thread *t = &team->threads[i];
	const struct mmi_stress_params *params = team->shared.params;
	const struct mmi_machine *machine = team->shared.system->mem.machine;
	const int nid = params->nid >= 0 ? params->nid : machine->nodes[i % machine->nr_nodes].nid;

	mmi_stress_thread_init(t, &team->shared, i);
	t->random = params->seed * 0x2545f4914f6cdd1du + i;
	t->held = alloc(team, (team->nr_slots + 1) * sizeof(*t->held));
	if (!t->held)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu slots", team->nr_slots);
	t->nr_slots = team->nr_slots;
	team->nids[team->nr_workers + i] = nid;
	return mmi_cpu_create(team->shared.alloc, nid, &t->cpu, err);
}

static void close_team(struct stress_team *team)
{
	const struct mmi_platform *platform = team->shared.system->platform;
	const unsigned nr_threads = team->shared.params->nr_threads;

	mmi_stress_changer_close(&team->changer);
	for (unsigned i = 0; team->threads && i < nr_threads; i++) {
		mmi_cpu_destroy(team->threads[i].cpu);
		release(team, team->threads[i].held,
			(team->nr_slots + 1) * sizeof(*team->threads[i].held));
	}
	release(team, team->threads, nr_threads * sizeof(*team->threads));
	release(team, team->nids, team->nr_members * sizeof(*team->nids));
	if (team->shared.owned)
		platform->ops->release(platform->ctx, team->shared.owned, team->owned_bytes);
}

/* The span's, not the memory's: only what is touched is backed. */
static uint64_t *back_marks(const struct stress_team *team)
{
	const struct mmi_platform *platform = team->shared.system->platform;
	const struct mmi_backing anywhere = {.nid = -1};
	void *marks = platform->ops->reserve(platform->ctx, team->owned_bytes, MARKS_ALIGN);

	if (marks && platform->ops->commit(platform->ctx, marks, team->owned_bytes, &anywhere)) {
		platform->ops->release(platform->ctx, marks, team->owned_bytes);
		return NULL;
	}
	return marks;
}

static int open_team(struct stress_team *team, struct mmi_error *err)
{
	const struct mmi_stress_params *params = team->shared.params;
	struct mmi_system *system = team->shared.system;
	const struct mmi_memmap *map = &system->mem.map;
	int ret = 0;

	if (params->init == MMI_STRESS_BESIDE)
		team->nr_workers = system->run.nr_workers;
	team->shared.changes = changes_memory(params);
	team->nr_members = team->nr_workers + params->nr_threads + team->shared.changes;
	team->nr_slots = slots_of_thread(params, system->mem.machine);
	team->owned_bytes =
	    mmi_align_up((map->end_pfn - map->start_pfn) / 8 + sizeof(uint64_t), MARKS_ALIGN);
	team->shared.owned = back_marks(team);
	team->threads = alloc(team, params->nr_threads * sizeof(*team->threads));
	team->nids = alloc(team, team->nr_members * sizeof(*team->nids));
	if (!team->shared.owned || !team->threads || !team->nids)
		return mmi_error_set(err, -ENOMEM, "no memory for a team of %u threads",
				     team->nr_members);
	for (unsigned i = 0; i < team->nr_workers; i++)
		team->nids[i] = mmi_deferred_worker_nid(&system->run, i);
	for (unsigned i = 0; !ret && i < params->nr_threads; i++)
		ret = open_thread(team, i, err);
	if (!ret && team->shared.changes) {
		team->nids[team->nr_members - 1] = -1;
		ret = mmi_stress_changer_open(&team->changer, &team->shared, err);
	}
	return ret;
}

/* The first allocator looks at everything from time to time, unless memory changes under him. */
static void check_now_and_then(struct stress_team *team, struct mmi_stress_thread *t)
{
	const uint64_t check_ns = team->shared.params->check_ns;
	struct mmi_error err;

	if (t->number || team->shared.changes || !check_ns || now_ns(team) < t->next_check_ns)
		return;
	if (mmi_alloc_check(team->shared.alloc, &err)) {
		err.code = -EILSEQ;
		mmi_stress_fail(&team->shared, &err);
	}
	t->result.nr_checks++;
	t->next_check_ns = now_ns(team) + check_ns;
}

static bool goes_on(const struct stress_team *team, const struct mmi_stress_thread *t)
{
	const struct mmi_stress_params *params = team->shared.params;

	if (params->stop && mmi_atomic_read32(params->stop))
		return false;
	if (!params->nr_operations && !params->duration_ns)
		return !mmi_atomic_read32(&team->shared.changed) &&
		       !mmi_stress_has_failed(&team->shared);
	if (mmi_stress_has_failed(&team->shared) ||
	    (params->nr_operations && t->result.nr_operations >= params->nr_operations))
		return false;
	return !team->shared.end_ns || now_ns(team) < team->shared.end_ns;
}

static void be_member(void *arg, unsigned member)
{
	struct stress_team *team = arg;

	if (member < team->nr_workers) {
		mmi_deferred_work(&team->shared.system->run, member);
		return;
	}
	if (member == team->nr_workers + team->shared.params->nr_threads) {
		mmi_stress_changer_run(&team->changer);
		mmi_atomic_publish32(&team->shared.changed, 1);
		return;
	}
	struct mmi_stress_thread *t = &team->threads[member - team->nr_workers];
	while (goes_on(team, t)) {
		mmi_stress_step(t);
		check_now_and_then(team, t);
	}
	if (!mmi_stress_has_failed(&team->shared))
		mmi_stress_give_back(t);
}

static void add_thread(struct mmi_stress_result *sum, const struct mmi_stress_thread *t)
{
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(t->cpu);

	sum->nr_operations += t->result.nr_operations;
	sum->nr_blocks += t->result.nr_blocks;
	sum->nr_pages += t->result.nr_pages;
	sum->nr_failed += t->result.nr_failed;
	sum->nr_checks += t->result.nr_checks;
	sum->hotplug.nr_moved_pages += t->nr_moved_pages;
	for (int i = 0; i < MMI_STRESS_LATENCY_BUCKETS; i++)
		sum->latency[i] += t->result.latency[i];
	sum->cpus.nr_allocs += stats->nr_allocs;
	sum->cpus.nr_frees += stats->nr_frees;
	sum->cpus.nr_bulk_pages += stats->nr_bulk_pages;
	sum->cpus.nr_failed += stats->nr_failed;
	sum->cpus.nr_foreign += stats->nr_foreign;
	sum->cpus.nr_refills += stats->nr_refills;
	sum->cpus.nr_flushes += stats->nr_flushes;
	sum->cpus.nr_grows += stats->nr_grows;
	sum->cpus.nr_restarts += stats->nr_restarts;
	sum->cpus.nr_bad_frees += stats->nr_bad_frees;
}

static void add_changer(struct mmi_stress_result *sum, const struct mmi_stress_changer *changer)
{
	sum->hotplug = changer->result;
	sum->nr_checks += changer->nr_checks;
}

/* Everything has been given back: it must all be there. */
static int reckon(struct stress_team *team, struct mmi_error *err)
{
	const struct mmi_system *system = team->shared.system;
	const struct mmi_mem *mem = &system->mem;
	const uint32_t *stop = team->shared.params->stop;
	const bool is_stopped = stop && mmi_atomic_read32(stop); /* workers, too */
	int ret = mmi_alloc_check(team->shared.alloc, err);

	mmi_alloc_drain(team->shared.alloc);
	for (size_t i = 0; !ret && i < mem->nr_nodes * MMI_NR_ZONES; i++) {
		const struct mmi_zone *zone = &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
		const bool missing = zone->nr_missing_pages && system->booted && !is_stopped;
		if (zone->nr_free_pages != zone->nr_managed_pages || missing)
			ret = mmi_error_set(
			    err, -EILSEQ,
			    "node %d zone %s: %llu pages free, %llu not initialised, of %llu "
			    "managed: all free expected",
			    zone->nid, mmi_zone_type_name(zone->type),
			    (unsigned long long)zone->nr_free_pages,
			    (unsigned long long)zone->nr_missing_pages,
			    (unsigned long long)zone->nr_managed_pages);
	}
	return ret ? -EILSEQ : 0;
}

static void run_team(struct stress_team *team)
{
	const struct mmi_platform *platform = team->shared.system->platform;
	const unsigned nr_started =
	    platform->ops->run_team(platform->ctx, team->nr_members, team->nids, be_member, team);

	/* A platform may give fewer threads: what those would have done is done here. */
	for (unsigned i = nr_started; i < team->nr_members; i++)
		be_member(team, i);
	team->shared.system->run.nr_started = team->nr_workers;
	if (team->shared.params->init != MMI_STRESS_ON_DEMAND)
		mmi_system_finish(team->shared.system);
}

int mmi_stress_run(struct mmi_system *system, const struct mmi_stress_params *params,
		   struct mmi_stress_result *result, struct mmi_error *err)
{
	struct stress_team team = {.shared = {.system = system, .params = params}};
	int ret = check_params(system, params, err);

	*result = (struct mmi_stress_result){0};
	if (!ret && !system->booted)
		ret = mmi_system_start(system, err);
	if (ret)
		return ret;
	team.shared.alloc = mmi_system_alloc(system, err);
	ret = team.shared.alloc ? open_team(&team, err) : -ENOMEM;
	if (!ret) {
		const uint64_t start_ns = now_ns(&team);
		team.shared.end_ns = params->duration_ns ? start_ns + params->duration_ns : 0;
		run_team(&team);
		result->elapsed_ns = now_ns(&team) - start_ns;
		add_changer(result, &team.changer);
		for (unsigned i = 0; i < params->nr_threads; i++)
			add_thread(result, &team.threads[i]);
		result->grown = system->run.grown;
		result->nr_checks++;
		ret = reckon(&team, err);
		if (team.shared.failed) {
			*err = team.shared.err;
			ret = -EILSEQ;
		}
	}
	close_team(&team);
	return ret;
}
