/* SPDX-License-Identifier: MIT */
/* Asserts the allocator's invariants that stand in alloc.h, with all contexts stopped. */
#include <errno.h>

#include "page_alloc/alloc_cpu.h"

static int check_lists(const struct mmi_alloc *alloc, size_t number, uint64_t *nr_listed_pages,
		       int64_t *nr_taken_pages, struct mmi_error *err)
{
	const struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	int ret = 0;

	*nr_listed_pages = 0;
	*nr_taken_pages = alloc->nr_taken_pages[number];
	for (const struct mmi_cpu *cpu = alloc->cpus; !ret && cpu; cpu = cpu->next) {
		const struct mmi_pcp *pcp = &cpu->pcps[number];
		ret = mmi_pcp_check(pcp, zone, err);
		*nr_listed_pages += pcp->nr_pages;
		*nr_taken_pages += pcp->nr_taken_pages;
	}
	return ret;
}

/* All pages of a zone are accounted for.  Its lock is held. */
static int check_zone(const struct mmi_alloc *alloc, size_t number, struct mmi_error *err)
{
	struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	uint64_t nr_listed_pages;
	int64_t nr_taken_pages;
	int ret = mmi_zone_check(zone, err);

	if (!ret)
		ret = check_lists(alloc, number, &nr_listed_pages, &nr_taken_pages, err);
	if (!ret && (zone->nr_managed_pages !=
			 zone->nr_free_pages + zone->nr_isolated_pages + (uint64_t)nr_taken_pages ||
		     (int64_t)nr_listed_pages > nr_taken_pages))
		ret = mmi_error_set(
		    err, -EINVAL,
		    "node %d zone %s: managed %llu pages, free %llu, on CPUs' lists %llu, handed "
		    "out %lld: the sum of these expected",
		    zone->nid, mmi_zone_type_name(zone->type),
		    (unsigned long long)zone->nr_managed_pages,
		    (unsigned long long)(zone->nr_free_pages + zone->nr_isolated_pages),
		    (unsigned long long)nr_listed_pages,
		    (long long)(nr_taken_pages - (int64_t)nr_listed_pages));
	return ret;
}

int mmi_alloc_check(struct mmi_alloc *alloc, struct mmi_error *err)
{
	const struct mmi_platform *p = alloc->mem->platform;
	int ret;

	mmi_cpus_stop(alloc);
	ret = mmi_zonelists_check(alloc->zonelists, alloc->mem, err);
	for (size_t i = 0; !ret && i < mmi_nr_zones(alloc->mem); i++) {
		struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, i);
		p->ops->lock(p->ctx, &zone->lock);
		ret = check_zone(alloc, i, err);
		p->ops->unlock(p->ctx, &zone->lock);
	}
	mmi_cpus_resume(alloc);
	return ret;
}
