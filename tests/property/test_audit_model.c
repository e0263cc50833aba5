/* SPDX-License-Identifier: MIT */
/*
 * The audit, which is arithmetic on ranges, says of random machines what Linux's algorithm does
 * when it is gone through page by page.
 *
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many; a failure prints its seed.
 */
#include "linux_model.h"
#include "random_machine.h"

static void compare_pages(const struct mmi_audit *audit, struct linux_model *m, uint64_t seed)
{
	const uint64_t nr_pages = m->end_pfn - m->start_pfn;
	struct audit_said *said = said_write_down(audit);
	uint8_t *upwards = malloc(nr_pages), *downwards = malloc(nr_pages);

	assert_true(upwards && downwards);
	model_boot(m, false);
	for (uint64_t i = 0; i < nr_pages; i++)
		upwards[i] = m->pages[i].seen;
	model_boot(m, true);
	for (uint64_t i = 0; i < nr_pages; i++)
		downwards[i] = m->pages[i].seen;
	said_compare(audit, said, upwards, downwards, seed);
	free(downwards);
	free(upwards);
	free(said);
}

/* One node's jobs, from one free page to the next. */
struct node_jobs {
	uint64_t nr_jobs;
	uint64_t nr_pages;
	uint64_t nr_alone;
};

static struct node_jobs walk_jobs(const struct linux_model *m, size_t node)
{
	const struct mmi_machine_node *n = &m->machine->nodes[node];
	const uint64_t section_pages = mmi_section_pages(&m->machine->geometry);
	const bool is_old = m->machine->linux_version == MMI_LINUX_6_1;
	const bool one_job = m->machine->linux_version == MMI_LINUX_7_X;
	const bool threaded = !is_old || m->machine->geometry.arch == MMI_ARCH_X86_64;
	const struct mmi_node_split *split = &m->plan->splits[node];
	const uint64_t whole =
	    mmi_align_up(m->layout->nodes[node].end_pfn, section_pages) - split->first_deferred_pfn;
	struct node_jobs jobs = {0};
	uint64_t pfn = split->first_deferred_pfn;

	while (split->has_deferred && pfn < m->end_pfn) {
		if (!model_is_wanted(m, pfn, n->nid)) {
			pfn++;
			continue;
		}
		uint64_t end =
		    mmi_align_up(model_run_end(m, pfn, m->end_pfn, n->nid), section_pages);
		if (one_job) {
			pfn = split->first_deferred_pfn;
			end = pfn + whole;
		}
		jobs.nr_jobs++;
		jobs.nr_alone += n->nr_cpus > 1 && whole >= 2 * section_pages &&
				 (!threaded || end - pfn < 2 * section_pages);
		for (; pfn < end; pfn++)
			jobs.nr_pages += model_is_wanted(m, pfn, n->nid);
	}
	return jobs;
}

static void compare_jobs(const struct mmi_audit *audit, const struct linux_model *m, uint64_t seed)
{
	for (size_t i = 0; i < m->machine->nr_nodes; i++) {
		const struct mmi_audit_node *node = &audit->nodes[i];
		const struct node_jobs jobs = walk_jobs(m, i);
		if (node->nr_jobs != jobs.nr_jobs || node->nr_deferred_pages != jobs.nr_pages ||
		    node->kinds[MMI_AUDIT_ONE_THREAD].nr_places != jobs.nr_alone)
			fail_msg("seed %llu, Linux %s: node %d: %llu jobs, %llu pages, %llu alone",
				 (unsigned long long)seed,
				 mmi_linux_version_name(m->machine->linux_version), node->nid,
				 (unsigned long long)jobs.nr_jobs,
				 (unsigned long long)jobs.nr_pages,
				 (unsigned long long)jobs.nr_alone);
	}
}

static void audit_seed(struct mmi_platform *platform, uint64_t seed, uint64_t *nr_places)
{
	const struct mmi_plan_params params = {0};
	struct mmi_layout layout;
	struct random_machine random;
	struct linux_model model;
	struct mmi_audit audit;
	struct mmi_plan plan;

	random_machine_make(&random, seed);
	random.spec.linux_version = MMI_LINUX_6_1 + seed % 3;
	struct mmi_machine *machine = make_machine(platform, &random.spec);
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), 0);
	assert_int_equal(mmi_audit_init(&audit, &layout, UINT64_MAX, NULL), 0);
	model_init(&model, &plan);
	compare_pages(&audit, &model, seed);
	compare_jobs(&audit, &model, seed);
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		nr_places[kind] += audit.totals[kind].nr_places;
	model_deinit(&model);
	mmi_audit_deinit(&audit);
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_the_audit_says_what_linux_does_page_by_page(void **state)
{
	const uint64_t first = random_first_seed();
	const uint64_t nr_machines = random_nr_machines(120);
	uint64_t nr_places[MMI_NR_AUDIT_KINDS] = {0};

	print_message("seeds %llu to %llu\n", (unsigned long long)first,
		      (unsigned long long)(first + nr_machines - 1));
	for (uint64_t seed = first; seed < first + nr_machines; seed++)
		audit_seed(*state, seed, nr_places);
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS && nr_machines >= 120; kind++)
		assert_true(nr_places[kind] > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_the_audit_says_what_linux_does_page_by_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
