/* SPDX-License-Identifier: MIT */
/* What the files of the audit share: the state of one, and a search for each kind of place. */
#ifndef VERIFY_AUDIT_PARTS_H
#define VERIFY_AUDIT_PARTS_H

#include "deferred/linux_jobs.h"
#include "mminit/audit.h"

struct mmi_audit_work {
	struct mmi_audit *audit;
	const struct mmi_linux_rules *rules;
	const struct mmi_layout *layout;
	struct mmi_node_split *splits;
	struct mmi_linux_jobs jobs;
	uint64_t nr_kept[MMI_NR_AUDIT_KINDS];
};

/* Counts a place of @node (an index), and keeps it when there is room. */
void mmi_audit_add(struct mmi_audit_work *work, size_t node, const struct mmi_audit_place *place);

/* The searches; each goes through the machine once, upwards. */
void mmi_audit_jobs(struct mmi_audit_work *work);       /* ONE_THREAD, and the nodes' jobs */
void mmi_audit_frees(struct mmi_audit_work *work);      /* PAGE_BY_PAGE */
void mmi_audit_pageblocks(struct mmi_audit_work *work); /* MISTYPED */
int mmi_audit_blocks(struct mmi_audit_work *work);      /* MIDBLOCK_FREE, UNINIT_READ.  -ENOMEM */

#endif
