/* SPDX-License-Identifier: MIT */
/* What a stress run did, as text. */
#include "report/text.h"

static double per_second(uint64_t nr, uint64_t elapsed_ns)
{
	return elapsed_ns ? (double)nr * 1e9 / (double)elapsed_ns : 0;
}

/* An upper bound of the time that @part of @whole allocations took at most: a bucket's end. */
static uint64_t latency_bound_ns(const struct mmi_stress_result *result, uint64_t part,
				 uint64_t whole)
{
	uint64_t nr_all = 0, nr = 0;
	int i = 0;

	for (int b = 0; b < MMI_STRESS_LATENCY_BUCKETS; b++)
		nr_all += result->latency[b];
	const uint64_t nr_over = nr_all / whole * (whole - part);
	while (i < MMI_STRESS_LATENCY_BUCKETS - 1 && (nr += result->latency[i]) + nr_over < nr_all)
		i++;
	return 2ull << i;
}

static void print_latency(FILE *out, const struct mmi_stress_result *result,
			  const struct mmi_report_style *style)
{
	fprintf(out, "latency    half below %llu ns, 99%% below %llu ns, 99.99%% below %llu ns\n",
		(unsigned long long)latency_bound_ns(result, 1, 2),
		(unsigned long long)latency_bound_ns(result, 99, 100),
		(unsigned long long)latency_bound_ns(result, 9999, 10000));
	for (int i = 0; style->verbose && i < MMI_STRESS_LATENCY_BUCKETS; i++)
		if (result->latency[i])
			fprintf(out, "           %12llu ns to %12llu ns: %llu\n", 1ull << i,
				2ull << i, (unsigned long long)result->latency[i]);
}

static void print_state(FILE *out, const struct mmi_block_view *block)
{
	fprintf(out, "; %s, %s", block->online ? "online" : "offline",
		block->nr_valid_zones ? "" : "none");
	for (unsigned i = 0; i < block->nr_valid_zones; i++)
		fprintf(out, "%s%s", i ? " " : "", mmi_zone_type_name(block->valid_zones[i]));
}

void mmi_report_step_text(FILE *out, const struct mmi_stress_step *step)
{
	fprintf(out, "step       %s", mmi_hotplug_word_name(step->word));
	if (step->word != MMI_WORD_REBUILD)
		fprintf(out, " memory%llu", (unsigned long long)step->number);
	fprintf(out, ": %s", step->outcome == MMI_STEP_DONE ? "ok" : "failed");
	if (step->why)
		fprintf(out, ", %s", step->why);
	if (step->block)
		print_state(out, step->block);
	fputc('\n', out);
}

static uint64_t outcomes(const struct mmi_stress_hotplug *hotplug, enum mmi_step_outcome outcome)
{
	uint64_t nr = 0;

	for (int word = 0; word < MMI_NR_HOTPLUG_WORDS; word++)
		nr += hotplug->nr_blocks[word][outcome];
	return nr;
}

static void print_hotplug(FILE *out, const struct mmi_stress_hotplug *hotplug,
			  const struct mmi_report_style *style)
{
	fprintf(out,
		"hotplug    %llu blocks done, %llu busy, %llu without memory, %llu refused; "
		"%llu pages moved\n",
		(unsigned long long)outcomes(hotplug, MMI_STEP_DONE),
		(unsigned long long)outcomes(hotplug, MMI_STEP_BUSY),
		(unsigned long long)outcomes(hotplug, MMI_STEP_NO_MEMORY),
		(unsigned long long)outcomes(hotplug, MMI_STEP_REFUSED),
		(unsigned long long)hotplug->nr_moved_pages);
	for (int word = 0; style->verbose && word < MMI_NR_HOTPLUG_WORDS; word++) {
		const uint64_t *nr = hotplug->nr_blocks[word];
		fprintf(
		    out,
		    "           %-14s  %llu done, %llu busy, %llu without memory, %llu refused\n",
		    mmi_hotplug_word_name(word), (unsigned long long)nr[MMI_STEP_DONE],
		    (unsigned long long)nr[MMI_STEP_BUSY],
		    (unsigned long long)nr[MMI_STEP_NO_MEMORY],
		    (unsigned long long)nr[MMI_STEP_REFUSED]);
	}
}

/* What was asked for; some patterns ask for single pages, whatever the orders. */
static void print_requests(FILE *out, const struct mmi_stress_params *params)
{
	const char *gfp = mmi_stress_gfp_name(params);

	fprintf(out, ", gfp %s, ", gfp ? gfp : "other");
	if (params->pattern == MMI_STRESS_BULK)
		fprintf(out, "single pages");
	else if (params->pattern == MMI_STRESS_FRAG)
		fprintf(out, "single pages, then order %u", params->max_order);
	else
		fprintf(out, "orders %u-%u", params->min_order, params->max_order);
}

void mmi_report_stress_text(FILE *out, const struct mmi_report_stress *report,
			    const struct mmi_report_style *style)
{
	static const char *const inits[] = {
	    [MMI_STRESS_BESIDE] = "beside it",
	    [MMI_STRESS_BOOTED] = "before",
	    [MMI_STRESS_ON_DEMAND] = "on demand",
	};
	const struct mmi_stress_params *params = report->params;
	const struct mmi_stress_result *result = report->result;
	char elapsed[MMI_REPORT_UNIT_BYTES];

	mmi_text_machine(out, &report->source);
	fprintf(out, "stress     %s, initialised %s", mmi_stress_pattern_name(params->pattern),
		inits[params->init]);
	print_requests(out, params);
	fprintf(out, ", %u threads, seed %llu\n", params->nr_threads,
		(unsigned long long)params->seed);
	fprintf(out, "work       %llu operations in %s, %.0f a second\n",
		(unsigned long long)result->nr_operations,
		mmi_report_time(elapsed, result->elapsed_ns),
		per_second(result->nr_operations, result->elapsed_ns));
	fprintf(out,
		"memory     %llu blocks, %llu pages handed out; %llu requests without memory\n",
		(unsigned long long)result->nr_blocks, (unsigned long long)result->nr_pages,
		(unsigned long long)result->nr_failed);
	fprintf(out, "lists      %llu refills, %llu flushes, %llu blocks from another zone\n",
		(unsigned long long)result->cpus.nr_refills,
		(unsigned long long)result->cpus.nr_flushes,
		(unsigned long long)result->cpus.nr_foreign);
	fprintf(out, "on demand  %llu units, %llu pages initialised by allocators; %llu waits\n",
		(unsigned long long)result->grown.nr_units,
		(unsigned long long)result->grown.nr_init_pages,
		(unsigned long long)result->grown.nr_waits);
	if (params->script || params->random_hotplug)
		print_hotplug(out, &result->hotplug, style);
	print_latency(out, result, style);
	fprintf(out, "checks     %llu: ", (unsigned long long)result->nr_checks);
	mmi_text_coloured(out, report->broken ? MMI_COLOUR_BAD : MMI_COLOUR_GOOD,
			  report->broken ? "broken" : "all invariants hold, every page came back",
			  style);
	fprintf(out, "%s%s\n", report->broken ? ": " : "", report->broken ? report->broken : "");
}
