/* SPDX-License-Identifier: MIT */
/* Every option of every subcommand: what it is called, what it sets, what is said of it. */
#include "tool/option_table.h"

#include <string.h>

#include "tool/option_words.h"

/* The kinds of options: one that takes a word to be read, one that keeps it, one that is there. */
#define WORD(setter) MMI_OPTION_WORD, setter, 0
#define TEXT(member) MMI_OPTION_TEXT, NULL, offsetof(struct mmi_options, member)
#define FLAG(member) MMI_OPTION_FLAG, NULL, offsetof(struct mmi_options, member)

static const char *set_linux(struct mmi_options *options, const char *word)
{
	const char *dot = strchr(word, '.');
	uint64_t major, minor = 0;
	char digits[8] = "";

	if (!dot || (size_t)(dot - word) >= sizeof(digits))
		return "a kernel version, such as 6.1 or 7.x";
	memcpy(digits, word, (size_t)(dot - word));
	if (!mmi_option_number(digits, 1, 999, &major) ||
	    (strcmp(dot, ".x") != 0 && !mmi_option_number(dot + 1, 0, 999, &minor)))
		return "a kernel version, such as 6.1 or 7.x";
	options->linux_version = word;
	options->input.has_linux_version = true;
	options->input.linux_version = mmi_linux_version_of((unsigned)major, (unsigned)minor);
	return NULL;
}

static const char *set_threads(struct mmi_options *options, const char *word)
{
	uint64_t nr_threads;

	if (!mmi_option_number(word, 1, MMI_TOOL_MAX_THREADS, &nr_threads))
		return "a number from 1 to 4096";
	options->nr_threads = (unsigned)nr_threads;
	return NULL;
}

static const char *set_batch(struct mmi_options *options, const char *word)
{
	static const char *const names[] = {
	    [MMI_BATCH_BLOCK] = "block",
	    [MMI_BATCH_SECTION] = "section",
	    [MMI_BATCH_CHUNK] = "chunk",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i])) {
			options->batch = (enum mmi_batch)i;
			options->batch_name = names[i];
			return NULL;
		}
	return "block, section or chunk";
}

static const char *set_seed(struct mmi_options *options, const char *word)
{
	if (!mmi_option_number(word, 0, UINT64_MAX, &options->seed))
		return "a number";
	options->has_seed = true;
	return NULL;
}

static const char *set_schedules(struct mmi_options *options, const char *word)
{
	options->has_schedules = true;
	return mmi_option_number(word, 0, UINT64_MAX, &options->nr_schedules) ? NULL : "a number";
}

static const char *set_preemptions(struct mmi_options *options, const char *word)
{
	uint64_t nr_preemptions;

	if (!mmi_option_number(word, 0, 16, &nr_preemptions))
		return "a number from 0 to 16";
	options->has_preemptions = true;
	options->nr_preemptions = (unsigned)nr_preemptions;
	return NULL;
}

static const char *set_search(struct mmi_options *options, const char *word)
{
	for (int i = 0; i < MMI_NR_SEARCHES; i++)
		if (!strcmp(word, mmi_search_name(i))) {
			options->search = i;
			return NULL;
		}
	return "mixed, random, preempt or exhaustive";
}

static const char *set_store(struct mmi_options *options, const char *word)
{
	for (int store = MMI_STORE_AUTO; store < MMI_NR_STORES; store++)
		if (!strcmp(word, mmi_store_name((enum mmi_store)store))) {
			options->memmap.store = (enum mmi_store)store;
			return NULL;
		}
	return "auto, c, sse2, avx2, avx512 or neon";
}

static const char *set_rounds(struct mmi_options *options, const char *word)
{
	uint64_t nr_rounds;

	if (!mmi_option_number(word, MMI_TUNE_MIN_ROUNDS, MMI_TUNE_MAX_ROUNDS, &nr_rounds))
		return "a number from 6 to 512";
	options->nr_rounds = (unsigned)nr_rounds;
	return NULL;
}

/* A kernel's order of work goes with that kernel's rules, where --linux does not say otherwise. */
static const char *set_strategy(struct mmi_options *options, const char *word)
{
	struct mmi_strategy strategy;

	if (!mmi_strategy_find(word, &strategy))
		return "mminit, linux-6.1, linux-6.12 or linux-7.x";
	options->strategy = strategy.ops;
	if (strategy.version < MMI_NR_LINUX_VERSIONS && !options->input.has_linux_version) {
		options->input.has_linux_version = true;
		options->input.linux_version = strategy.version;
	}
	return NULL;
}

static const char *set_limit(struct mmi_options *options, const char *word)
{
	if (!mmi_option_number(word, 0, UINT64_MAX, &options->limit))
		return "a number";
	options->has_limit = true;
	return NULL;
}

static const char *set_cpus_per_node(struct mmi_options *options, const char *word)
{
	uint64_t nr_cpus;

	if (!mmi_option_number(word, 1, MMI_PREDICT_MAX_CPUS, &nr_cpus))
		return "a number from 1 to 4096";
	options->predict.cpus_per_node = (unsigned)nr_cpus;
	return NULL;
}

/* A time: a number, with a fraction or without, and ns, us, ms or s; up to a day, and not 0. */
static bool parse_time(const char *word, uint64_t *time_ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	double number;
	const char *unit = mmi_option_decimal(word, &number);

	for (size_t i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		const double ns = number * units[i].ns + 0.5;
		if (!(ns >= 1 && ns < 86400e9))
			return false;
		*time_ns = (uint64_t)ns;
		return true;
	}
	return false;
}

static const char *set_one_thread(struct mmi_options *options, const char *word)
{
	return parse_time(word, &options->predict.one_thread_ns) ? NULL
								 : "a time, such as 1717.7ms";
}

static const char *set_best(struct mmi_options *options, const char *word)
{
	return parse_time(word, &options->predict.best_ns) ? NULL : "a time, such as 138ms";
}

/* Ours / Linux's, one thread; ten times as slow is no engine any more. */
static const char *set_engine_cost(struct mmi_options *options, const char *word)
{
	double cost;
	const char *end = mmi_option_decimal(word, &cost);

	if (!end || *end || !(cost >= 0.01 && cost <= 10))
		return "a number from 0.01 to 10, such as 0.6";
	options->predict.engine_cost = cost;
	return NULL;
}

static const char *set_line_transfer(struct mmi_options *options, const char *word)
{
	return parse_time(word, &options->predict.line_transfer_ns) ? NULL : "a time, such as 70ns";
}

static const char *set_pattern(struct mmi_options *options, const char *word)
{
	for (int i = 0; i < MMI_NR_STRESS_PATTERNS; i++)
		if (!strcmp(word, mmi_stress_pattern_name(i))) {
			options->stress.pattern = i;
			return NULL;
		}
	return "bulk, repeat, random or frag";
}

static const char *set_init(struct mmi_options *options, const char *word)
{
	static const char *const names[] = {
	    [MMI_STRESS_BOOTED] = "before",
	    [MMI_STRESS_BESIDE] = "beside",
	    [MMI_STRESS_ON_DEMAND] = "on-demand",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i])) {
			options->stress.init = (enum mmi_stress_init)i;
			options->has_init = true;
			return NULL;
		}
	return "before, beside or on-demand";
}

/* "3" or "0-9". */
static const char *set_orders(struct mmi_options *options, const char *word)
{
	const char *dash = strchr(word, '-');
	char first[4] = "";
	uint64_t min, max;

	if (dash && (size_t)(dash - word) < sizeof(first))
		memcpy(first, word, (size_t)(dash - word));
	if (!mmi_option_number(dash ? dash + 1 : word, 0, MMI_MAX_PAGE_ORDER, &max) ||
	    !mmi_option_number(dash ? first : word, 0, max, &min))
		return "an order or two rising ones, such as 0-9";
	options->stress.min_order = (unsigned)min;
	options->stress.max_order = (unsigned)max;
	options->has_orders = true;
	return NULL;
}

static const char *set_gfp(struct mmi_options *options, const char *word)
{
	options->stress.mix_gfp = !strcmp(word, "mix");
	if (options->stress.mix_gfp || mmi_stress_gfp_find(word, &options->stress.gfp))
		return NULL;
	return "mix, kernel, movable, reclaimable, dma32 or dma";
}

static const char *set_node(struct mmi_options *options, const char *word)
{
	uint64_t nid;

	if (!mmi_option_number(word, 0, MMI_MAX_NODES - 1, &nid))
		return "a node, 0 to 1023";
	options->stress.nid = (int)nid;
	options->has_nid = true;
	return NULL;
}

static const char *set_steps(struct mmi_options *options, const char *word)
{
	return mmi_option_number(word, 1, UINT64_MAX, &options->stress.nr_hotplug_steps)
		   ? NULL
		   : "a number";
}

static const char *set_operations(struct mmi_options *options, const char *word)
{
	return mmi_option_number(word, 1, UINT64_MAX, &options->stress.nr_operations) ? NULL
										      : "a number";
}

static const char *set_seconds(struct mmi_options *options, const char *word)
{
	uint64_t seconds;

	if (!mmi_option_number(word, 1, 1000000, &seconds))
		return "a number from 1 to 1000000";
	options->stress.duration_ns = seconds * 1000000000;
	return NULL;
}

/* "5%" */
static const char *set_fail_above(struct mmi_options *options, const char *word)
{
	double percent;
	const char *end = mmi_option_decimal(word, &percent);

	if (!end || strcmp(end, "%") != 0 || !(percent >= 0 && percent <= 1000))
		return "a percentage, such as 5%";
	options->fail_above = percent / 100;
	options->has_fail_above = true;
	return NULL;
}

static const char *set_repeat(struct mmi_options *options, const char *word)
{
	uint64_t nr_repeats;

	if (!mmi_option_number(word, 1, MMI_TOOL_MAX_REPEATS, &nr_repeats))
		return "a number from 1 to 1000";
	options->nr_repeats = (unsigned)nr_repeats;
	return NULL;
}

const struct mmi_option_spec mmi_option_specs[] = {
    {"as", 0, "LAYOUT", MMI_OPTION_AS, TEXT(as),
     "buddyinfo, pagetypeinfo, zoneinfo, zonelists, qemu or json"},
    {"topology", 0, "WHAT", MMI_OPTION_TOPOLOGY, TEXT(topology),
     "the machine is an hwloc topology: an XML file, or \"numa:2 core:26 pu:2\""},
    {"linux", 0, "VERSION", MMI_OPTION_LINUX, WORD(set_linux),
     "follow the rules of this kernel: 4.13, 5.16, 6.1, 6.12, 7.x"},
    {"distances", 0, "FILE", MMI_OPTION_LINUX, TEXT(distances),
     "distances between all possible nodes, as a matrix or as numactl -H prints them"},
    {"chunk", 0, "SIZE", MMI_OPTION_CHUNK, TEXT(chunk),
     "size of a chunk: 1s (sections), 512M, 4G; linux: its rule; auto"},
    {"threads", 0, "N", MMI_OPTION_THREADS, WORD(set_threads), "workers of each node"},
    {"threads", 0, "N", MMI_OPTION_TEAM, WORD(mmi_option_set_threads),
     "workers of each node, or of these: 0=4,1=2"},
    {"smt", 0, "on|off", MMI_OPTION_TEAM, WORD(mmi_option_set_smt),
     "off: one worker a core, not one a CPU"},
    {"batch", 0, "STEP", MMI_OPTION_BATCH, WORD(set_batch),
     "initialise a whole block, section or chunk before freeing it"},
    {"no-huge-pages", 0, NULL, MMI_OPTION_MEMMAP, FLAG(memmap.no_huge_pages),
     "do not ask for huge pages for the memmap"},
    {"by-subsection", 0, NULL, MMI_OPTION_MEMMAP, FLAG(memmap.by_subsection),
     "back the memmap of present subsections only"},
    {"backed", 0, NULL, MMI_OPTION_MEMMAP, FLAG(memmap.populate),
     "back the memmap before initialising, not at first touch"},
    {"mem", 0, "WHERE", MMI_OPTION_MEMMAP, WORD(mmi_option_set_mem),
     "memmap on its own node (local), interleave, first-touch, remote"},
    {"bind", 0, "HOW", MMI_OPTION_BIND, WORD(mmi_option_set_bind),
     "threads to their nodes: auto, hwloc, omp (left to OpenMP), none"},
    {"map", 0, "NODES", MMI_OPTION_BIND, WORD(mmi_option_set_map),
     "nodes of the machine to nodes of this host: 0=1,1=0"},
    {"steal", 0, NULL, MMI_OPTION_BINDING, FLAG(steal),
     "workers that are done help nodes at any distance, not only at 20 or less"},
    {"no-steal", 0, NULL, MMI_OPTION_BINDING, FLAG(no_steal),
     "workers that are done help no other node"},
    {"show-binding", 0, NULL, MMI_OPTION_BINDING, FLAG(show_binding),
     "CPUs each worker got and ran on, and where each node's memmap lies"},
    {"bandwidth", 0, NULL, MMI_OPTION_BANDWIDTH, FLAG(bandwidth),
     "measure what this host writes at best, and the share of it that the run reached"},
    {"store", 0, "WIDTH", MMI_OPTION_MEMMAP, WORD(set_store),
     "write struct pages by: auto, c, sse2, avx2, avx512, neon"},
    {"rounds", 0, "N", MMI_OPTION_TUNE, WORD(set_rounds), "rounds at most (20 if not given)"},
    {"strategy", 0, "NAME", MMI_OPTION_STRATEGY, WORD(set_strategy),
     "initialise by the algorithm mminit, linux-6.1, linux-6.12 or linux-7.x"},
    {"limit", 0, "N", MMI_OPTION_AUDIT, WORD(set_limit),
     "places of each kind that are listed (20 if not given); 0: all"},
    {"csv", 0, NULL, MMI_OPTION_CSV, FLAG(csv), "rows with commas on stdout"},
    {"cpus-per-node", 0, "N", MMI_OPTION_PREDICT, WORD(set_cpus_per_node),
     "CPUs of a node there (the machine's own if not given)"},
    {"one-thread", 0, "TIME", MMI_OPTION_PREDICT, WORD(set_one_thread),
     "Linux's time with one thread there: 1717.7ms"},
    {"best", 0, "TIME", MMI_OPTION_PREDICT, WORD(set_best),
     "Linux's best time there, with all CPUs: 138ms"},
    {"line-transfer", 0, "TIME", MMI_OPTION_PREDICT, WORD(set_line_transfer),
     "of a cache line between cores there (70ns)"},
    {"engine-cost", 0, "RATIO", MMI_OPTION_PREDICT, WORD(set_engine_cost),
     "mminit's time of a page / Linux's, one thread (0.6)"},
    {"threads", 0, "N", MMI_OPTION_PREDICT, WORD(set_threads),
     "only so many (1, 12, 25, 38, 50, 75, 100% of a node's CPUs)"},
    {"inject", 0, "FAULT", MMI_OPTION_FAULT, TEXT(fault),
     "commit a fault on purpose, NAME or NAME:PARAM"},
    {"seed", 0, "N", MMI_OPTION_FAULT | MMI_OPTION_STRESS, WORD(set_seed),
     "decides where the fault strikes, who goes on, what is asked for"},
    {"list-faults", 0, NULL, MMI_OPTION_LIST_FAULTS, FLAG(list_faults),
     "print the faults that --inject knows"},
    {"schedules", 0, "N", MMI_OPTION_SCHEDULES, WORD(set_schedules),
     "explore so many (as many as 2 s allow if not given; 0: none)"},
    {"search", 0, "NAME", MMI_OPTION_SCHEDULES, WORD(set_search),
     "mixed (if not given), random, preempt or exhaustive"},
    {"preemptions", 0, "N", MMI_OPTION_SCHEDULES, WORD(set_preemptions),
     "of a schedule, at most (2 if not given)"},
    {"schedule", 0, "FILE", MMI_OPTION_SCHEDULES, TEXT(schedule),
     "run the schedule of this file, and nothing else"},
    {"save-schedule", 0, "FILE", MMI_OPTION_SCHEDULES, TEXT(save_schedule),
     "write the schedule that is broken there"},
    {"pattern", 0, "NAME", MMI_OPTION_STRESS, WORD(set_pattern),
     "bulk, repeat, random or frag (random if not given)"},
    {"init", 0, "WHEN", MMI_OPTION_STRESS, WORD(set_init),
     "initialise before, beside (if not given) or on-demand"},
    {"threads", 0, "N", MMI_OPTION_STRESS, WORD(set_threads), "threads that allocate (2)"},
    {"orders", 0, "A-B", MMI_OPTION_STRESS, WORD(set_orders), "orders of blocks (0-9)"},
    {"gfp", 0, "KIND", MMI_OPTION_STRESS, WORD(set_gfp),
     "mix, or kernel, movable, reclaimable, dma32, dma"},
    {"node", 0, "NID", MMI_OPTION_STRESS, WORD(set_node),
     "node that all threads prefer (their own)"},
    {"operations", 0, "N", MMI_OPTION_STRESS, WORD(set_operations), "of each thread, then stop"},
    {"hotplug", 0, "FILE", MMI_OPTION_STRESS, TEXT(hotplug),
     "memory blocks come and go: steps from a file or -, or random"},
    {"steps", 0, "N", MMI_OPTION_STRESS, WORD(set_steps),
     "of --hotplug random, then no more (100 with --operations)"},
    {"seconds", 0, "N", MMI_OPTION_STRESS, WORD(set_seconds), "then stop (10 if nothing is given)"},
    {"trace", 0, "FILE", MMI_OPTION_TRACE, TEXT(trace), "write trace events that Perfetto opens"},
    {"fail-above", 0, "PERCENT", MMI_OPTION_COMPARE, WORD(set_fail_above),
     "end with 4 when B is slower by more, and more than noise"},
    {"allow", 0, "NAMES", MMI_OPTION_COMPARE, TEXT(allow),
     "parts of the context that may differ: kernel,compiler"},
    {"output", 'o', "FILE", MMI_OPTION_OUTPUT, TEXT(output), "write there, not to stdout"},
    {"anonymize", 0, NULL, MMI_OPTION_ANONYMIZE, FLAG(anonymize),
     "leave out where the machine was read and all that is not memory, nodes and CPUs"},
    {"repeat", 0, "N", MMI_OPTION_REPEAT, WORD(set_repeat),
     "do it N times; the last is shown, the median of all stated"},
    {"json", 0, NULL, MMI_OPTION_EVERYWHERE, FLAG(json), "one JSON document on stdout"},
    {"quiet", 'q', NULL, MMI_OPTION_EVERYWHERE, FLAG(quiet), "print nothing but what is wrong"},
    {"verbose", 'v', NULL, MMI_OPTION_EVERYWHERE, FLAG(verbose), "print more"},
    {"help", 'h', NULL, MMI_OPTION_EVERYWHERE, FLAG(help), "print this"},
};

_Static_assert(sizeof(mmi_option_specs) / sizeof(mmi_option_specs[0]) <= MMI_MAX_OPTION_SPECS,
	       "room in the parser's tables");
const size_t mmi_nr_option_specs = sizeof(mmi_option_specs) / sizeof(mmi_option_specs[0]);
