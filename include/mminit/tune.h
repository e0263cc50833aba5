/* SPDX-License-Identifier: MIT */
/*
 * Tuning: which chunk, threads, batch, store and backing are fastest here, and how sure that is.
 *
 * One choice at a time is varied, the others stay as mminit has them by default.  Every round runs
 * every value once, in a turning order, so that what disturbs the host disturbs all alike; values
 * are compared round by round.  Only what is timed counts: planning and the run, on memory that
 * is backed (or, for the backing, on memory that is not).
 */
#ifndef MMINIT_TUNE_H
#define MMINIT_TUNE_H

#include <stdio.h>

#include "mminit/report.h"

MMI_DECLARATIONS_BEGIN

enum mmi_tune_choice {
	MMI_TUNE_CHUNK,
	MMI_TUNE_THREADS,
	MMI_TUNE_BATCH,
	MMI_TUNE_STORE,
	MMI_TUNE_BACKING,
	MMI_TUNE_ORDER, /* our engine's order of work, or Linux 6.1's */
	MMI_NR_TUNE_CHOICES
};

#define MMI_TUNE_MAX_ROWS       96
#define MMI_TUNE_MIN_ROUNDS     6 /* fewer bound no median */
#define MMI_TUNE_MAX_ROUNDS     512
#define MMI_TUNE_DEFAULT_ROUNDS 20

/*
 * One value of one choice.  Times in nanoseconds a struct page that is written; low to high: 95% of
 * the median.  Chunks are tried with fewer threads too: rows of one choice and as many threads
 * compete, but those of MMI_TUNE_THREADS all with each other.  Chunks of one block, where a section
 * has more, are there for contrast: they are no choice, and never the fastest.
 */
struct mmi_tune_row {
	enum mmi_tune_choice choice;
	char value[24];
	unsigned nr_threads;  /* of a node */
	uint64_t chunk_pages; /* that the value, or the rule beside it, came to */
	double ns, ns_low, ns_high;
	double cost, cost_low, cost_high; /* against the fastest it competes with; that has 1 */
	bool fastest;
	bool contrast;       /* for looking at only: it cannot be chosen */
	bool by_default;     /* what mminit does when nothing is said */
	double huge_share;   /* of the memmap it ran on, in huge pages, read back; < 0: not known */
	unsigned nr_samples; /* one a round, and one more of an interrupted one */
	double samples[MMI_TUNE_MAX_ROUNDS]; /* ns, round by round */
};

/* One value that a sweep which ended before its time did not get to. */
struct mmi_tune_missing {
	enum mmi_tune_choice choice;
	char value[24];
	unsigned nr_threads; /* of a node */
};

struct mmi_tune_report {
	struct mmi_tune_row rows[MMI_TUNE_MAX_ROWS]; /* by choice; what was measured at all */
	unsigned nr_rows;
	struct mmi_tune_missing missing[MMI_TUNE_MAX_ROWS]; /* all that has no row */
	unsigned nr_missing;
	unsigned nr_rounds;  /* whole ones */
	unsigned max_rounds; /* that there could have been */
	bool settled;     /* stopped early: further rounds would not change what is recommended */
	bool interrupted; /* somebody asked to stop */
	struct mmi_error failed; /* code: a run failed, which ended the sweep; text: why */
	double scale;            /* of the machine that was measured; 1: whole */
	uint64_t memmap_bytes;
	unsigned nr_threads; /* of a node, where a row has no reason for others */
	double huge_share;   /* of the memmap of all rows but MMI_TUNE_BACKING's; < 0: not known */
	double memset_ns;    /* a page, libc's memset by the same team */
	double loop_ns;      /* a page, our page store alone */
	double engine_ns;    /* a page, all by default */
};

struct mmi_tune_params {
	unsigned max_rounds;       /* 0: MMI_TUNE_DEFAULT_ROUNDS */
	unsigned nr_threads;       /* of a node; 0: the host's CPUs */
	uint64_t max_memmap_bytes; /* the machine is scaled down to it; 0: a GiB */
	/*
	 * Called before each run, with how many were made of @max_runs, which are all rounds'; false
	 * ends the sweep with what there is.  NULL: never.
	 */
	bool (*go_on)(void *user, uint64_t nr_runs, uint64_t max_runs);
	/*
	 * Called after runs, untimed: how much of [@start, @start + @size_bytes) lies in memory,
	 * and of that in huge pages.  0, or -errno: not known.  NULL: it never is.
	 */
	int (*read_backing)(void *user, const void *start, size_t size_bytes,
			    uint64_t *resident_bytes, uint64_t *huge_bytes);
	void *user;
};

/*
 * Sweeps over @machine.  -ENOTSUP in the checked core, whose times say nothing; -ENOMEM, or what the
 * platform said; @report is then empty.  Once something is measured it is kept: 0, and where a run
 * failed later @report says what with and what is missing.  One thread calls.
 */
int mmi_tune(const struct mmi_machine *machine, const struct mmi_tune_params *params,
	     struct mmi_tune_report *report, struct mmi_error *err);

/*
 * How fast this host writes @machine's struct pages by @nr_threads threads in all: a memmap of the
 * machine's shape, scaled down to @max_memmap_bytes, is backed, written some times and given back.
 * -ENOMEM, or what the platform said.  One thread calls.
 */
int mmi_bandwidth_measure(const struct mmi_machine *machine, unsigned nr_threads,
			  uint64_t max_memmap_bytes, struct mmi_report_bandwidth *bandwidth,
			  struct mmi_error *err);

#define MMI_TUNE_OPTIONS_BYTES 192

/*
 * Options of `mminit run` for what is surely faster than its defaults, such as "--chunk 4s"; empty
 * where nothing is.  False: too few rounds to say.
 */
bool mmi_tune_recommended(const struct mmi_tune_report *report,
			  char options[MMI_TUNE_OPTIONS_BYTES]);

/* As tables have it. */
const char *mmi_tune_choice_name(enum mmi_tune_choice choice);

/* The report for people, and as CSV with a line of names first. */
void mmi_tune_print_text(FILE *out, const struct mmi_tune_report *report);
void mmi_tune_print_csv(FILE *out, const struct mmi_tune_report *report);
/* One JSON document and a newline.  -ENOMEM, having written nothing. */
int mmi_tune_print_json(FILE *out, const struct mmi_tune_report *report,
			const struct mmi_report_source *source,
			const struct mmi_report_context *context);

MMI_DECLARATIONS_END

#endif
