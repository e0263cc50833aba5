/* SPDX-License-Identifier: MIT */
/* Which values a sweep tries on which machine, and what it never recommends. */
#include "machine_fixture.h"

#include "tune/candidates.h"

static struct mmi_machine *one_node(struct mmi_platform *platform, enum mmi_arch arch,
				    uint64_t size_bytes)
{
	const struct mmi_spec_range memory = {4 * GIB, 4 * GIB + size_bytes, 0, 0, 0};
	struct mmi_machine_spec spec = x86_spec(&memory, 1);

	mmi_geometry_init(&spec.geometry, arch);
	return make_machine(platform, &spec);
}

/* The chunk values tried with @nr_threads, with blanks between. */
static void list_chunks(const struct mmi_machine *machine, unsigned nr_threads, char *text,
			size_t text_bytes)
{
	static struct mmi_candidates candidates;
	size_t length = 0;

	mmi_candidates_fill(&candidates, machine, nr_threads);
	text[0] = '\0';
	for (unsigned i = 0; i < candidates.nr; i++)
		if (candidates.items[i].choice == MMI_TUNE_CHUNK &&
		    candidates.items[i].job.plan.nr_threads == nr_threads)
			length += mmi_format(text + length, text_bytes - length, "%s%s",
					     length ? " " : "", candidates.items[i].value);
}

/* A section is 128 MiB; 16 GiB on ppc64 are 1024 sections of 16 MiB, 128 of them a huge page. */
static void test_chunks_go_from_the_least_to_a_quarter_of_the_node(void **state)
{
	static const struct {
		enum mmi_arch arch;
		uint64_t size_bytes;
		const char *chunks;
	} cases[] = {
	    {MMI_ARCH_X86_64, GIB / 8, "1 block 1s linux auto"},
	    {MMI_ARCH_X86_64, 2 * GIB, "1 block 1s 4s linux auto"},
	    {MMI_ARCH_X86_64, 64 * GIB, "1 block 1s 4s 16s 64s 128s linux auto"},
	    {MMI_ARCH_X86_64, 60 * GIB, "1 block 1s 4s 16s 64s 120s linux auto"},
	    {MMI_ARCH_PPC64_64K, 16 * GIB, "1 block 128s 256s linux auto"},
	    {MMI_ARCH_ARM64_64K, 64 * GIB, "1 block 4s 16s 32s linux auto"},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_machine *machine = one_node(*state, cases[i].arch, cases[i].size_bytes);
		char text[128];
		list_chunks(machine, 2, text, sizeof(text));
		assert_string_equal(text, cases[i].chunks);
		mmi_machine_destroy(machine);
	}
}

/* Whatever was measured: contrast has a cost, but is neither the fastest nor waited for. */
static void test_contrast_is_never_recommended(void **state)
{
	struct mmi_machine *machine = one_node(*state, MMI_ARCH_X86_64, 2 * GIB);
	static struct mmi_candidates candidates;
	static struct mmi_tune_report report;
	unsigned nr_contrasts = 0, nr_fastest = 0;

	mmi_candidates_fill(&candidates, machine, 1);
	for (unsigned i = 0; i < candidates.nr; i++)
		for (unsigned round = 0; round < MMI_TUNE_MIN_ROUNDS; round++)
			mmi_sample_add(&candidates.items[i].ns, candidates.items[i].contrast
								    ? 1 + round
								    : 4 + 0.001 * (i + round % 2));
	report.nr_threads = 1;
	report.nr_rounds = MMI_TUNE_MIN_ROUNDS;
	mmi_candidates_report(&candidates, &report);
	for (unsigned i = 0; i < report.nr_rows; i++) {
		const struct mmi_tune_row *row = &report.rows[i];
		if (row->choice == MMI_TUNE_CHUNK)
			nr_fastest += row->fastest;
		if (!row->contrast)
			continue;
		nr_contrasts++;
		assert_false(row->fastest);
		assert_true(row->cost_low < 1 && row->cost_high > 1);
	}
	assert_int_equal(nr_contrasts, 1);
	assert_int_equal(nr_fastest, 1);
	assert_true(mmi_report_is_settled(&report, 0.02));
	mmi_machine_destroy(machine);
}

static void add_row(struct mmi_tune_report *report, enum mmi_tune_choice choice, const char *value,
		    double cost, double cost_low, bool by_default)
{
	struct mmi_tune_row *row = &report->rows[report->nr_rows++];

	*row = (struct mmi_tune_row){.choice = choice,
				     .nr_threads = 2,
				     .cost = cost,
				     .cost_low = cost_low,
				     .fastest = cost == 1,
				     .by_default = by_default};
	mmi_format(row->value, sizeof(row->value), "%s", value);
}

/* Of each choice the fastest, where the default is slower for sure and by more than 2%. */
static void test_options_are_recommended_for_what_the_default_surely_loses(void **state)
{
	static struct mmi_tune_report report;
	char options[MMI_TUNE_OPTIONS_BYTES];

	(void)state;
	report = (struct mmi_tune_report){.nr_threads = 2, .nr_rounds = MMI_TUNE_MIN_ROUNDS};
	add_row(&report, MMI_TUNE_CHUNK, "4s", 1, 1, false);
	add_row(&report, MMI_TUNE_CHUNK, "auto", 1.3, 0.99, true); /* or by chance */
	add_row(&report, MMI_TUNE_BATCH, "chunk", 1, 1, false);
	add_row(&report, MMI_TUNE_BATCH, "block", 1.01, 1.005, true); /* for so little? */
	add_row(&report, MMI_TUNE_THREADS, "2", 1, 1, true);
	assert_true(mmi_tune_recommended(&report, options));
	assert_string_equal(options, "");
	add_row(&report, MMI_TUNE_STORE, "sse2+prefetch", 1, 1, false);
	add_row(&report, MMI_TUNE_STORE, "avx2", 1.1, 1.05, true);
	add_row(&report, MMI_TUNE_BACKING, "first touch, small", 1, 1, false);
	add_row(&report, MMI_TUNE_BACKING, "first touch, huge", 2, 1.5, true);
	add_row(&report, MMI_TUNE_ORDER, "linux 6.1", 1, 1, false);
	add_row(&report, MMI_TUNE_ORDER, "one pass", 1.5, 1.2, true);
	report.rows[1].cost_low = 1.1;
	report.rows[3].cost = 1.03;
	assert_true(mmi_tune_recommended(&report, options));
	assert_string_equal(options, "--chunk 4s --batch chunk --store sse2 --no-huge-pages "
				     "--strategy linux-6.1");
	report.nr_rounds--;
	assert_false(mmi_tune_recommended(&report, options));
}

/* An interrupted round leaves some candidates with a sample more than others, and some with none. */
static void test_what_an_interrupted_round_measured_is_reported(void **state)
{
	struct mmi_machine *machine = one_node(*state, MMI_ARCH_X86_64, 2 * GIB);
	static struct mmi_candidates candidates;
	static struct mmi_tune_report report;

	mmi_candidates_fill(&candidates, machine, 1);
	report = (struct mmi_tune_report){.nr_threads = 1};
	mmi_candidates_report(&candidates, &report);
	assert_int_equal(report.nr_rows, 0);
	mmi_sample_add(&candidates.items[0].ns, 1); /* for contrast: nothing to hold it against */
	mmi_candidates_report(&candidates, &report);
	assert_int_equal(report.nr_rows, 0);
	mmi_sample_add(&candidates.items[2].ns, 4);
	mmi_sample_add(&candidates.items[2].ns, 5);
	mmi_candidates_report(&candidates, &report);
	assert_int_equal(report.nr_rows, 2);
	assert_true(report.rows[0].contrast && !report.rows[0].fastest);
	assert_true(report.rows[1].fastest);
	assert_int_equal(report.rows[1].nr_samples, 2);
	assert_true(report.rows[1].samples[1] == 5);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_chunks_go_from_the_least_to_a_quarter_of_the_node),
	    serial_test(test_contrast_is_never_recommended),
	    serial_test(test_options_are_recommended_for_what_the_default_surely_loses),
	    serial_test(test_what_an_interrupted_round_measured_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
