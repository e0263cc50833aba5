/* SPDX-License-Identifier: MIT */
/* What was done for each node: the workers' figures added up, for text and JSON alike. */
#ifndef REPORT_NODE_WORK_H
#define REPORT_NODE_WORK_H

#include "mminit/report.h"

/* One node of the machine.  Without a group of its own (nothing deferred): zeros and -1. */
struct mmi_node_work {
	int server_nid; /* whose CPUs worked for it */
	unsigned nr_threads;
	int first_thread;       /* the group's first; -1: no group */
	uint64_t nr_chunks;     /* of the node, worked by whomever */
	uint64_t nr_stolen;     /* of these, by other nodes' workers; where records were kept */
	uint64_t nr_init_pages; /* struct pages written by its workers */
	uint64_t init_ns;       /* from the first claim to the last end */
};

/* The work done for node @nid. */
struct mmi_node_work mmi_node_work_of(const struct mmi_system *system, int nid);

/* All struct pages written, early ones too. */
uint64_t mmi_run_init_pages(const struct mmi_deferred_run *run);

/* Of one run or node: nanoseconds a page, and memmap written per second in units of 10^9 bytes. */
double mmi_ns_per_page(uint64_t elapsed_ns, uint64_t nr_pages);

/* The better of what memset and our own loop need for a page. */
double mmi_bandwidth_best_ns(const struct mmi_report_bandwidth *bandwidth);
double mmi_gb_per_second(uint64_t elapsed_ns, uint64_t nr_pages);

#endif
