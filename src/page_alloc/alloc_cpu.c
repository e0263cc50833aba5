/* SPDX-License-Identifier: MIT */
/* Allocating contexts: made, asked by others, stopped, drained, destroyed. */
#include "page_alloc/alloc_cpu.h"

#include <errno.h>
#include <string.h>

#define NR_LOOKS 64 /* before all threads are interrupted: a few microseconds */

/* Called between two requests. */
void mmi_cpu_answer(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;
	const uint32_t answer = MMI_CPU_WATCH | MMI_CPU_WAKE;

	if (mmi_atomic_and32(&cpu->request, ~answer) & MMI_CPU_WAKE)
		platform->ops->wake(platform->ctx, &cpu->request);
}

/* Steps back to answer, as long as it is stopped, and until nothing more is asked. */
void mmi_cpu_answer_at_door(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;
	uint32_t request;

	do {
		mmi_cpu_leave(cpu);
		while ((request = mmi_atomic_read32(&cpu->request)) & MMI_CPU_STOP)
			platform->ops->wait(platform->ctx, &cpu->request, request);
		mmi_cpu_begin(cpu);
	} while (mmi_cpu_is_asked(cpu));
}

/* Who has not answered the last time is idle since: nothing is to be awaited of him. */
static void ask_all(struct mmi_alloc *alloc, uint32_t bits)
{
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next) {
		const uint32_t before = mmi_atomic_or32(&cpu->request, bits | MMI_CPU_WATCH);
		cpu->is_awaited = !(before & MMI_CPU_WATCH);
	}
}

static bool has_answered(const struct mmi_cpu *cpu)
{
	return !(mmi_atomic_read32(&cpu->request) & MMI_CPU_WATCH);
}

/* Who is at work answers when the request that he is in ends, which as a rule is at once. */
static bool all_answer_soon(const struct mmi_alloc *alloc)
{
	const struct mmi_platform *platform = alloc->mem->platform;
	const struct mmi_cpu *cpu = alloc->cpus;
	unsigned nr_looks = platform->ops->relax ? NR_LOOKS : 1;

	while (cpu) {
		if (!cpu->is_awaited || has_answered(cpu)) {
			cpu = cpu->next;
			continue;
		}
		if (!--nr_looks)
			return false;
		platform->ops->relax(platform->ctx);
	}
	return true;
}

static void sleep_until_answered(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;
	uint32_t request;

	while ((request = mmi_atomic_read32(&cpu->request)) & MMI_CPU_WATCH) {
		const uint32_t asleep = request | MMI_CPU_WAKE;
		if (mmi_atomic_cas32(&cpu->request, &request, asleep))
			platform->ops->wait(platform->ctx, &cpu->request, asleep);
	}
}

/* Asks all contexts, and returns when every request has ended that began before they were asked. */
static void wait_for_ends(struct mmi_alloc *alloc, uint32_t bits)
{
	const struct mmi_platform *platform = alloc->mem->platform;

	ask_all(alloc, bits);
	if (all_answer_soon(alloc))
		return;
	platform->ops->process_barrier(platform->ctx);
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next)
		if (cpu->is_awaited && mmi_atomic_read32(&cpu->epoch) & 1)
			sleep_until_answered(cpu);
}

void mmi_cpus_stop(struct mmi_alloc *alloc)
{
	const struct mmi_platform *platform = alloc->mem->platform;

	platform->ops->lock(platform->ctx, &alloc->cpus_lock);
	wait_for_ends(alloc, MMI_CPU_STOP);
}

void mmi_cpus_resume(struct mmi_alloc *alloc)
{
	const struct mmi_platform *platform = alloc->mem->platform;

	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next) {
		mmi_atomic_and32(&cpu->request, ~(uint32_t)MMI_CPU_STOP);
		platform->ops->wake(platform->ctx, &cpu->request);
	}
	platform->ops->unlock(platform->ctx, &alloc->cpus_lock);
}

void mmi_cpus_wait_grace_locked(struct mmi_alloc *alloc)
{
	wait_for_ends(alloc, 0);
}

int mmi_cpu_create(struct mmi_alloc *alloc, int nid, struct mmi_cpu **cpu_out,
		   struct mmi_error *err)
{
	const struct mmi_platform *p = alloc->mem->platform;
	const int node = nid < 0 ? 0 : mmi_machine_node_index(alloc->mem->machine, nid);
	const size_t pcps_bytes = mmi_nr_zones(alloc->mem) * sizeof(struct mmi_pcp);
	struct mmi_cpu *cpu;

	if (node < 0)
		return mmi_error_set(err, -EINVAL, "context on node %d: the machine has none", nid);
	cpu = p->ops->alloc(p->ctx, sizeof(*cpu));
	if (cpu)
		cpu->pcps = p->ops->alloc(p->ctx, pcps_bytes);
	if (!cpu || !cpu->pcps) {
		p->ops->free(p->ctx, cpu, sizeof(*cpu));
		return mmi_error_set(err, -ENOMEM, "no memory for a context of %zu bytes",
				     sizeof(*cpu) + pcps_bytes);
	}
	cpu->alloc = alloc;
	cpu->node = (uint16_t)node;
	cpu->freed_pcp = cpu->pcps; /* without lists: the first page finds its own */
	cpu->freed_lists = cpu->pcps->lists[cpu->freed_type];
	p->ops->lock(p->ctx, &alloc->cpus_lock);
	cpu->next = alloc->cpus;
	alloc->cpus = cpu;
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	*cpu_out = cpu;
	return 0;
}

static bool has_any(const struct mmi_nodemask *nodes, const struct mmi_mem *mem)
{
	for (size_t i = 0; i < mem->nr_nodes; i++)
		if (mmi_nodemask_has(nodes, mem->nodes[i].nid))
			return true;
	return false;
}

int mmi_cpu_allow(struct mmi_cpu *cpu, const struct mmi_nodemask *nodes)
{
	if (nodes && !has_any(nodes, cpu->alloc->mem))
		return -EINVAL;
	cpu->is_confined = nodes != NULL;
	if (nodes)
		cpu->allowed = *nodes;
	/* The short ways may lead elsewhere. */
	memset(cpu->shortcuts, 0, sizeof(cpu->shortcuts));
	return 0;
}

void mmi_cpu_destroy(struct mmi_cpu *cpu)
{
	if (!cpu)
		return;
	struct mmi_alloc *alloc = cpu->alloc;
	const struct mmi_platform *p = alloc->mem->platform;
	const size_t nr_zones = mmi_nr_zones(alloc->mem);
	struct mmi_cpu **link = &alloc->cpus;

	p->ops->lock(p->ctx, &alloc->cpus_lock);
	mmi_cpu_drain_lists(cpu);
	while (*link != cpu)
		link = &(*link)->next;
	*link = cpu->next;
	for (size_t i = 0; i < nr_zones; i++) {
		alloc->nr_taken_pages[i] += cpu->pcps[i].nr_taken_pages;
		mmi_pcp_release(&cpu->pcps[i], p);
	}
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	p->ops->free(p->ctx, cpu->pcps, nr_zones * sizeof(*cpu->pcps));
	p->ops->free(p->ctx, cpu, sizeof(*cpu));
}

const struct mmi_cpu_stats *mmi_cpu_stats(const struct mmi_cpu *cpu)
{
	return &cpu->stats;
}

void mmi_cpu_drain_lists(struct mmi_cpu *cpu)
{
	for (size_t i = 0; i < mmi_nr_zones(cpu->alloc->mem); i++)
		mmi_pcp_drain(&cpu->pcps[i], mmi_numbered_zone(cpu->alloc->mem, i));
}

void mmi_cpu_drain(struct mmi_cpu *cpu)
{
	mmi_cpu_enter(cpu);
	mmi_cpu_drain_lists(cpu);
	mmi_cpu_leave(cpu);
}

void mmi_cpus_drain(struct mmi_alloc *alloc)
{
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next)
		mmi_cpu_drain_lists(cpu);
}

void mmi_alloc_drain(struct mmi_alloc *alloc)
{
	mmi_cpus_stop(alloc);
	mmi_cpus_drain(alloc);
	mmi_cpus_resume(alloc);
}
