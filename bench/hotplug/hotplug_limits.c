/* SPDX-License-Identifier: MIT */
/*
 * mminit_hotplug_limits: the limits of what changing memory may take, and may cost others.
 */
#include <stdio.h>

#include "change_bed.h"
#include "in_turns.h"
#include "limits.h"
#include "mminit/platform_native.h"
#include "online_bed.h"

#define LEAST_THROUGHPUT 0.95
#define MOST_OF_BOOT     1.15

/* Runs of a turn: rebuilds are short, onlining is long. */
#define NR_RUNS        5
#define NR_ONLINE_RUNS 3

struct rebuilds {
	struct change_bed *bed;
	unsigned which;
};

static double measure_rebuild(void *user, enum bench_turn turn)
{
	const struct rebuilds *rebuilds = user;

	(void)turn;
	return change_rebuild_ns(rebuilds->bed, rebuilds->which);
}

static bool hold_rebuild(struct bench_limits *limits, struct change_bed *bed, const char *what,
			 unsigned which, double limit_ms)
{
	const struct bench_row row = {.what = what, .limit = limit_ms};
	struct rebuilds rebuilds = {bed, which};
	const struct bench_turns turns = {
	    .measure = measure_rebuild, .user = &rebuilds, .nr_runs = NR_RUNS};
	struct mmi_sample sample = {0};

	if (!bench_wants(limits, what))
		return true;
	for (unsigned i = 0; i < limits->nr_pairs; i++) {
		const double ns = bench_take_turn(&turns, limits, BENCH_SIDE);
		if (ns < 0)
			return false;
		mmi_sample_add(&sample, ns / 1e6);
	}
	const struct mmi_estimate ms = mmi_sample_estimate(&sample);
	bench_print_estimate(limits, &row, &ms);
	bench_end_row(limits);
	return true;
}

/* A reader's pairs: the side beside the same traffic, the baseline beside rebuilds. */
struct readers {
	struct change_bed *bed;
	uint64_t nr_rebuilds;
};

static double measure_reader(void *user, enum bench_turn turn)
{
	struct readers *readers = user;
	const bool rebuilds = turn == BENCH_BASELINE;
	const double ns =
	    change_reader_ns(readers->bed, rebuilds ? BESIDE_REBUILDS : BESIDE_TRAFFIC);

	readers->nr_rebuilds += rebuilds ? readers->bed->nr_changes : 0;
	return ns;
}

static bool verify_reader(void *user, enum bench_turn turn)
{
	struct readers *readers = user;

	(void)turn;
	return change_bed_check(readers->bed);
}

/* Readers' throughput beside rebuilds, by that beside the same traffic. */
static bool hold_readers(struct bench_limits *limits, struct change_bed *bed)
{
	const struct bench_row row = {.what = "readers: rebuilds / traffic",
				      .limit = LEAST_THROUGHPUT,
				      .at_least = true,
				      .unit = "ns a pair, traffic / rebuilds"};
	struct readers readers = {.bed = bed};
	const struct bench_turns turns = {measure_reader, verify_reader, &readers, NR_RUNS};
	struct mmi_sample traffic = {0}, rebuilds = {0};
	char note[40];

	if (!bench_wants(limits, row.what))
		return true;
	if (!bench_in_turns(&turns, limits, &traffic, &rebuilds))
		return false;
	snprintf(note, sizeof(note), "; %llu rebuilds", (unsigned long long)readers.nr_rebuilds);
	bench_print_ratio(limits, &row, &traffic, &rebuilds, note);
	return true;
}

static double measure_online(void *user, enum bench_turn turn)
{
	return turn == BENCH_SIDE ? online_call_ns(user) : online_boot_ns(user);
}

static bool verify_online(void *user, enum bench_turn turn)
{
	(void)turn;
	return online_bed_check(user);
}

/* Memory that comes online in one call, by the same memory at boot. */
static bool hold_online(struct bench_limits *limits, const struct mmi_platform *platform,
			unsigned nr_threads, uint64_t size_bytes)
{
	struct mmi_sample online = {0}, boot = {0};
	struct online_bed bed = {0};
	const struct bench_turns turns = {measure_online, verify_online, &bed, NR_ONLINE_RUNS};
	char what[40];
	const struct bench_row row = {.what = what, .limit = MOST_OF_BOOT, .unit = "ns a page"};

	snprintf(what, sizeof(what), "online / boot, %llu GiB, %u thr.",
		 (unsigned long long)(size_bytes >> 30), nr_threads);
	if (!bench_wants(limits, what))
		return true;
	const bool done = online_bed_init(&bed, platform, size_bytes, nr_threads) &&
			  bench_in_turns(&turns, limits, &online, &boot);
	if (done)
		bench_print_ratio(limits, &row, &online, &boot, "");
	online_bed_deinit(&bed);
	return done;
}

static bool hold_all_online(struct bench_limits *limits, const struct mmi_platform *platform,
			    unsigned nr_cpus)
{
	const uint64_t size_bytes = online_bed_size();

	if (!size_bytes)
		bench_print(
		    limits,
		    "skipped: online, for there is no memory for the struct pages of 8 GiB\n");
	else if (size_bytes < 64ull << 30)
		bench_print(limits,
			    "online: %llu GiB in place of 64, for there is no memory for more\n",
			    (unsigned long long)size_bytes >> 30);
	for (unsigned n = 1; size_bytes && n <= 2 && n <= nr_cpus; n++)
		if (!hold_online(limits, platform, n, size_bytes))
			return false;
	return true;
}

static bool hold_all(struct bench_limits *limits, struct change_bed *bed)
{
	struct mmi_host_facts facts;
	const unsigned nr_cpus = mmi_host_facts_read(&facts) ? 1 : facts.nr_cpus;

	if (!hold_rebuild(limits, bed, "rebuild of 64 nodes, ms", FEW_NODES, 1) ||
	    !hold_rebuild(limits, bed, "rebuild of 1,024 nodes, ms", MANY_NODES, 100))
		return false;
	if (nr_cpus < 2)
		bench_print(limits, "skipped: readers beside rebuilds, for there is %u CPU\n",
			    nr_cpus);
	else if (!hold_readers(limits, bed))
		return false;
	return hold_all_online(limits, bed->platform, nr_cpus);
}

static bool run(struct bench_limits *limits)
{
	static struct change_bed bed;
	const bool done = change_bed_init(&bed) && hold_all(limits, &bed);

	change_bed_deinit(&bed);
	return done;
}

int main(int argc, char **argv)
{
	return bench_limits_main(argc, argv, "mminit_hotplug_limits", run);
}
