/* SPDX-License-Identifier: MIT */
/*
 * Prediction, of Linux as its versions work: the jobs and chunks they make of a node's memory, and the
 * two times that were given, which have to come out again.
 */
#include "machine_fixture.h"

#include <errno.h>

#include "mminit/predict.h"

#define SEED         1
#define MS_TO_NS(ms) ((uint64_t)((ms)*1e6))

static struct mmi_predictor *make_predictor(const struct mmi_machine *machine,
					    const struct mmi_predict_params *params)
{
	struct mmi_predictor *predictor;
	struct mmi_error err = {0};

	if (mmi_predictor_create(machine, params, &predictor, &err))
		fail_msg("%s", err.text);
	return predictor;
}

static struct mmi_prediction predict(const struct mmi_predictor *predictor, unsigned nr_threads)
{
	struct mmi_prediction prediction;
	struct mmi_error err = {0};

	if (mmi_predict(predictor, nr_threads, &prediction, &err))
		fail_msg("%s", err.text);
	return prediction;
}

/* One node of arm64 with pages of 64 KiB, from 1 GiB on. */
static struct mmi_machine *make_arm64(struct mmi_platform *platform, uint64_t size_bytes,
				      enum mmi_linux_version version)
{
	const struct mmi_spec_range memory = {GIB, GIB + size_bytes, 0, 0, 0};
	struct mmi_machine_spec spec = {
	    .linux_version = version, .memory = &memory, .nr_memory = 1};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_64K);
	return make_machine(platform, &spec);
}

/*
 * Our unit there is 2 GiB, what shares a huge page; Linux knows sections of 512 MiB.  505 of them
 * are deferred, from 4.5 GiB on: for 24 threads chunks of ceil(505 / 96) = 6, and 85 reach to 257 GiB.
 */
static void test_linux_chunks_are_of_sections_and_not_of_our_units(void **state)
{
	struct mmi_machine *machine = make_arm64(*state, 256 * GIB, MMI_LINUX_6_12);
	const struct mmi_predict_params params = {
	    .cpus_per_node = 64, .one_thread_ns = MS_TO_NS(60), .best_ns = MS_TO_NS(5)};
	struct mmi_predictor *predictor = make_predictor(machine, &params);
	struct mmi_prediction prediction = predict(predictor, 24);

	assert_int_equal(prediction.linux_chunk_pages, 6 * 8192);
	assert_int_equal(prediction.linux_nr_chunks, 85);
	assert_int_equal(prediction.engine_chunk_pages % (4 * 8192), 0);
	prediction = predict(predictor, 64);
	assert_int_equal(prediction.linux_chunk_pages, 2 * 8192);
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

static void expect_as_given(struct mmi_machine *machine, unsigned nr_cpus)
{
	const struct mmi_predict_params params = {.cpus_per_node = nr_cpus,
						  .one_thread_ns = MS_TO_NS(8),
						  .best_ns = MS_TO_NS(4),
						  .seed = SEED};
	struct mmi_predictor *predictor = make_predictor(machine, &params);
	const struct mmi_prediction one = predict(predictor, 1);
	const struct mmi_prediction all = predict(predictor, nr_cpus);

	print_message("8 and 4 ms: predicted %.3f and %.3f\n", (double)one.linux_ns / 1e6,
		      (double)all.linux_ns / 1e6);
	assert_in_range(one.linux_ns, MS_TO_NS(7.999), MS_TO_NS(8.001));
	assert_in_range(one.engine_ns, MS_TO_NS(4.799), MS_TO_NS(4.801));
	assert_in_range(all.linux_ns, MS_TO_NS(3.9), MS_TO_NS(4.1));
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

/* Also where blocks are few and large, and where sections are not all memory. */
static void test_the_two_times_come_out_as_they_went_in(void **state)
{
	const struct mmi_spec_range holes[] = {{4 * GIB, 7 * GIB + 32 * MIB, 0, 0, 0},
					       {7 * GIB + 96 * MIB, 12 * GIB, 0, 0, 0},
					       {14 * GIB + 64 * MIB, 20 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(holes, ARRAY_NR(holes));

	expect_as_given(make_machine(*state, &spec), 8);
	spec.linux_version = MMI_LINUX_7_X;
	expect_as_given(make_machine(*state, &spec), 8);
	expect_as_given(make_arm64(*state, 32 * GIB, MMI_LINUX_6_12), 16);
	expect_as_given(make_arm64(*state, 8 * GIB, MMI_LINUX_7_X), 8);
}

/* 4 KiB reserved in every 64 MiB of 32 GiB: a job each up to 6.12, and none has two sections. */
static struct mmi_machine *make_fragmented(struct mmi_platform *platform,
					   enum mmi_linux_version version)
{
	const struct mmi_spec_range memory = {4 * GIB, 36 * GIB, 0, 0, 0};
	static struct mmi_spec_range reserved[512];
	struct mmi_machine_spec spec = x86_spec(&memory, 1);

	for (size_t i = 0; i < ARRAY_NR(reserved); i++)
		reserved[i] = (struct mmi_spec_range){4 * GIB + i * 64 * MIB,
						      4 * GIB + i * 64 * MIB + 4096, -1, 0, 0};
	spec.linux_version = version;
	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	return make_machine(platform, &spec);
}

static void test_linux_has_one_thread_for_a_fragmented_memory(void **state)
{
	const struct mmi_predict_params params = {
	    .cpus_per_node = 8, .one_thread_ns = MS_TO_NS(100), .best_ns = MS_TO_NS(100)};
	struct mmi_machine *machine = make_fragmented(*state, MMI_LINUX_6_1);
	struct mmi_predictor *predictor = make_predictor(machine, &params);
	const struct mmi_prediction prediction = predict(predictor, 8);

	assert_false(mmi_predictor_knows_limit(predictor));
	assert_in_range(prediction.linux_ns, MS_TO_NS(99.9), MS_TO_NS(100.1));
	assert_int_equal(prediction.linux_chunk_pages, 32768);
	assert_true(prediction.engine_ns < MS_TO_NS(10)); /* 60 ms by eight */
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);

	/* One job: all eight; the first section is early. */
	machine = make_fragmented(*state, MMI_LINUX_7_X);
	predictor = make_predictor(machine, &params);
	assert_true(mmi_predictor_knows_limit(predictor));
	assert_int_equal(predict(predictor, 8).linux_chunk_pages, 8 * 32768);
	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
}

static bool is_serial(struct mmi_machine *machine)
{
	const struct mmi_predict_params params = {
	    .cpus_per_node = 4, .one_thread_ns = MS_TO_NS(100), .best_ns = MS_TO_NS(50)};
	struct mmi_predictor *predictor = make_predictor(machine, &params);
	const bool serial = mmi_predictor_linux_is_serial(predictor);

	mmi_predictor_destroy(predictor);
	mmi_machine_destroy(machine);
	return serial;
}

static void test_6_1_gives_a_node_one_thread_but_on_x86(void **state)
{
	assert_true(is_serial(make_arm64(*state, 64 * GIB, MMI_LINUX_6_1)));
	assert_true(is_serial(make_arm64(*state, 64 * GIB, MMI_LINUX_5_16)));
	assert_false(is_serial(make_arm64(*state, 64 * GIB, MMI_LINUX_6_12)));
	assert_false(is_serial(make_fragmented(*state, MMI_LINUX_6_1)));
}

/* The larger of two nodes is it about, and that has fewer; the third has memory and no CPU. */
static void test_a_node_has_its_own_cpus(void **state)
{
	static const int cpu_nids[] = {0, 0, 0, 0, 1, 1};
	struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0},
					  {8 * GIB, 16 * GIB, 1, 0, 0},
					  {16 * GIB, 20 * GIB, 2, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_predict_params params = {.one_thread_ns = 100000, .best_ns = 90000};

	spec.cpu_nids = cpu_nids;
	spec.nr_cpus = ARRAY_NR(cpu_nids);
	for (unsigned i = 0; i < 2; i++) {
		struct mmi_machine *machine = make_machine(*state, &spec);
		struct mmi_predictor *predictor = make_predictor(machine, &params);
		assert_int_equal(mmi_predictor_nid(predictor), 1 + i);
		assert_int_equal(mmi_predictor_params(predictor)->cpus_per_node, 2 - i);
		mmi_predictor_destroy(predictor);
		mmi_machine_destroy(machine);
		memory[2].end = 40 * GIB;
	}
}

/* The @fails_at'th time that memory is asked for there is none. */
static struct {
	const struct mmi_platform_ops *below;
	unsigned nr_asked;
	unsigned fails_at;
} short_of;

static void *short_alloc(void *ctx, size_t size_bytes)
{
	if (++short_of.nr_asked == short_of.fails_at)
		return NULL;
	return short_of.below->alloc(ctx, size_bytes);
}

/* Wherever it is short: -ENOMEM with a reason, and nothing is left. */
static void test_a_prediction_without_memory_says_so(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct mmi_machine *machine = make_arm64(&platform, 8 * GIB, MMI_LINUX_6_12);
	const struct mmi_predict_params params = {
	    .cpus_per_node = 2, .one_thread_ns = 1000000, .best_ns = 600000};
	unsigned nr_failed = 0, nr_worked = 0;

	short_of.below = serial->ops;
	ops.alloc = short_alloc;
	for (unsigned n = 1; !nr_worked; n++) {
		struct mmi_predictor *predictor = NULL;
		struct mmi_prediction prediction;
		struct mmi_error err = {0};
		short_of.nr_asked = 0;
		short_of.fails_at = n;
		int ret = mmi_predictor_create(machine, &params, &predictor, &err);
		if (!ret)
			ret = mmi_predict(predictor, 2, &prediction, &err);
		assert_true(ret == 0 || ret == -ENOMEM);
		assert_int_equal(ret != 0, strlen(err.text) > 0);
		nr_failed += ret != 0;
		nr_worked += ret == 0;
		mmi_predictor_destroy(predictor);
	}
	print_message("%u failures\n", nr_failed);
	assert_true(nr_failed > 10);
	ops = *serial->ops;
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_linux_chunks_are_of_sections_and_not_of_our_units),
	    serial_test(test_the_two_times_come_out_as_they_went_in),
	    serial_test(test_linux_has_one_thread_for_a_fragmented_memory),
	    serial_test(test_6_1_gives_a_node_one_thread_but_on_x86),
	    serial_test(test_a_node_has_its_own_cpus),
	    serial_test(test_a_prediction_without_memory_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
