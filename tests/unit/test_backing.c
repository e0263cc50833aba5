/* SPDX-License-Identifier: MIT */
/*
 * Which part of the memmap is backed by one call, on which node and by what pages, as the platform
 * is told: a platform that takes notes and passes on, or has no addresses left.
 */
#include "machine_fixture.h"

#include <errno.h>

#include "memmap/backing.h"

#define MAX_NOTES      64
#define SECTION        (128 * MIB)
#define PART(sections) ((sections) * (size_t)(2 * MIB)) /* struct pages of that many */

struct note {
	size_t size_bytes;
	struct mmi_backing backing;
};

struct noting_platform {
	struct mmi_platform platform;
	struct mmi_platform_ops ops;
	const struct mmi_platform *inner;
	struct note notes[MAX_NOTES];
	size_t nr_notes;
	size_t least_refused; /* no address space is given out from so many bytes on, */
	size_t most_refused;  /* up to so many */
	size_t nr_refused;
};

static struct noting_platform noting;

static int take_note(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	assert_true(noting.nr_notes < MAX_NOTES);
	assert_true(backing->nid >= -1);
	noting.notes[noting.nr_notes++] = (struct note){size_bytes, *backing};
	return noting.inner->ops->commit(ctx, start, size_bytes, backing);
}

static void *give_or_refuse(void *ctx, size_t size_bytes, size_t align)
{
	if (size_bytes < noting.least_refused || size_bytes > noting.most_refused)
		return noting.inner->ops->reserve(ctx, size_bytes, align);
	noting.nr_refused++;
	return NULL;
}

static void note_from_now_on(struct mmi_platform *serial)
{
	noting = (struct noting_platform){.inner = serial};
	noting.platform = *serial;
	noting.ops = *serial->ops;
	noting.ops.commit = take_note;
	noting.ops.reserve = give_or_refuse;
	noting.platform.ops = &noting.ops;
}

#define noting_test(function) prepared_serial_test(note_from_now_on, function)

/* Of the notes only those of struct pages: what the checked core keeps is for no node, before them. */
static const struct note *notes_of_pages(size_t nr)
{
	assert_true(noting.nr_notes >= nr);
	return &noting.notes[noting.nr_notes - nr];
}

static size_t back(const struct mmi_machine_spec *spec, const struct mmi_memmap_options *options)
{
	struct mmi_machine *machine = make_machine(&noting.platform, spec);
	struct mmi_memmap map;
	struct mmi_error err = {0};

	noting.nr_notes = 0;
	if (mmi_memmap_init(&map, machine, options, &err))
		fail_msg("memmap: %s", err.text);
	const size_t backed_bytes = map.backed_bytes;
	assert_int_equal(backed_bytes, mmi_memmap_bytes(machine, options));
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
	return backed_bytes;
}

static void assert_note(const struct note *note, size_t size_bytes, int nid)
{
	assert_int_equal(note->size_bytes, size_bytes);
	assert_int_equal(note->backing.nid, nid);
}

/*
 * sections   0 1 2 | 3 4 | 5 6 | 7 ... 9 | 10
 * nodes      0 0 0 | 2 2 | 0 0 | none    | 2
 * Node 0 has two ranges that touch in its first three; node 1 has no memory.
 */
static const struct mmi_spec_range memory[] = {
    {0, SECTION + MIB, 0, 0, 0},           {SECTION + 2 * MIB, 3 * SECTION, 0, 0, 0},
    {3 * SECTION, 5 * SECTION, 2, 0, 0},   {5 * SECTION, 7 * SECTION, 0, 0, 0},
    {10 * SECTION, 11 * SECTION, 2, 0, 0},
};

static struct mmi_machine_spec three_nodes(void)
{
	static const struct mmi_spec_node nodes[] = {{.nid = 1}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.nodes = nodes;
	spec.nr_nodes = ARRAY_NR(nodes);
	return spec;
}

/* Section 1 is there; of what comes, sections 0 to 3, it is left as it is, and the rest is backed once. */
static void test_what_is_backed_already_is_left_alone(void **state)
{
	const struct mmi_spec_range one[] = {{SECTION, 2 * SECTION, 0, 0, 0}};
	const struct mmi_spec_range window[] = {{0, 4 * SECTION, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(one, ARRAY_NR(one));
	const struct mmi_memmap_options options = {0};
	const uint64_t pages = SECTION >> 12;
	struct mmi_memmap map;

	(void)state;
	spec.windows = window;
	spec.nr_windows = ARRAY_NR(window);
	struct mmi_machine *machine = make_machine(&noting.platform, &spec);
	assert_int_equal(mmi_memmap_init(&map, machine, &options, NULL), 0);
	noting.nr_notes = 0;
	assert_int_equal(mmi_memmap_back_range(&map, machine, pages, 2 * pages, 1, NULL), 0);
	assert_int_equal(noting.nr_notes, 0);
	assert_int_equal(mmi_memmap_back_range(&map, machine, 0, 4 * pages, 1, NULL), 0);
	assert_int_equal(noting.nr_notes, 2);
	assert_note(&noting.notes[0], PART(1), 1);
	assert_note(&noting.notes[1], PART(2), 1);
	/* Nothing of them is memory yet, but that it is backed is known. */
	assert_int_equal(mmi_memmap_back_range(&map, machine, 0, 4 * pages, 1, NULL), 0);
	assert_int_equal(noting.nr_notes, 2);
	assert_int_equal(map.backed_bytes, PART(4));
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Of subsections 0 to 7 only the third is there: it is backed no second time, those around it are. */
static void test_what_is_backed_of_a_section_is_left_alone(void **state)
{
	const struct mmi_spec_range one[] = {{6 * MIB, 8 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(one, ARRAY_NR(one));
	const struct mmi_memmap_options options = {.by_subsection = true};
	const size_t sub_bytes = 512 * sizeof(struct mmi_page);
	struct mmi_memmap map;

	(void)state;
	struct mmi_machine *machine = make_machine(&noting.platform, &spec);
	assert_int_equal(mmi_memmap_init(&map, machine, &options, NULL), 0);
	noting.nr_notes = 0;
	assert_int_equal(mmi_memmap_back_range(&map, machine, 3 * 512, 4 * 512, 0, NULL), 0);
	assert_int_equal(noting.nr_notes, 0);
	assert_int_equal(mmi_memmap_back_range(&map, machine, 0, 8 * 512, 0, NULL), 0);
	assert_int_equal(noting.nr_notes, 2);
	assert_note(&noting.notes[0], 3 * sub_bytes, 0);
	assert_note(&noting.notes[1], 4 * sub_bytes, 0);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* A window at 1 PiB needs 16 TiB of struct pages' addresses: where these are not to be had it is left out. */
static void test_a_window_that_does_not_fit_is_left_out(void **state)
{
	const struct mmi_spec_range window[] = {{1ull << 50, (1ull << 50) + SECTION, 0, 0, 0}};
	const struct mmi_memmap_options options = {0};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_memmap map;

	(void)state;
	spec.windows = window;
	spec.nr_windows = ARRAY_NR(window);
	struct mmi_machine *machine = make_machine(&noting.platform, &spec);
	noting.least_refused = 1ull << 40;
	noting.most_refused = SIZE_MAX;
	assert_int_equal(mmi_memmap_init(&map, machine, &options, NULL), 0);
	assert_int_equal(noting.nr_refused, 1);
	assert_int_equal(map.start_pfn, 0);
	assert_int_equal(map.end_pfn, 2 * SECTION >> 12);
	assert_int_equal(mmi_memmap_check(&map, NULL), 0);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Two sections: 4 MiB of struct pages, and less than 4 KiB of sections with their tree. */
static void test_without_addresses_nothing_is_backed(void **state)
{
	const struct {
		size_t least, most, nr_refused;
	} refusals[] = {{0, SIZE_MAX, 4}, {0, 4096, 2}, {PART(2), PART(2), 2}};
	const struct mmi_memmap_options options = {0};
	struct mmi_machine_spec spec = x86_spec(memory, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(refusals); i++) {
		struct mmi_machine *machine = make_machine(&noting.platform, &spec);
		struct mmi_memmap map;
		struct mmi_error err = {0};
		noting.nr_notes = noting.nr_refused = 0;
		noting.least_refused = refusals[i].least;
		noting.most_refused = refusals[i].most;
		assert_int_equal(mmi_memmap_init(&map, machine, &options, &err), -ENOMEM);
		assert_non_null(strstr(err.text, "no address space for the struct pages of PFNs"));
		assert_int_equal(noting.nr_refused, refusals[i].nr_refused);
		assert_int_equal(noting.nr_notes, 0);
		mmi_machine_destroy(machine);
	}
}

static void test_a_node_of_one_page_takes_its_turn(void **state)
{
	const struct mmi_spec_range two[] = {{0, 4 * SECTION, 0, 0, 0},
					     {4 * SECTION, 4 * SECTION + 4096, 1, 0, 0}};
	const struct mmi_memmap_options options = {.placement = MMI_PLACE_INTERLEAVE};
	const struct mmi_machine_spec spec = x86_spec(two, ARRAY_NR(two));

	(void)state;
	assert_int_equal(back(&spec, &options), PART(5));
	const struct note *notes = notes_of_pages(5);
	for (int i = 0; i < 5; i++)
		assert_note(&notes[i], PART(1), i % 2);
}

/* Two ranges that differ in their flags touch at a section: backed at once all the same. */
static void test_ranges_that_touch_are_backed_at_once(void **state)
{
	const struct mmi_spec_range two[] = {{0, SECTION, 0, 0, 0},
					     {SECTION, 2 * SECTION, 0, MMI_MEM_NOMAP, 0}};
	const struct mmi_memmap_options options = {0};
	const struct mmi_machine_spec spec = x86_spec(two, ARRAY_NR(two));

	(void)state;
	assert_int_equal(back(&spec, &options), PART(2));
	assert_note(notes_of_pages(1), PART(2), 0);
}

/* How the table of sections is backed, the first commitment, where @nr sections end at section @end. */
static struct mmi_backing backing_of_sections(uint64_t nr, uint64_t end)
{
	const uint64_t section = 16 * MIB;
	const uint64_t base = 4096 * section;
	const struct mmi_spec_range two[] = {
	    {base, base + section, 0, 0, 0},
	    {base + (end - nr + 1) * section, base + end * section, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(two, ARRAY_NR(two));
	const struct mmi_memmap_options options = {.no_huge_pages = true, .by_subsection = true};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	back(&spec, &options);
	return noting.notes[0].backing;
}

/*
 * Sections of 128 bytes and a tree of about a bit each: 8183 of them fill a mebibyte, half a huge page.
 * They get one where at least an eighth is present.
 */
static void test_many_sections_stand_in_huge_pages_where_most_are_present(void **state)
{
	(void)state;
	assert_int_equal(backing_of_sections(8150, 8150).nid, -1);
	assert_false(backing_of_sections(8150, 8150).huge_pages);
	assert_true(backing_of_sections(8183, 8183).huge_pages);
	assert_true(backing_of_sections(1024, 8192).huge_pages);
	assert_false(backing_of_sections(1023, 8192).huge_pages);
}

static void test_a_run_of_a_node_is_backed_at_once_on_that_node(void **state)
{
	const struct mmi_memmap_options options = {0};
	const struct mmi_machine_spec spec = three_nodes();

	(void)state;
	assert_int_equal(back(&spec, &options), PART(8));
	const struct note *notes = notes_of_pages(4);
	assert_note(&notes[0], PART(3), 0);
	assert_note(&notes[1], PART(2), 2);
	assert_note(&notes[2], PART(2), 0);
	assert_note(&notes[3], PART(1), 2);
	for (size_t i = 0; i < 4; i++) {
		assert_true(notes[i].backing.huge_pages);
		assert_false(notes[i].backing.populate);
	}
}

static void test_what_is_asked_for_is_passed_on(void **state)
{
	const struct mmi_machine_spec spec = three_nodes();
	struct mmi_memmap_options options = {.placement = MMI_PLACE_ANYWHERE, .populate = true};

	(void)state;
	assert_int_equal(back(&spec, &options), PART(8));
	assert_note(&notes_of_pages(4)[1], PART(2), -1);
	assert_true(notes_of_pages(4)->backing.populate);
	options = (struct mmi_memmap_options){.no_huge_pages = true};
	assert_int_equal(back(&spec, &options), PART(8));
	assert_false(notes_of_pages(4)->backing.huge_pages);
	options = (struct mmi_memmap_options){.by_subsection = true};
	assert_int_equal(back(&spec, &options), PART(8));
	assert_false(notes_of_pages(4)->backing.huge_pages);
}

/* Units are counted from PFN 0 on, and only nodes with memory take turns. */
static void test_nodes_with_memory_take_turns(void **state)
{
	const struct mmi_memmap_options options = {.placement = MMI_PLACE_INTERLEAVE};
	const struct mmi_machine_spec spec = three_nodes();
	const int nids[] = {0, 2, 0, 2, 0, 2, 0, 0};

	(void)state;
	assert_int_equal(back(&spec, &options), PART(8));
	for (size_t i = 0; i < 8; i++)
		assert_note(&notes_of_pages(8)[i], PART(1), nids[i]);
}

/* Units of 16 KiB up to 2 PiB are numbered in the hundreds of millions: no reason to count that far. */
static void test_turns_are_taken_however_high_the_memory_lies(void **state)
{
	const uint64_t section = 16 * MIB, top = 1ull << 51;
	const struct mmi_spec_range two[] = {{top - 32 * section, top - 16 * section, 0, 0, 0},
					     {top - 16 * section, top, 1, 0, 0}};
	const struct mmi_memmap_options options = {.placement = MMI_PLACE_INTERLEAVE,
						   .no_huge_pages = true};
	struct mmi_machine_spec spec = x86_spec(two, ARRAY_NR(two));

	(void)state;
	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	assert_int_equal(back(&spec, &options), 32 * (size_t)(16 * KIB));
	for (int i = 0; i < 32; i++)
		assert_note(&notes_of_pages(32)[i], 16 * KIB, i % 2);
}

static void test_remote_is_the_next_node_with_memory(void **state)
{
	const struct mmi_memmap_options options = {.placement = MMI_PLACE_REMOTE};
	const struct mmi_machine_spec spec = three_nodes();
	const struct mmi_machine_spec alone = x86_spec(memory, 1);
	const int nids[] = {2, 0, 2, 0};

	(void)state;
	assert_int_equal(back(&spec, &options), PART(8));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(notes_of_pages(4)[i].backing.nid, nids[i]);
	assert_int_equal(back(&alone, &options), PART(2));
	assert_note(notes_of_pages(1), PART(2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    noting_test(test_ranges_that_touch_are_backed_at_once),
	    noting_test(test_a_node_of_one_page_takes_its_turn),
	    noting_test(test_what_is_backed_already_is_left_alone),
	    noting_test(test_what_is_backed_of_a_section_is_left_alone),
	    noting_test(test_a_window_that_does_not_fit_is_left_out),
	    noting_test(test_without_addresses_nothing_is_backed),
	    noting_test(test_many_sections_stand_in_huge_pages_where_most_are_present),
	    noting_test(test_a_run_of_a_node_is_backed_at_once_on_that_node),
	    noting_test(test_what_is_asked_for_is_passed_on),
	    noting_test(test_nodes_with_memory_take_turns),
	    noting_test(test_turns_are_taken_however_high_the_memory_lies),
	    noting_test(test_remote_is_the_next_node_with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
