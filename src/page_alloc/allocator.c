/* SPDX-License-Identifier: MIT */
/* The allocator of a machine: made, its zonelists published and renewed. */
#include <errno.h>

#include "page_alloc/alloc_cpu.h"
#include "page_alloc/alloc_figures.h"
#include "page_alloc/bulk_listed.h"

/* Replaces the lists that stand; the old ones are freed when nobody can be reading them. */
static int publish_zonelists_locked(struct mmi_alloc *alloc, struct mmi_zonelists *new)
{
	struct mmi_zonelists *old = alloc->zonelists;

	if (!new)
		return -ENOMEM;
	alloc->generation = new->generation;
	mmi_atomic_yield(MMI_YIELD_ATOMIC, &alloc->zonelists);
	__atomic_store_n(&alloc->zonelists, new, __ATOMIC_RELEASE);
	mmi_cpus_wait_grace_locked(alloc);
	mmi_zonelists_free(old, alloc->mem->platform);
	return 0;
}

void mmi_zonelists_lock(struct mmi_alloc *alloc)
{
	const struct mmi_platform *p = alloc->mem->platform;

	p->ops->lock(p->ctx, &alloc->zonelists_lock);
}

void mmi_zonelists_unlock(struct mmi_alloc *alloc)
{
	const struct mmi_platform *p = alloc->mem->platform;

	p->ops->unlock(p->ctx, &alloc->zonelists_lock);
}

int mmi_zonelists_rebuild_locked(struct mmi_alloc *alloc)
{
	const struct mmi_platform *p = alloc->mem->platform;

	p->ops->lock(p->ctx, &alloc->cpus_lock);
	const int ret =
	    publish_zonelists_locked(alloc, mmi_zonelists_build(alloc->mem, alloc->generation + 1));
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	return ret;
}

int mmi_zonelists_rebuild(struct mmi_alloc *alloc)
{
	mmi_zonelists_lock(alloc);
	const int ret = mmi_zonelists_rebuild_locked(alloc);
	mmi_zonelists_unlock(alloc);
	return ret;
}

int mmi_zonelists_rebuild_node(struct mmi_alloc *alloc, int nid)
{
	const struct mmi_platform *p = alloc->mem->platform;
	const int node = mmi_machine_node_index(alloc->mem->machine, nid);

	if (node < 0)
		return -EINVAL;
	mmi_zonelists_lock(alloc);
	p->ops->lock(p->ctx, &alloc->cpus_lock);
	const int ret = publish_zonelists_locked(
	    alloc, mmi_zonelists_build_node(alloc->mem, alloc->zonelists, (size_t)node,
					    alloc->generation + 1));
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	mmi_zonelists_unlock(alloc);
	return ret;
}

int mmi_alloc_create(struct mmi_mem *mem, struct mmi_deferred_run *run,
		     struct mmi_alloc **alloc_out, struct mmi_error *err)
{
	const struct mmi_platform *p = mem->platform;
	struct mmi_alloc *alloc = p->ops->alloc(p->ctx, sizeof(*alloc));

	*alloc_out = NULL;
	if (!alloc)
		return mmi_error_set(err, -ENOMEM, "no memory for an allocator");
	alloc->mem = mem;
	alloc->run = run;
	alloc->bulk = mmi_bulk_ways(mem->map.options.store);
	alloc->zonelists_lock.rank = MMI_LOCK_ZONELISTS;
	alloc->cpus_lock.rank = MMI_LOCK_PCP;
	for (size_t i = 0; i < mem->nr_nodes; i++)
		alloc->node_of_nid[mem->nodes[i].nid] = (uint16_t)i;
	alloc->figures = p->ops->alloc(p->ctx, mmi_nr_zones(mem) * sizeof(*alloc->figures));
	alloc->nr_taken_pages =
	    p->ops->alloc(p->ctx, mmi_nr_zones(mem) * sizeof(*alloc->nr_taken_pages));
	if (!alloc->figures || !alloc->nr_taken_pages || mmi_alloc_figures_init(alloc) ||
	    mmi_zonelists_rebuild(alloc)) {
		mmi_alloc_destroy(alloc);
		return mmi_error_set(err, -ENOMEM, "no memory for the zonelists of %zu nodes",
				     mem->nr_nodes);
	}
	*alloc_out = alloc;
	return 0;
}

void mmi_alloc_destroy(struct mmi_alloc *alloc)
{
	if (!alloc)
		return;
	const struct mmi_platform *p = alloc->mem->platform;
	const size_t nr_zones = mmi_nr_zones(alloc->mem);
	mmi_zonelists_free(alloc->zonelists, p);
	mmi_alloc_figures_deinit(alloc);
	p->ops->free(p->ctx, alloc->figures, nr_zones * sizeof(*alloc->figures));
	p->ops->free(p->ctx, alloc->nr_taken_pages, nr_zones * sizeof(*alloc->nr_taken_pages));
	p->ops->free(p->ctx, alloc, sizeof(*alloc));
}

bool mmi_alloc_figures(const struct mmi_alloc *alloc, int nid, enum mmi_zone_type type,
		       struct mmi_zone_figures *figures)
{
	const int node = mmi_machine_node_index(alloc->mem->machine, nid);

	if (node < 0)
		return false;
	const struct mmi_zone_figures *from = &alloc->figures[mmi_zone_number((size_t)node, type)];
	figures->min_pages = mmi_atomic_peek64(&from->min_pages);
	figures->low_pages = mmi_atomic_peek64(&from->low_pages);
	figures->high_pages = mmi_atomic_peek64(&from->high_pages);
	for (int z = 0; z < MMI_NR_ZONES; z++)
		figures->protection_pages[z] = mmi_atomic_peek64(&from->protection_pages[z]);
	figures->pcp_batch = mmi_atomic_peek64(&from->pcp_batch);
	figures->pcp_high = mmi_atomic_peek64(&from->pcp_high);
	return true;
}

size_t mmi_alloc_zonelist(struct mmi_alloc *alloc, int nid, bool fallback, struct mmi_zoneref *refs,
			  size_t nr)
{
	const struct mmi_platform *p = alloc->mem->platform;
	const int node = mmi_machine_node_index(alloc->mem->machine, nid);
	size_t nr_zones = 0;

	if (node < 0)
		return 0;
	/* Who holds the lock keeps the lists from being replaced. */
	p->ops->lock(p->ctx, &alloc->cpus_lock);
	const struct mmi_zonelist *list = &alloc->zonelists->nodes[node];
	nr_zones = fallback ? list->nr : list->nr_own;
	for (size_t i = 0; i < nr_zones && i < nr; i++)
		refs[i] = list->refs[i];
	p->ops->unlock(p->ctx, &alloc->cpus_lock);
	return nr_zones;
}
