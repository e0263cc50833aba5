/* SPDX-License-Identifier: MIT */
/*
 * Audit: where a kernel's own algorithm would go wrong, or slowly, on a machine.
 *
 *	struct mmi_audit audit;
 *	if (mmi_audit_init(&audit, layout, UINT64_MAX, &err))
 *		...
 *	for (uint64_t i = 0; i < audit.nr_places; i++)
 *		... audit.places[i] ...
 *	mmi_audit_deinit(&audit);
 *
 * Linux 6.1, 6.12 and 7.x are known, by the machine's linux_version.  All is worked out from the
 * ranges of the machine: no memmap, and machines of any size.
 *
 * Before the workers start, reservations, holes and the early part of each node are initialised,
 * and what is free of that part is freed.  Then the nodes' threads work at the same time.
 */
#ifndef MMINIT_AUDIT_H
#define MMINIT_AUDIT_H

#include "mminit/deferred.h"

MMI_DECLARATIONS_BEGIN

enum mmi_audit_kind {
	MMI_AUDIT_MIDBLOCK_FREE, /* a free inside a max-order block that is not all initialised */
	MMI_AUDIT_UNINIT_READ,   /* a merge looks at a struct page that nobody has initialised */
	MMI_AUDIT_MISTYPED,      /* pageblocks that stay UNMOVABLE */
	MMI_AUDIT_PAGE_BY_PAGE,  /* pages freed one by one, each under the zone's lock */
	MMI_AUDIT_ONE_THREAD,    /* a job for one thread where the node could have more */
	MMI_NR_AUDIT_KINDS
};

/*
 * One place.  [start_pfn, end_pfn) is, by kind: what is freed, the page that is read, the
 * pageblocks, what is freed one by one, the job.
 */
struct mmi_audit_place {
	enum mmi_audit_kind kind;
	int nid; /* whose thread does it */
	enum mmi_zone_type zone;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t nr; /* pages freed, 1 read, pageblocks, pages freed, pages initialised */
	/*
	 * What it has to do with, else empty: the first uninitialised pages of the block; the free
	 * block that is to be merged.
	 */
	uint64_t other_start_pfn;
	uint64_t other_end_pfn;
	int other_nid;
	bool is_race; /* only where the other node's thread comes later than this one */
};

struct mmi_audit_count {
	uint64_t nr_places;
	uint64_t nr; /* sum of theirs */
};

struct mmi_audit_node {
	int nid;
	unsigned max_threads;       /* that this kernel may start for the node */
	uint64_t nr_deferred_pages; /* free ones */
	uint64_t nr_jobs;
	struct mmi_audit_count kinds[MMI_NR_AUDIT_KINDS];
};

/*
 * Invariants:
 *   totals[k] = sum over nodes of kinds[k]
 *   nr_places = sum over kinds of min(totals[k].nr_places, max_places)
 */
struct mmi_audit {
	const struct mmi_layout *layout;
	struct mmi_audit_node *nodes; /* of machine->nodes, in their order */
	struct mmi_audit_count totals[MMI_NR_AUDIT_KINDS];
	uint64_t max_places;            /* kept of each kind; all are counted */
	struct mmi_audit_place *places; /* kind after kind, each by max-order block */
	uint64_t nr_places;
	uint64_t first_place[MMI_NR_AUDIT_KINDS + 1]; /* of each kind, and nr_places */
};

/*
 * Audits the machine of @layout, which must outlive the audit.  -ENOTSUP: a version that is not
 * known; -ENOMEM.  Any thread.
 */
int mmi_audit_init(struct mmi_audit *audit, const struct mmi_layout *layout, uint64_t max_places,
		   struct mmi_error *err);
void mmi_audit_deinit(struct mmi_audit *audit); /* a zeroed audit is allowed */

bool mmi_audit_is_clean(const struct mmi_audit *audit); /* nothing was found */

/* "mid-block-free", ...; what `nr` counts: "pages freed", ... */
const char *mmi_audit_kind_name(enum mmi_audit_kind kind);
const char *mmi_audit_kind_unit(enum mmi_audit_kind kind);

/* Why it is so: the rule of kernel @version, one line.  NULL: it does not do that. */
const char *mmi_audit_rule(enum mmi_audit_kind kind, enum mmi_linux_version version);

MMI_DECLARATIONS_END

#endif
