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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_chunks_go_from_the_least_to_a_quarter_of_the_node),
	    serial_test(test_contrast_is_never_recommended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
