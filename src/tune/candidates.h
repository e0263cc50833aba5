/* SPDX-License-Identifier: MIT */
/* Candidates: the values of every choice that a sweep tries, and their samples. */
#ifndef TUNE_CANDIDATES_H
#define TUNE_CANDIDATES_H

#include "mminit/tune.h"
#include "tune/arena.h"
#include "tune/sample.h"

/* Memory that runs were made on, added up. */
struct mmi_backed {
	uint64_t resident_bytes; /* 0: not known */
	uint64_t huge_bytes;     /* of these, in huge pages */
};

/* One value of one choice: how to run it, and what came of it. */
struct mmi_candidate {
	enum mmi_tune_choice choice;
	char value[24];
	struct mmi_arena_job job;
	struct mmi_memmap_options memmap;
	bool cold;            /* on memory that is not backed */
	bool contrast;        /* measured, but nothing to choose */
	bool by_default;      /* what mminit does when nothing is said */
	uint64_t chunk_pages; /* that the plan of its last run had */
	struct mmi_backed backed;
	struct mmi_sample ns;
};

struct mmi_candidates {
	struct mmi_candidate items[MMI_TUNE_MAX_ROWS];
	unsigned nr;
};

/* Lists all values for @machine; @nr_threads of a node is what other choices run with. */
void mmi_candidates_fill(struct mmi_candidates *candidates, const struct mmi_machine *machine,
			 unsigned nr_threads);

/* As reports have it: negative where it is not known. */
double mmi_backed_huge_share(const struct mmi_backed *backed);

/* Fills @report's rows from the samples; what has no row is missing. */
void mmi_candidates_report(const struct mmi_candidates *candidates, struct mmi_tune_report *report);

/*
 * Would more rounds change what is recommended?  Not once each value is either slower than its
 * choice's fastest for sure, or within @indifferent of it for sure.
 */
bool mmi_report_is_settled(const struct mmi_tune_report *report, double indifferent);

#endif
