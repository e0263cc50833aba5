/* SPDX-License-Identifier: MIT */
/*
 * mminit_hotplug_limits: the limits of what changing memory may take, and may cost others.
 *
 * Exit codes as of mminit_pairs: 0 every limit holds, 1 could not be measured, 4 a limit is broken
 * or something was not as it should, 77 nothing can be held in this build.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change_bed.h"
#include "mminit/platform_native.h"
#include "online_bed.h"
#include "tune/sample.h"

#define NR_PAIRS_DEFAULT 21
#define LEAST_THROUGHPUT 0.95
#define MOST_OF_BOOT     1.15

enum { EXIT_BROKEN = 4, EXIT_SKIPPED = 77 };

struct limits {
	struct change_bed bed;
	const char *prefix; /* before every line */
	unsigned nr_pairs;
	bool broken;
};

__attribute__((format(printf, 2, 3))) static void print(const struct limits *l, const char *format,
							...)
{
	va_list args;

	fputs(l->prefix, stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

static const char *judge(struct limits *l, bool holds)
{
	l->broken = l->broken || !holds;
	return holds ? "holds" : "BROKEN";
}

static bool hold_rebuild(struct limits *l, const char *what, unsigned which, double limit_ms)
{
	struct mmi_sample sample = {0};

	for (unsigned i = 0; i < l->nr_pairs; i++) {
		const double ns = change_rebuild_ns(&l->bed, which);
		if (ns < 0)
			return false;
		mmi_sample_add(&sample, ns / 1e6);
	}
	const struct mmi_estimate ms = mmi_sample_estimate(&sample);
	print(l, "%-30s %8.3f  %7.3f-%-7.3f  <= %-5.0f  %s\n", what, ms.median, ms.low, ms.high,
	      limit_ms, judge(l, ms.high <= limit_ms));
	return true;
}

/* Readers' throughput beside rebuilds, by that beside the same traffic; in turns. */
static bool hold_readers(struct limits *l)
{
	struct mmi_sample samples[2] = {{{0}, 0}};
	uint64_t nr_rebuilds = 0;

	for (unsigned i = 0; i < l->nr_pairs; i++) {
		for (unsigned j = 0; j < 2; j++) {
			const enum beside beside = (i + j) % 2 ? BESIDE_TRAFFIC : BESIDE_REBUILDS;
			const double ns = change_reader_ns(&l->bed, beside);
			if (ns < 0)
				return false;
			mmi_sample_add(&samples[beside], ns);
			nr_rebuilds += beside == BESIDE_REBUILDS ? l->bed.nr_changes : 0;
		}
	}
	const struct mmi_estimate ratio =
	    mmi_sample_ratio(&samples[BESIDE_TRAFFIC], &samples[BESIDE_REBUILDS]);
	print(
	    l, "%-30s %8.3f  %7.3f-%-7.3f  >= %-5.2f  %-6s  %.2f / %.2f ns a pair; %llu rebuilds\n",
	    "readers: rebuilds / traffic", ratio.median, ratio.low, ratio.high, LEAST_THROUGHPUT,
	    judge(l, ratio.low >= LEAST_THROUGHPUT),
	    mmi_sample_estimate(&samples[BESIDE_REBUILDS]).median,
	    mmi_sample_estimate(&samples[BESIDE_TRAFFIC]).median, (unsigned long long)nr_rebuilds);
	return true;
}

static bool measure_online(struct limits *l, struct online_bed *bed, struct mmi_sample *online,
			   struct mmi_sample *boot)
{
	for (unsigned i = 0; i < l->nr_pairs + 1; i++) {
		double ns[2];
		for (unsigned j = 0; j < 2; j++) {
			const bool is_boot = (i + j) % 2;
			ns[is_boot] = is_boot ? online_boot_ns(bed) : online_call_ns(bed);
			if (ns[is_boot] < 0)
				return false;
		}
		if (i == 0)
			continue; /* warms up */
		mmi_sample_add(online, ns[0]);
		mmi_sample_add(boot, ns[1]);
	}
	return true;
}

/* Memory that comes online in one call, by the same memory at boot; in turns. */
static bool hold_online(struct limits *l, unsigned nr_threads, uint64_t size_bytes)
{
	struct mmi_sample online = {0}, boot = {0};
	struct online_bed bed = {0};
	char what[40];

	bool done = online_bed_init(&bed, l->bed.platform, size_bytes, nr_threads) &&
		    measure_online(l, &bed, &online, &boot);
	if (done) {
		const struct mmi_estimate ratio = mmi_sample_ratio(&online, &boot);
		snprintf(what, sizeof(what), "online / boot, %llu GiB, %u thr.",
			 (unsigned long long)(size_bytes / (1ull << 30)), nr_threads);
		print(l, "%-30s %8.3f  %7.3f-%-7.3f  <= %-5.2f  %-6s  %.2f / %.2f ns a page\n",
		      what, ratio.median, ratio.low, ratio.high, MOST_OF_BOOT,
		      judge(l, ratio.high <= MOST_OF_BOOT), mmi_sample_estimate(&online).median,
		      mmi_sample_estimate(&boot).median);
		l->broken = !online_bed_check(&bed) || l->broken;
	}
	online_bed_deinit(&bed);
	return done;
}

static bool hold_all_online(struct limits *l, unsigned nr_cpus)
{
	const uint64_t size_bytes = online_bed_size();

	if (!size_bytes)
		print(l, "skipped: online, for there is no memory for the struct pages of 8 GiB\n");
	else if (size_bytes < 64ull << 30)
		print(l, "online: %llu GiB in place of 64, for there is no memory for more\n",
		      (unsigned long long)size_bytes >> 30);
	for (unsigned n = 1; size_bytes && n <= 2 && n <= nr_cpus; n++)
		if (!hold_online(l, n, size_bytes))
			return false;
	return true;
}

static bool run_all(struct limits *l)
{
	struct mmi_host_facts facts;
	const unsigned nr_cpus = mmi_host_facts_read(&facts) ? 1 : facts.nr_cpus;

	print(l, "%u runs or pairs each; median and 95%% interval of it by the sign test\n",
	      l->nr_pairs);
	print(l, "%-30s   median  interval         limit     verdict\n", "what");
	if (!hold_rebuild(l, "rebuild of 64 nodes, ms", FEW_NODES, 1) ||
	    !hold_rebuild(l, "rebuild of 1,024 nodes, ms", MANY_NODES, 100))
		return false;
	if (nr_cpus < 2)
		print(l, "skipped: readers beside rebuilds, for there is %u CPU\n", nr_cpus);
	else if (!hold_readers(l))
		return false;
	l->broken = !change_bed_check(&l->bed) || l->broken;
	return hold_all_online(l, nr_cpus);
}

static bool read_arguments(struct limits *l, int argc, char **argv)
{
	int next = 1;

	if (next < argc && !strcmp(argv[next], "--report")) {
		l->prefix = "report: ";
		next++;
	}
	if (next < argc)
		l->nr_pairs = (unsigned)atoi(argv[next++]);
	return next == argc && l->nr_pairs >= MMI_MIN_SAMPLES && l->nr_pairs <= MMI_MAX_SAMPLES;
}

int main(int argc, char **argv)
{
	static struct limits limits = {.nr_pairs = NR_PAIRS_DEFAULT, .prefix = ""};

	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (!read_arguments(&limits, argc, argv)) {
		fprintf(stderr,
			"usage: mminit_hotplug_limits [--report] [RUNS]   (%d to %d, default %d)\n",
			MMI_MIN_SAMPLES, MMI_MAX_SAMPLES, NR_PAIRS_DEFAULT);
		return 2;
	}
#ifndef NDEBUG
	print(&limits, "skipped: a debug build says nothing about speed\n");
	return EXIT_SKIPPED;
#else
	const bool done = change_bed_init(&limits.bed) && run_all(&limits);
	change_bed_deinit(&limits.bed);
	return !done ? EXIT_FAILURE : limits.broken ? EXIT_BROKEN : EXIT_SUCCESS;
#endif
}
