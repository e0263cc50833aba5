/* SPDX-License-Identifier: MIT */
/*
 * Reserved memory given back, before and after its section stands: nothing is lost, nothing is free
 * too early, nothing twice.
 */
#include "alloc_fixture.h"
#include "property/arrays_apart.h"

#include <errno.h>

#include "deferred/claims.h"
#include "mminit/fault.h"

#define PFN(address) ((address) >> 12)

/* Sections of 128 MiB: 32 to 39. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};

/* 6 MiB across the border of the last two sections, and one page in the first. */
static const struct mmi_spec_range reserved[] = {
    {4 * GIB + 5 * MIB, 4 * GIB + 5 * MIB + 4096, -1, 0, 0},
    {5 * GIB - 131 * MIB, 5 * GIB - 125 * MIB, -1, 0, 0}};

static void open_system(struct alloc_fixture *f, struct mmi_platform *platform,
			enum alloc_start start)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	alloc_open(f, platform, &spec, start);
}

static int give_back(struct alloc_fixture *f, uint64_t start, uint64_t end)
{
	return mmi_deferred_free_reserved(&f->system->run, PFN(start), PFN(end));
}

static void assert_all_is_free(struct alloc_fixture *f)
{
	const struct mmi_zone *zone = alloc_zone(f, 0, MMI_ZONE_NORMAL);

	assert_int_equal(zone->nr_managed_pages, GIB >> 12);
	assert_int_equal(zone->nr_free_pages, GIB >> 12);
	assert_int_equal(zone->areas[10].nr_free, 256); /* merged with what was around it */
}

static void test_given_back_after_the_end_it_is_free_at_once(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	assert_int_equal(alloc_nr_managed(&f), (GIB >> 12) - 1 - 1536);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), 0);
	assert_all_is_free(&f);
	alloc_close(&f);
}

/* facts: reserved memory given back before the deferred part ends is silently lost. */
static void test_given_back_before_its_section_stands_it_is_kept(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ON_DEMAND);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), 0);
	assert_int_equal(alloc_nr_managed(&f), 0);
	/* The last section comes first, with its half of the 6 MiB. */
	assert_int_equal(mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_NORMAL)),
			 MMI_GREW);
	assert_int_equal(alloc_nr_managed(&f), 0x8000);
	assert_int_equal(alloc_nr_free(&f), 0x8000);
	alloc_check_sound(&f);
	mmi_system_finish(f.system);
	assert_all_is_free(&f);
	alloc_close(&f);
}

/* One part stands and the other does not: each is freed in its time. */
static void test_a_range_may_stand_in_part(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ON_DEMAND);
	mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_NORMAL));
	assert_int_equal(alloc_nr_free(&f), 0x8000 - 768);
	assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), 0);
	assert_int_equal(alloc_nr_free(&f), 0x8000);
	mmi_system_finish(f.system);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	assert_all_is_free(&f);
	alloc_close(&f);
}

/* Neighbours in any order, and more of them than there is room for at first. */
static void test_many_pieces_are_kept_and_all_come_in_time(void **state)
{
	struct alloc_fixture f;
	const uint64_t middle = 5 * GIB - 128 * MIB, piece = MIB / 16;

	open_system(&f, *state, ON_DEMAND);
	for (uint64_t i = 0; i < 3 * MIB / piece; i++) {
		const uint64_t above = middle + i * piece, below = middle - i * piece;
		assert_int_equal(give_back(&f, above, above + piece), 0);
		assert_int_equal(give_back(&f, below - piece, below), 0);
		assert_int_equal(give_back(&f, above, above + piece), -EINVAL);
	}
	assert_int_equal(f.system->run.claims->kept.nr, 2 * 3 * MIB / piece);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	mmi_system_finish(f.system);
	assert_int_equal(f.system->run.claims->kept.nr, 0);
	assert_all_is_free(&f);
	alloc_close(&f);
}

/* Room for one part of a range that lies in two sections: neither is kept. */
static void test_without_room_to_note_it_nothing_is_given_back(void **state)
{
	const uint64_t middle = 5 * GIB - 128 * MIB, piece = MIB / 16;
	uint64_t below = reserved[1].start;
	struct mmi_failing_platform failing;
	struct alloc_fixture f;

	mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
	open_system(&f, &failing.platform, ON_DEMAND);
	const struct mmi_kept *kept = &f.system->run.claims->kept;
	failing.number = failing.nr_calls; /* the next */
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), -ENOMEM);
	assert_int_equal(kept->nr, 0);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	for (; kept->nr + 1 < kept->capacity; below += piece)
		assert_int_equal(give_back(&f, below, below + piece), 0);
	const size_t nr = kept->nr;
	failing.number = failing.nr_calls;
	assert_int_equal(give_back(&f, middle - piece, middle + piece), -ENOMEM);
	assert_int_equal(kept->nr, nr);
	assert_int_equal(give_back(&f, middle - piece, middle + piece), 0);
	assert_int_equal(kept->nr, nr + 2);
	assert_int_equal(give_back(&f, below, middle - piece), 0);
	assert_int_equal(give_back(&f, middle + piece, reserved[1].end), 0);
	mmi_system_finish(f.system);
	assert_all_is_free(&f);
	alloc_close(&f);
	assert_int_equal(failing.nr_held, 0);
}

static void test_what_is_not_reserved_is_refused(void **state)
{
	for (int start = ALL_BOOTED; start <= ON_DEMAND; start++) {
		struct alloc_fixture f;

		open_system(&f, *state, start);
		const uint64_t nr_managed = alloc_nr_managed(&f);
		assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end + 4096), -EINVAL);
		assert_int_equal(give_back(&f, reserved[0].start - 4096, reserved[0].end), -EINVAL);
		assert_int_equal(give_back(&f, 5 * GIB, 5 * GIB + 4096), -EINVAL); /* no memory */
		assert_int_equal(give_back(&f, 0, 4096), -EINVAL);
		assert_int_equal(give_back(&f, reserved[0].start, reserved[0].start), -EINVAL);
		assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), 0);
		/* Given back is given back, kept or freed. */
		assert_int_equal(give_back(&f, reserved[1].end - 4096, reserved[1].end), -EINVAL);
		assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), -EINVAL);
		mmi_system_finish(f.system);
		assert_int_equal(alloc_nr_managed(&f), (GIB >> 12) - 1);
		assert_in_range(nr_managed, 0, (GIB >> 12) - 1 - 1536);
		alloc_close(&f);
	}
}

/* Two zones and, inside a section, two nodes in one range: each has its part back. */
static void test_a_range_of_several_zones_goes_to_each_of_them(void **state)
{
	const struct mmi_spec_range ranges[] = {{3 * GIB, 5 * GIB + 64 * MIB, 0, 0, 0},
						{5 * GIB + 64 * MIB, 6 * GIB, 1, 0, 0}};
	const struct mmi_spec_range over[] = {{4 * GIB - MIB, 5 * GIB + 96 * MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct alloc_fixture f;

	spec.reserved = over;
	spec.nr_reserved = 1;
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_managed_pages, 0);
	assert_int_equal(give_back(&f, 4 * GIB - MIB, 5 * GIB + 96 * MIB), 0);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_DMA32)->nr_managed_pages, GIB >> 12);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_managed_pages,
			 (GIB + 64 * MIB) >> 12);
	assert_int_equal(alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_managed_pages,
			 (GIB - 64 * MIB) >> 12);
	alloc_close(&f);
}

static void test_a_section_that_stands_is_not_the_next_one(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ON_DEMAND);
	const struct mmi_section *sections = f.system->mem.map.sections;
	mmi_claims_stand(f.system->run.claims, PFN(4 * GIB + 128 * MIB), PFN(4 * GIB + 256 * MIB));
	assert_false(sections[0].standing);
	assert_true(sections[1].standing);
	assert_false(sections[2].standing);
	alloc_close(&f);
}

static void test_memory_that_must_never_be_free_is_refused(void **state)
{
	const struct mmi_spec_range nomap[] = {{4 * GIB - MIB, 4 * GIB, 0, MMI_MEM_NOMAP, 0},
					       {4 * GIB, 5 * GIB - MIB, 0, 0, 0},
					       {5 * GIB - MIB, 5 * GIB, 0, MMI_MEM_NOMAP, 0},
					       {5 * GIB, 6 * GIB, 0, 0, 0}};
	const struct mmi_spec_range around[] = {{5 * GIB - 2 * MIB, 5 * GIB + MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(nomap, ARRAY_NR(nomap));
	struct alloc_fixture f;

	spec.reserved = around;
	spec.nr_reserved = 1;
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_int_equal(give_back(&f, 4 * GIB - MIB, 4 * GIB), -EINVAL);
	assert_int_equal(give_back(&f, 5 * GIB - MIB, 5 * GIB), -EINVAL);
	assert_int_equal(give_back(&f, 5 * GIB - MIB - 4096, 5 * GIB - MIB + 4096), -EINVAL);
	assert_int_equal(give_back(&f, 5 * GIB - 4096, 5 * GIB + 4096), -EINVAL);
	/* What ends or begins where it does is another thing. */
	assert_int_equal(give_back(&f, 5 * GIB - 2 * MIB, 5 * GIB - MIB), 0);
	assert_int_equal(give_back(&f, 5 * GIB, 5 * GIB + MIB), 0);
	alloc_close(&f);
}

/* Whether a range may be given back is answered by what the machine has, and nothing behind it. */
static void test_nothing_is_looked_up_behind_the_last_range(void **state)
{
	struct arrays_apart arrays, extents;
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	arrays_move_apart(&arrays, f.machine);
	extents_move_apart(&extents, &f.system->mem.extents);
	assert_int_equal(give_back(&f, 5 * GIB, 5 * GIB + 4096), -EINVAL);
	assert_int_equal(give_back(&f, 5 * GIB - 4096, 5 * GIB + 4096), -EINVAL);
	assert_int_equal(give_back(&f, reserved[0].start, reserved[0].end), 0);
	assert_int_equal(give_back(&f, reserved[1].start, reserved[1].end), 0);
	extents_move_together(&extents, &f.system->mem.extents);
	arrays_move_together(&arrays, f.machine);
	assert_all_is_free(&f);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_given_back_after_the_end_it_is_free_at_once),
	    serial_test(test_given_back_before_its_section_stands_it_is_kept),
	    serial_test(test_a_range_may_stand_in_part),
	    serial_test(test_a_section_that_stands_is_not_the_next_one),
	    serial_test(test_a_range_of_several_zones_goes_to_each_of_them),
	    serial_test(test_many_pieces_are_kept_and_all_come_in_time),
	    serial_test(test_without_room_to_note_it_nothing_is_given_back),
	    serial_test(test_what_is_not_reserved_is_refused),
	    serial_test(test_memory_that_must_never_be_free_is_refused),
	    serial_test(test_nothing_is_looked_up_behind_the_last_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
