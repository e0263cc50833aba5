/* SPDX-License-Identifier: MIT */
/* Claims: each unit once, whichever way to it; units without memory, parts of units; waiting. */
#include "alloc_fixture.h"

#include "deferred/claims.h"

#define SECTION_PAGES 0x8000ull

/* Sections of 128 MiB, each a unit: 32, nothing, 34 and 35. */
static const struct mmi_spec_range with_a_hole[] = {
    {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}, {4 * GIB + 256 * MIB, 4 * GIB + 512 * MIB, 0, 0, 0}};

static struct mmi_claims *open_claims(struct alloc_fixture *f, struct mmi_platform *platform,
				      const struct mmi_spec_range *memory, size_t nr_memory)
{
	const struct mmi_machine_spec spec = x86_spec(memory, nr_memory);

	alloc_open(f, platform, &spec, ON_DEMAND);
	return f->system->run.claims;
}

static enum mmi_section_state state_of(const struct alloc_fixture *f, uint64_t number)
{
	return mmi_pfn_section(&f->system->mem.map, number * SECTION_PAGES)->state;
}

/* [first, end), in halves of sections. */
static struct mmi_pfn_range halves(uint64_t first, uint64_t end)
{
	return (struct mmi_pfn_range){first * SECTION_PAGES / 2, end * SECTION_PAGES / 2};
}

static void assert_takes(struct mmi_claims *claims, struct mmi_pfn_range *left, uint64_t first,
			 uint64_t end)
{
	const struct mmi_pfn_range expected = halves(first, end);
	struct mmi_pfn_range run;

	assert_true(mmi_claims_take_run(claims, left, &run));
	assert_int_equal(run.start_pfn, expected.start_pfn);
	assert_int_equal(run.end_pfn, expected.end_pfn);
	assert_int_equal(left->start_pfn, expected.end_pfn);
}

static void assert_takes_nothing(struct mmi_claims *claims, struct mmi_pfn_range *left)
{
	const uint32_t nr_in_flight = claims->nr_in_flight;
	const uint64_t end_pfn = left->end_pfn;
	struct mmi_pfn_range run;

	assert_false(mmi_claims_take_run(claims, left, &run));
	assert_int_equal(claims->nr_in_flight, nr_in_flight);
	assert_int_equal(left->start_pfn, end_pfn);
	assert_int_equal(left->end_pfn, end_pfn);
}

static void test_a_unit_without_memory_is_nobodys(void **state)
{
	struct alloc_fixture f;
	struct mmi_claims *claims = open_claims(&f, *state, with_a_hole, ARRAY_NR(with_a_hole));
	struct mmi_pfn_range hole = halves(66, 68), all = halves(64, 72);

	assert_takes_nothing(claims, &hole);
	assert_int_equal(state_of(&f, 34), MMI_SECTION_PRESENT);
	assert_takes(claims, &all, 64, 66);
	assert_int_equal(state_of(&f, 32), MMI_SECTION_BUSY);
	assert_takes(claims, &all, 68, 72);
	assert_int_equal(state_of(&f, 33), MMI_SECTION_ABSENT);
	assert_int_equal(state_of(&f, 35), MMI_SECTION_BUSY);
	assert_int_equal(claims->nr_in_flight, 2);
	assert_takes_nothing(claims, &all);
	alloc_close(&f);
}

static void test_what_is_claimed_is_not_claimed_again(void **state)
{
	struct alloc_fixture f;
	struct mmi_claims *claims = open_claims(&f, *state, with_a_hole, ARRAY_NR(with_a_hole));
	struct mmi_pfn_range second = halves(68, 70), all = halves(64, 72), none = halves(70, 70);
	struct mmi_pfn_range again = second;

	assert_takes(claims, &second, 68, 70);
	assert_takes_nothing(claims, &again);
	assert_takes_nothing(claims, &none);
	assert_takes(claims, &all, 64, 66);
	assert_takes(claims, &all, 70, 72);
	alloc_close(&f);
}

/* A plan that was changed by hand: who has a part of a unit has it, and claims no other's. */
static void test_parts_of_a_unit_are_done_by_whom_the_plan_names(void **state)
{
	struct alloc_fixture f;
	struct mmi_claims *claims = open_claims(&f, *state, with_a_hole, ARRAY_NR(with_a_hole));
	struct mmi_pfn_range below = halves(68, 69), above = halves(69, 72), again = halves(69, 72);

	assert_takes(claims, &below, 68, 69);
	assert_int_equal(state_of(&f, 34), MMI_SECTION_PRESENT);
	assert_takes(claims, &above, 69, 72);
	assert_int_equal(state_of(&f, 34), MMI_SECTION_PRESENT);
	assert_int_equal(state_of(&f, 35), MMI_SECTION_BUSY);
	assert_takes(claims, &again, 69, 70);
	assert_takes_nothing(claims, &again);
	alloc_close(&f);
}

/* Zones of four nodes that lie below others of their node, where no worker's end reaches. */
static void test_every_zone_is_taken_from_its_own_top(void **state)
{
	struct mmi_spec_range memory[8];
	struct mmi_pfn_range unit;
	struct alloc_fixture f;

	for (uint64_t i = 0; i < ARRAY_NR(memory); i++) {
		const uint64_t start = i < 4 ? i * 512 * MIB : i * GIB;
		memory[i] = (struct mmi_spec_range){start, start + 512 * MIB, (int)(i % 4), 0, 0};
	}
	struct mmi_claims *claims = open_claims(&f, *state, memory, ARRAY_NR(memory));
	for (int nid = 3; nid >= 0; nid--) {
		const struct mmi_zone *zone = alloc_zone(&f, nid, MMI_ZONE_DMA32);
		for (uint64_t section = 4; section--;) {
			assert_true(mmi_claims_take_unit(claims, zone, &unit));
			assert_int_equal(unit.start_pfn,
					 ((uint64_t)nid * 4 + section) * SECTION_PAGES);
			assert_int_equal(unit.end_pfn, unit.start_pfn + SECTION_PAGES);
		}
		assert_false(mmi_claims_take_unit(claims, zone, &unit));
	}
	assert_false(mmi_claims_take_unit(claims, alloc_zone(&f, 0, MMI_ZONE_DMA), &unit));
	assert_int_equal(claims->nr_in_flight, 16);
	alloc_close(&f);
}

/* Other threads, of which one lands whenever somebody sleeps. */
static struct {
	struct mmi_claims *claims;
	unsigned nr_waits, nr_wakes;
} others;

static void land_one(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	assert_ptr_equal(word, &others.claims->progress);
	assert_int_equal(value, others.claims->progress);
	assert_int_equal(others.claims->nr_sleepers, 1);
	others.nr_waits++;
	mmi_claims_end(others.claims);
}

/* Of those who wait for progress; the allocator has others. */
static void count_wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	others.nr_wakes += word == &others.claims->progress;
}

static void test_who_waits_for_all_sleeps_until_the_last_has_landed(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct mmi_pfn_range unit;
	struct alloc_fixture f;

	ops.wait = land_one;
	ops.wake = count_wake;
	others.claims = open_claims(&f, &platform, with_a_hole, ARRAY_NR(with_a_hole));
	for (unsigned nr = 0; nr < 3; nr++)
		assert_true(
		    mmi_claims_take_unit(others.claims, alloc_zone(&f, 0, MMI_ZONE_NORMAL), &unit));
	mmi_claims_wait_all(others.claims);
	assert_int_equal(others.nr_waits, 3);
	assert_int_equal(others.nr_wakes, 3);
	assert_int_equal(others.claims->nr_in_flight, 0);
	assert_int_equal(others.claims->nr_sleepers, 0);
	mmi_claims_wait_all(others.claims);
	assert_int_equal(others.nr_waits, 3);
	alloc_close(&f);
}

static void test_claims_may_be_deinitialised_again(void **state)
{
	struct alloc_fixture f;
	struct mmi_claims claims = {0};

	open_claims(&f, *state, with_a_hole, ARRAY_NR(with_a_hole));
	mmi_claims_deinit(&claims);
	assert_int_equal(mmi_claims_init(&claims, &f.system->mem, &f.system->plan), 0);
	mmi_claims_deinit(&claims);
	assert_null(claims.mem);
	mmi_claims_deinit(&claims);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_unit_without_memory_is_nobodys),
	    serial_test(test_what_is_claimed_is_not_claimed_again),
	    serial_test(test_parts_of_a_unit_are_done_by_whom_the_plan_names),
	    serial_test(test_every_zone_is_taken_from_its_own_top),
	    serial_test(test_who_waits_for_all_sleeps_until_the_last_has_landed),
	    serial_test(test_claims_may_be_deinitialised_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
