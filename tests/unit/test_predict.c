/* SPDX-License-Identifier: MIT */
/*
 * Prediction, against times that were published with the parallel initialisation of Linux: with one
 * thread's time and the best time as the only inputs, every row within 15%, but for what is exempt.
 *
 * Exempt, and printed: 19, 26 and 39 threads of the first machine, which took longer than its 13
 * threads; 4, 6 and 8 threads of the 16 CPU guest, whose best two times, 48.7 and 47.0 ms, are said to
 * be good to 7.4 and 5.2 ms, and were 66 and 60 ms when the same guest was measured before.  The model
 * was made with the first two machines at hand, and has not been changed for the others.
 */
#include "machine_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "mminit/predict.h"
#include "tune/simulate.h"

#define SEED         1
#define TOLERANCE    0.15
#define MS_TO_NS(ms) ((uint64_t)((ms)*1e6))

struct published_row {
	unsigned nr_threads;
	double ms;
	bool exempt;
};

struct published {
	const char *name;
	unsigned nr_nodes;
	uint64_t node_bytes;
	unsigned cpus_per_node;
	struct published_row rows[8]; /* the first is one thread's; ends with 0 threads */
};

#define HELD(nr_threads, ms)                                                                       \
	{                                                                                          \
		nr_threads, ms, false                                                              \
	}
#define EXEMPT(nr_threads, ms)                                                                     \
	{                                                                                          \
		nr_threads, ms, true                                                               \
	}

static const struct published machines[] = {
    {"Xeon Platinum 8167M",
     2,
     384 * GIB,
     52,
     {HELD(1, 1717.7), HELD(6, 359.3), HELD(13, 157.0), EXEMPT(19, 172.0), EXEMPT(26, 173.7),
      EXEMPT(39, 190.0), HELD(52, 138.0)}},
    {"Xeon E5-2699C v4",
     1,
     192 * GIB,
     32,
     {HELD(1, 1092.7), HELD(4, 287.0), HELD(8, 177.0), HELD(12, 144.7), HELD(16, 134.0),
      HELD(24, 130.3), HELD(32, 125.7)}},
    {"Xeon E5-2699 v3",
     2,
     128 * GIB,
     36,
     {HELD(1, 628.0), HELD(4, 201.0), HELD(9, 114.3), HELD(13, 100.3), HELD(18, 101.0),
      HELD(27, 97.3), HELD(36, 90.0)}},
    {"EPYC 7551, guest of 16",
     1,
     64 * GIB,
     16,
     {HELD(1, 246.0), HELD(2, 133.0), EXEMPT(4, 90.0), EXEMPT(6, 74.3), EXEMPT(8, 65.3),
      HELD(12, 48.7), HELD(16, 47.0)}},
    {"EPYC 7551, guest of 4",
     1,
     16 * GIB,
     4,
     {HELD(1, 51.7), HELD(2, 28.3), HELD(3, 25.0), HELD(4, 22.0)}},
    {"E5-2699 v3, guest of 4",
     1,
     14 * GIB,
     4,
     {HELD(1, 125.3), HELD(2, 76.3), HELD(3, 61.3), HELD(4, 53.3)}},
};

/* Nodes one after another, with the usual hole of a PC below 4 GiB. */
static struct mmi_machine *make_nodes(struct mmi_platform *platform, unsigned nr_nodes,
				      uint64_t node_bytes)
{
	struct mmi_spec_range memory[5] = {{0, 3 * GIB, 0, 0, 0}};
	uint64_t start = 4 * GIB;
	size_t nr = 1;

	for (unsigned nid = 0; nid < nr_nodes; nid++) {
		const uint64_t size_bytes = nid ? node_bytes : node_bytes - 3 * GIB;
		memory[nr++] = (struct mmi_spec_range){start, start + size_bytes, (int)nid, 0, 0};
		start += size_bytes;
	}
	struct mmi_machine_spec spec = x86_spec(memory, nr);
	return make_machine(platform, &spec);
}

static double best_ms(const struct published *machine)
{
	double best = machine->rows[0].ms;

	for (const struct published_row *row = machine->rows; row->nr_threads; row++)
		best = row->ms < best ? row->ms : best;
	return best;
}

static void hold_machine(struct mmi_platform *platform, const struct published *published)
{
	struct mmi_machine *machine =
	    make_nodes(platform, published->nr_nodes, published->node_bytes);
	const struct mmi_predict_params params = {
	    .cpus_per_node = published->cpus_per_node,
	    .one_thread_ns = MS_TO_NS(published->rows[0].ms),
	    .best_ns = MS_TO_NS(best_ms(published)),
	    .seed = SEED,
	};
	struct mmi_predictor *predictor;
	struct mmi_error err = {0};

	if (mmi_predictor_create(machine, &params, &predictor, &err))
		fail_msg("%s", err.text);
	print_message("%s (seed %d): %.2f ns a page alone, %.2f shared\n", published->name, SEED,
		      mmi_predictor_own_ns(predictor), mmi_predictor_shared_ns(predictor));
	for (const struct published_row *row = published->rows; row->nr_threads; row++) {
		struct mmi_prediction prediction;
		assert_int_equal(mmi_predict(predictor, row->nr_threads, &prediction, &err), 0);
		const double off = (double)prediction.linux_ns / 1e6 / row->ms - 1;
		print_message("report: %-22s %2u threads: published %7.1f ms, predicted %7.1f "
			      "(%+.1f%%)%s\n",
			      published->name, row->nr_threads, row->ms,
			      (double)prediction.linux_ns / 1e6, off * 100,
			      row->exempt ? ", exempt" : "");
		assert_true(row->exempt || (off < TOLERANCE && off > -TOLERANCE));
		/* Where memory is the limit both take as long, but for whom the last chunks leave idle. */
		assert_true((double)prediction.engine_ns <= 1.03 * (double)prediction.linux_ns);
	}
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

static void test_published_times_are_within_15_percent(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(machines); i++)
		hold_machine(*state, &machines[i]);
}

/* 384 GiB less what is early are 3071 sections: chunks of ceil(3071 / 24) = 128 for 6 threads. */
static void test_the_chunk_is_what_linux_would_choose(void **state)
{
	struct mmi_machine *machine = make_nodes(*state, 2, 384 * GIB);
	const struct mmi_predict_params params = {
	    .cpus_per_node = 52, .one_thread_ns = MS_TO_NS(1717.7), .best_ns = MS_TO_NS(138)};
	struct mmi_predictor *predictor;
	struct mmi_prediction prediction;

	assert_int_equal(mmi_predictor_create(machine, &params, &predictor, NULL), 0);
	assert_int_equal(mmi_predict(predictor, 6, &prediction, NULL), 0);
	assert_int_equal(prediction.linux_chunk_pages, 128 * 32768);
	assert_int_equal(mmi_predict(predictor, 53, &prediction, NULL), -EINVAL);
	assert_int_equal(mmi_predict(predictor, 0, &prediction, NULL), -EINVAL);
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

static void test_impossible_times_are_refused(void **state)
{
	struct mmi_machine *machine = make_nodes(*state, 1, 64 * GIB);
	const struct mmi_predict_params wrong[] = {
	    {.cpus_per_node = MMI_PREDICT_MAX_CPUS + 1, .one_thread_ns = 10, .best_ns = 5},
	    {.cpus_per_node = 4, .one_thread_ns = 10, .best_ns = 0},
	    {.cpus_per_node = 4, .one_thread_ns = 10, .best_ns = 11},
	    {.cpus_per_node = 4, .one_thread_ns = 1000, .best_ns = 199},
	};

	for (size_t i = 0; i < ARRAY_NR(wrong); i++) {
		struct mmi_predictor *predictor;
		struct mmi_error err = {0};
		assert_int_equal(mmi_predictor_create(machine, &wrong[i], &predictor, &err),
				 -EINVAL);
		assert_null(predictor);
		assert_true(err.text[0]);
	}
	mmi_machine_destroy(machine);
}

/* Its one time says nothing of what more would share, and our pass is as much faster as always. */
static void test_one_cpu_shares_nothing(void **state)
{
	struct mmi_machine *machine = make_nodes(*state, 1, 64 * GIB);
	const struct mmi_predict_params params = {.cpus_per_node = 1,
						  .one_thread_ns = MS_TO_NS(100),
						  .best_ns = MS_TO_NS(100),
						  .engine_cost = 0.5};
	struct mmi_predictor *predictor;
	struct mmi_prediction prediction;

	assert_int_equal(mmi_predictor_create(machine, &params, &predictor, NULL), 0);
	assert_true(mmi_predictor_shared_ns(predictor) == 0);
	assert_int_equal(mmi_predictor_params(predictor)->line_transfer_ns, 70);
	assert_int_equal(mmi_predict(predictor, 1, &prediction, NULL), 0);
	assert_in_range(prediction.linux_ns, MS_TO_NS(99.9), MS_TO_NS(100.1));
	assert_in_range(prediction.engine_ns, MS_TO_NS(49.9), MS_TO_NS(50.1));
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

/* What 4 threads of 8 need a page where one needs 16 ns, and all together 4 ns. */
static double ns_of_page(struct mmi_platform *platform, uint64_t size_bytes)
{
	const uint64_t nr_pages = size_bytes / 4096;
	struct mmi_machine *machine = make_nodes(platform, 1, size_bytes);
	const struct mmi_predict_params params = {.cpus_per_node = 8,
						  .one_thread_ns = 16 * nr_pages,
						  .best_ns = 4 * nr_pages,
						  .seed = SEED};
	struct mmi_predictor *predictor;
	struct mmi_prediction prediction;

	assert_int_equal(mmi_predictor_create(machine, &params, &predictor, NULL), 0);
	assert_int_equal(mmi_predict(predictor, 4, &prediction, NULL), 0);
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
	return (double)prediction.linux_ns / (double)nr_pages;
}

/* 64 TiB are 32 million blocks: block by block that would take minutes, and tell nothing else. */
static void test_a_huge_machine_is_a_large_one_only_longer(void **state)
{
	const double huge = ns_of_page(*state, 65536 * GIB) / ns_of_page(*state, 128 * GIB);

	print_message("64 TiB / 128 GiB, ns a page: %.4f\n", huge);
	assert_true(huge > 0.98 && huge < 1.02);
}

/* By hand: four chunks of 1000 pages, two threads, nothing shared: two rounds of 1000 * 3 ns. */
static void test_a_simulation_without_sharing_is_arithmetic(void **state)
{
	const struct mmi_chunk chunks[] = {
	    {0, 1000, 0, 0}, {1000, 2000, 0, 0}, {2000, 3000, 0, 0}, {3000, 4000, 0, 0}};
	struct mmi_simulation simulation = {.platform = *state,
					    .chunks = chunks,
					    .nr_chunks = 4,
					    .block_pages = 100,
					    .visit_pages = 100,
					    .nr_threads = 2,
					    .own_ns = 3};
	double elapsed_ns;

	assert_int_equal(mmi_simulate(&simulation, &elapsed_ns), 0);
	assert_true(elapsed_ns == 6000);
	simulation.nr_threads = 3; /* the fourth chunk begins when the first ends */
	assert_int_equal(mmi_simulate(&simulation, &elapsed_ns), 0);
	assert_true(elapsed_ns == 6000);
	/*
	 * 500 ns of lock a block: three threads keep it busy from 300 on; the first chunk's last block
	 * is the 28th to be served, at 14300.  Its thread's next block comes to the lock at 14600,
	 * waits for the 30th until 15300 and ends at 15800; nine more take 300 + 500 each.
	 */
	simulation.lock_ns = 500;
	assert_int_equal(mmi_simulate(&simulation, &elapsed_ns), 0);
	assert_true(elapsed_ns == 15800 + 9 * 800);
}

/* Visits of 50 pages, a lock every 100: 1000 pages of 3 + 1 ns and ten times 10 ns; alone, no chance. */
static void test_one_thread_takes_what_its_pages_and_blocks_take(void **state)
{
	const struct mmi_chunk chunk = {0, 1000, 0, 0};
	const struct mmi_simulation simulation = {.platform = *state,
						  .chunks = &chunk,
						  .nr_chunks = 1,
						  .block_pages = 100,
						  .visit_pages = 50,
						  .nr_threads = 1,
						  .own_ns = 3,
						  .shared_ns = 1,
						  .lock_ns = 10};
	double elapsed_ns;

	assert_int_equal(mmi_simulate(&simulation, &elapsed_ns), 0);
	assert_true(elapsed_ns == 4100);
}

/* One server and random service: no number of threads is faster than the server alone. */
static void test_shared_memory_is_the_limit(void **state)
{
	const struct mmi_chunk chunks[] = {{0, 1 << 20, 0, 0}, {1 << 20, 2 << 20, 0, 0}};
	struct mmi_simulation simulation = {.platform = *state,
					    .chunks = chunks,
					    .nr_chunks = 2,
					    .block_pages = 64,
					    .visit_pages = 64,
					    .nr_threads = 1,
					    .own_ns = 2,
					    .shared_ns = 1,
					    .seed = SEED};
	double one_ns, two_ns;

	assert_int_equal(mmi_simulate(&simulation, &one_ns), 0);
	simulation.nr_threads = 2;
	assert_int_equal(mmi_simulate(&simulation, &two_ns), 0);
	assert_true(one_ns > 0.98 * 3 * (2 << 20) && one_ns < 1.02 * 3 * (2 << 20));
	assert_true(two_ns > one_ns / 2 && two_ns < one_ns);
	assert_true(two_ns > 0.98 * (2 << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_published_times_are_within_15_percent),
	    serial_test(test_the_chunk_is_what_linux_would_choose),
	    serial_test(test_impossible_times_are_refused),
	    serial_test(test_one_cpu_shares_nothing),
	    serial_test(test_a_huge_machine_is_a_large_one_only_longer),
	    serial_test(test_a_simulation_without_sharing_is_arithmetic),
	    serial_test(test_one_thread_takes_what_its_pages_and_blocks_take),
	    serial_test(test_shared_memory_is_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
