/* SPDX-License-Identifier: MIT */
/* What it takes to ask contexts: whom nobody is interrupted for, and whom somebody sleeps for. */
#include "alloc_fixture.h"

#include "page_alloc/alloc_cpu.h"

/* The serial platform with these between; one thread is the asker, and in relax() or wait() the owner. */
static struct {
	const struct mmi_platform *serial;
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	struct alloc_fixture f;
	size_t lists_bytes; /* of the zonelists */
	bool is_inside;     /* a request runs that was begun by hand */
	unsigned nr_barriers, nr_looks, nr_sleeps, nr_wakes;
} bed;

static void count_barrier(void *ctx)
{
	(void)ctx;
	bed.nr_barriers++;
}

static void count_wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	bed.nr_wakes += word == &bed.f.cpu->request && !(*word & MMI_CPU_STOP);
}

static void count_look(void *ctx)
{
	(void)ctx;
	bed.nr_looks++;
}

static void begin_request(void)
{
	mmi_cpu_enter(bed.f.cpu);
	bed.is_inside = true;
}

static void end_request(void)
{
	bed.is_inside = false;
	mmi_cpu_leave(bed.f.cpu);
}

static void end_request_while_looked_at(void *ctx)
{
	count_look(ctx);
	if (bed.nr_looks == 2)
		end_request();
}

static void make_request_while_looked_at(void *ctx)
{
	count_look(ctx);
	mmi_free_pages(bed.f.cpu, mmi_alloc_pages(bed.f.cpu, MMI_GFP_KERNEL, 0, -1, NULL), 0);
}

static void end_request_while_asker_sleeps(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	assert_ptr_equal(word, &bed.f.cpu->request);
	assert_int_equal(*word, value);
	bed.nr_sleeps++;
	end_request();
	assert_int_not_equal(*word, value);
}

/* Zonelists that a request may still read are not given back. */
static void free_nothing_inside(void *ctx, void *memory, size_t size_bytes)
{
	if (memory && size_bytes == bed.lists_bytes)
		assert_false(bed.is_inside);
	bed.serial->ops->free(ctx, memory, size_bytes);
}

static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0}};

static void open_bed(struct mmi_platform *serial)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	memset(&bed, 0, sizeof(bed));
	bed.serial = serial;
	bed.ops = *serial->ops;
	bed.ops.free = free_nothing_inside;
	bed.ops.process_barrier = count_barrier;
	bed.ops.wake = count_wake;
	bed.ops.relax = count_look;
	bed.platform = (struct mmi_platform){&bed.ops, serial->ctx};
	alloc_open(&bed.f, &bed.platform, &spec, ALL_BOOTED);
	bed.lists_bytes = bed.f.alloc->zonelists->size_bytes;
	bed.nr_barriers = 0;
	bed.nr_wakes = 0;
}

static void close_bed(void)
{
	bed.ops.relax = count_look;
	alloc_close(&bed.f);
}

static void rebuild(void)
{
	bed.nr_looks = 0;
	assert_int_equal(mmi_zonelists_rebuild(bed.f.alloc), 0);
}

static void test_nobody_is_interrupted_for_owners_at_work(void **state)
{
	open_bed(*state);
	bed.ops.relax = make_request_while_looked_at;
	for (int i = 0; i < 3; i++) {
		rebuild();
		assert_int_equal(bed.nr_looks, 1);
	}
	assert_int_equal(bed.nr_barriers, 0);
	assert_int_equal(bed.nr_wakes, 0);
	close_bed();
}

static void test_the_end_of_a_request_is_an_answer(void **state)
{
	open_bed(*state);
	bed.ops.relax = end_request_while_looked_at;
	begin_request();
	rebuild();
	assert_int_equal(bed.nr_looks, 2);
	assert_int_equal(bed.nr_barriers, 0);
	assert_int_equal(bed.nr_wakes, 0);
	assert_int_equal(bed.f.cpu->request, 0);
	close_bed();
}

/* A context that nobody uses costs an interruption once, and again when it was used. */
static void test_an_idle_context_is_waited_for_once(void **state)
{
	open_bed(*state);
	for (unsigned nr_uses = 1; nr_uses <= 2; nr_uses++) {
		begin_request();
		end_request();
		rebuild();
		assert_in_range(bed.nr_looks, 1, 1000);
		assert_int_equal(bed.nr_barriers, nr_uses);
		rebuild();
		mmi_alloc_drain(bed.f.alloc);
		rebuild();
		assert_int_equal(bed.nr_looks, 0);
		assert_int_equal(bed.nr_barriers, nr_uses);
	}
	close_bed();
}

static void test_a_long_request_is_slept_for(void **state)
{
	open_bed(*state);
	bed.ops.wait = end_request_while_asker_sleeps;
	for (unsigned nr = 1; nr <= 2; nr++) {
		begin_request();
		rebuild();
		assert_int_equal(bed.nr_barriers, nr);
		assert_int_equal(bed.nr_sleeps, nr);
		assert_int_equal(bed.nr_wakes, nr);
		assert_int_equal(bed.f.cpu->request, 0);
	}
	close_bed();
}

/* Where looking again helps nobody, the first look decides. */
static void test_without_a_pause_nobody_is_looked_at_twice(void **state)
{
	open_bed(*state);
	bed.ops.relax = NULL;
	rebuild();
	assert_int_equal(bed.nr_barriers, 1);
	close_bed();
}

/* The pages of a context that answers to a stop at the end of its request come home. */
static void test_a_drain_takes_what_the_last_request_left(void **state)
{
	open_bed(*state);
	mmi_free_pages(bed.f.cpu, mmi_alloc_pages(bed.f.cpu, MMI_GFP_KERNEL, 0, -1, NULL), 0);
	const uint64_t nr_free = alloc_nr_free(&bed.f);
	assert_true(nr_free < alloc_nr_managed(&bed.f));
	bed.ops.relax = end_request_while_looked_at;
	begin_request();
	mmi_alloc_drain(bed.f.alloc);
	assert_int_equal(bed.nr_barriers, 0);
	assert_int_equal(alloc_nr_free(&bed.f), alloc_nr_managed(&bed.f));
	close_bed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_nobody_is_interrupted_for_owners_at_work),
	    serial_test(test_the_end_of_a_request_is_an_answer),
	    serial_test(test_an_idle_context_is_waited_for_once),
	    serial_test(test_a_long_request_is_slept_for),
	    serial_test(test_without_a_pause_nobody_is_looked_at_twice),
	    serial_test(test_a_drain_takes_what_the_last_request_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
