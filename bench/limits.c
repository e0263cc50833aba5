/* SPDX-License-Identifier: MIT */
/* Arguments, rows and verdicts of the programs that hold limits. */
#include "limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mminit/platform_native.h"

#define NR_PAIRS_DEFAULT 21

enum { EXIT_USAGE = 2, EXIT_BROKEN = 4, EXIT_SKIPPED = 77 };

void bench_print(const struct bench_limits *limits, const char *format, ...)
{
	va_list args;

	fputs(limits->prefix, stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

const char *bench_judge(struct bench_limits *limits, bool holds)
{
	limits->broken = limits->broken || !holds;
	return holds ? "holds" : "BROKEN";
}

static bool holds_limit(const struct bench_row *row, const struct mmi_estimate *estimate)
{
	if (row->at_least)
		return estimate->low >= row->limit;
	return estimate->high <= row->limit &&
	       (!row->either_way || estimate->low * row->limit >= 1);
}

void bench_print_estimate(struct bench_limits *limits, const struct bench_row *row,
			  const struct mmi_estimate *estimate)
{
	const bool holds = holds_limit(row, estimate);
	const char *verdict = "reported";
	char held_against[16] = "";

	if (row->limit > 0) {
		snprintf(held_against, sizeof(held_against), "%s %.4g",
			 row->at_least ? ">=" : "<=", row->limit);
		verdict = holds || !row->not_held ? bench_judge(limits, holds) : row->not_held;
	}
	bench_print(limits, "%-36s %7.3f  %7.3f-%-7.3f  %-7s  %-12s", row->what, estimate->median,
		    estimate->low, estimate->high, held_against, verdict);
}

void bench_end_row(struct bench_limits *limits)
{
	if (limits->nr_again || limits->nr_kept)
		printf("  (%u runs were not calm; %u turns had to do without)", limits->nr_again,
		       limits->nr_kept);
	putchar('\n');
	fflush(stdout);
	limits->nr_again = limits->nr_kept = 0;
	limits->lost_ns = 0;
}

void bench_print_ratio(struct bench_limits *limits, const struct bench_row *row,
		       const struct mmi_sample *side, const struct mmi_sample *baseline,
		       const char *note)
{
	const struct mmi_estimate ratio = mmi_sample_ratio(side, baseline);

	bench_print_estimate(limits, row, &ratio);
	printf("  %.3f / %.3f %s%s", mmi_sample_estimate(side).median,
	       mmi_sample_estimate(baseline).median, row->unit, note);
	bench_end_row(limits);
}

bool bench_wants(struct bench_limits *limits, const char *what)
{
	const bool wants = strstr(what, limits->only) != NULL;

	limits->nr_rows += wants;
	return wants;
}

static bool read_arguments(struct bench_limits *limits, int argc, char **argv)
{
	int next = 1;

	if (next < argc && !strcmp(argv[next], "--report")) {
		limits->prefix = "report: ";
		next++;
	}
	if (next + 1 < argc && !strcmp(argv[next], "--only")) {
		limits->only = argv[next + 1];
		next += 2;
	}
	if (next < argc)
		limits->nr_pairs = (unsigned)atoi(argv[next++]);
	return next == argc && limits->nr_pairs >= MMI_MIN_SAMPLES &&
	       limits->nr_pairs <= MMI_MAX_SAMPLES;
}

#ifdef NDEBUG
static int hold(struct bench_limits *limits, bool (*run)(struct bench_limits *limits))
{
	bench_print(limits,
		    "%u pairs or runs each; median and 95%% interval of it by the sign test\n",
		    limits->nr_pairs);
	bench_calm_init(&limits->calm);
	bench_print(limits, "%-36s  median  interval         limit    verdict\n", "what");
	if (!run(limits))
		return limits->broken ? EXIT_BROKEN : EXIT_FAILURE;
	if (!limits->nr_rows) {
		fprintf(stderr, "no row has \"%s\" in its name\n", limits->only);
		return EXIT_FAILURE;
	}
	return limits->broken ? EXIT_BROKEN : EXIT_SUCCESS;
}
#else
static int hold(struct bench_limits *limits, bool (*run)(struct bench_limits *limits))
{
	(void)run;
	bench_print(limits, "skipped: a debug build says nothing about speed\n");
	return EXIT_SKIPPED;
}
#endif

int bench_limits_main(int argc, char **argv, const char *name,
		      bool (*run)(struct bench_limits *limits))
{
	struct bench_limits limits = {.nr_pairs = NR_PAIRS_DEFAULT, .prefix = "", .only = ""};

	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (read_arguments(&limits, argc, argv))
		return hold(&limits, run);
	fprintf(stderr, "usage: %s [--report] [--only TEXT] [PAIRS]   (%d to %d, default %d)\n",
		name, MMI_MIN_SAMPLES, MMI_MAX_SAMPLES, NR_PAIRS_DEFAULT);
	return EXIT_USAGE;
}
