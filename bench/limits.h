/* SPDX-License-Identifier: MIT */
/*
 * What the programs that hold limits of speed share: arguments, exit codes, rows and verdicts.
 *
 * Usage: PROGRAM [--report] [--only TEXT] [PAIRS].  With --report every line is one that `./test`
 * shows; with --only, no more than the rows whose name has TEXT are measured.
 */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "calm.h"
#include "tune/sample.h"

struct bench_limits {
	const char *prefix; /* before every line */
	unsigned nr_pairs;
	const char *only; /* part of the names of the rows that are wanted; "": all */
	unsigned nr_rows; /* that were wanted so far */
	bool broken;      /* a limit, or something else that was not as it should */
	struct bench_calm calm;
	/* Of the row that is being measured: */
	unsigned nr_again; /* runs that were not calm */
	unsigned nr_kept;  /* turns that did not get their number of calm ones */
	uint64_t lost_ns;  /* by waiting for calm, and by runs that were not calm */
};

/* A row of the table.  A limit holds when all of the 95% interval is on its side. */
struct bench_row {
	const char *what;
	double limit; /* 0: there is none */
	bool at_least;
	bool either_way;      /* the limit is also one of the inverse */
	const char *not_held; /* where the limit is not held: said in place of "BROKEN" */
	const char *unit;     /* of both sides' times */
};

/*
 * The program: reads the arguments, runs @run (false, with a message: it could not measure) and
 * returns the exit code: 0 every limit holds, 1 could not be measured or no row is wanted, 2 wrong
 * usage, 4 a limit is broken or something was not as it should, 77 nothing can be held in this
 * build.
 */
int bench_limits_main(int argc, char **argv, const char *name,
		      bool (*run)(struct bench_limits *limits));

__attribute__((format(printf, 2, 3))) void bench_print(const struct bench_limits *limits,
						       const char *format, ...);

/* Is the row of this name to be measured? */
bool bench_wants(struct bench_limits *limits, const char *what);

/* "holds", or "BROKEN", which is noted. */
const char *bench_judge(struct bench_limits *limits, bool holds);

/* The row's head: what, the middle, its interval, the limit and the verdict; the line stays open. */
void bench_print_estimate(struct bench_limits *limits, const struct bench_row *row,
			  const struct mmi_estimate *estimate);

/* Ends the row: how calm it was, and the line. */
void bench_end_row(struct bench_limits *limits);

/*
 * The whole row, of the ratio of two sides, with both their times and how calm it was;
 * @note: what else is to be said.
 */
void bench_print_ratio(struct bench_limits *limits, const struct bench_row *row,
		       const struct mmi_sample *side, const struct mmi_sample *baseline,
		       const char *note);

#endif
