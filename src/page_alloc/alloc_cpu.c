/* SPDX-License-Identifier: MIT */
/* Allocating contexts: made, stopped by others, drained, destroyed. */
#include "page_alloc/alloc_cpu.h"

#include <errno.h>

#define NR_LOOKS 2000 /* before a wait: a few microseconds */

static void set_request(struct mmi_cpu *cpu, uint32_t bit)
{
	mmi_atomic_or32(&cpu->request, bit);
}

static void clear_request(struct mmi_cpu *cpu, uint32_t bit)
{
	mmi_atomic_and32(&cpu->request, ~bit);
}

/* The owner is at the door: it steps back until the bit is gone. */
void mmi_cpu_wait_stopped(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;
	uint32_t request;

	do {
		mmi_cpu_leave(cpu);
		while ((request = mmi_atomic_read32(&cpu->request)) & MMI_CPU_STOP)
			platform->ops->wait(platform->ctx, &cpu->request, request);
		mmi_cpu_begin(cpu);
	} while (mmi_atomic_read32(&cpu->request) & MMI_CPU_STOP);
}

void mmi_cpu_wake_watcher(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;

	platform->ops->wake(platform->ctx, &cpu->epoch);
}

/* Sets a bit in every context, and lets every thread see it. */
static void request_all(struct mmi_alloc *alloc, uint32_t bit)
{
	const struct mmi_platform *platform = alloc->mem->platform;

	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next)
		set_request(cpu, bit);
	platform->ops->process_barrier(platform->ctx);
}

/*
 * Most requests end at once.  Who went to sleep for each would cost the owner a call to wake him at
 * the end of every request, until he is back to take his bit away.
 */
static void wait_for_end(struct mmi_cpu *cpu)
{
	const struct mmi_platform *platform = cpu->alloc->mem->platform;
	const uint32_t epoch = mmi_atomic_read32(&cpu->epoch);

	if (!(epoch & 1))
		return;
	for (unsigned i = 0; i < NR_LOOKS; i++)
		if (mmi_atomic_read32(&cpu->epoch) != epoch)
			return;
	while (mmi_atomic_read32(&cpu->epoch) == epoch)
		platform->ops->wait(platform->ctx, &cpu->epoch, epoch);
}

/* The first end of a request is enough: whoever begins one after that finds the bit, and steps back. */
void mmi_cpus_stop_locked(struct mmi_alloc *alloc)
{
	request_all(alloc, MMI_CPU_STOP);
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next)
		wait_for_end(cpu);
}

void mmi_cpus_resume_locked(struct mmi_alloc *alloc)
{
	const struct mmi_platform *platform = alloc->mem->platform;

	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next) {
		clear_request(cpu, MMI_CPU_STOP);
		platform->ops->wake(platform->ctx, &cpu->request);
	}
}

void mmi_cpus_wait_grace_locked(struct mmi_alloc *alloc)
{
	request_all(alloc, MMI_CPU_WATCH);
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next) {
		wait_for_end(cpu);
		clear_request(cpu, MMI_CPU_WATCH);
	}
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
	p->ops->lock(p->ctx, &alloc->cpus_lock);
	cpu->next = alloc->cpus;
	alloc->cpus = cpu;
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	*cpu_out = cpu;
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

void mmi_alloc_drain(struct mmi_alloc *alloc)
{
	const struct mmi_platform *p = alloc->mem->platform;

	p->ops->lock(p->ctx, &alloc->cpus_lock);
	mmi_cpus_stop_locked(alloc);
	for (struct mmi_cpu *cpu = alloc->cpus; cpu; cpu = cpu->next)
		mmi_cpu_drain_lists(cpu);
	mmi_cpus_resume_locked(alloc);
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
}
