/* SPDX-License-Identifier: MIT */
/* Memory blocks come, go online and offline, and go: their states, and what follows in the zones. */
#include "hotplug_fixture.h"

#include <errno.h>

/*
 *   block   0 .. 7       32..39            40 .. 55          64 .. 71
 *           node 0 memory   node 0 memory   node 1's window   node 2's window
 */
static const struct mmi_spec_range memory[] = {{0, 1 * GIB, 0, 0, 0}, {4 * GIB, 5 * GIB, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {{5 * GIB, 7 * GIB, 1, 0, 0},
						{8 * GIB, 9 * GIB, 2, 0, 0}};
static const struct mmi_spec_range reserved[] = {{4 * GIB, 4 * GIB + 4 * KIB, -1, 0, 0}};
static const int cpu_nids[] = {0, 1};

static struct mmi_machine_spec hotplug_spec(void)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.cpu_nids = cpu_nids;
	spec.nr_cpus = ARRAY_NR(cpu_nids);
	return spec;
}

static void open_it(struct hotplug_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = hotplug_spec();

	hotplug_open(f, platform, &spec);
}

static void test_words(void **state)
{
	static const char *const wrong[] = {"",        "onlin",   "onlinee",
					    "online_", "Offline", "offline "};
	enum mmi_online_type type;

	(void)state;
	for (int i = 0; i < MMI_NR_ONLINE_TYPES; i++) {
		assert_true(mmi_online_type_read(mmi_online_type_name(i), &type));
		assert_int_equal(type, i);
	}
	for (size_t i = 0; i < ARRAY_NR(wrong); i++)
		assert_false(mmi_online_type_read(wrong[i], &type));
}

/* Block 0 has the border of DMA and DMA32 in it: no zone.  7 ends at the hole. */
static void test_boot_memory_is_online_in_blocks(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	assert_int_equal(mmi_memory_block_pages(f.a.machine), BLOCK_PAGES);
	assert_string_equal(block_text(&f, 0), "online node0 none");
	assert_string_equal(block_text(&f, 1), "online node0 DMA32");
	assert_string_equal(block_text(&f, 8), "absent");
	assert_string_equal(block_text(&f, 32), "online node0 Normal");
	assert_string_equal(block_text(&f, 40), "absent");
	hotplug_close(&f);
}

/* The first zone is one like the others: on arm64 it is as large as blocks are. */
static void test_blocks_of_the_first_zone_say_so(void **state)
{
	static const struct mmi_spec_range low[] = {{1 * GIB, 2 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(low, ARRAY_NR(low));
	struct hotplug_fixture f;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_4K);
	hotplug_open(&f, *state, &spec);
	assert_string_equal(block_text(&f, 8), "online node0 DMA");
	hotplug_close(&f);
}

static void test_what_cannot_be_added(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	const uint64_t digest = hotplug_digest(&f);
	const struct {
		int nid;
		uint64_t start_pfn, end_pfn;
		int expected;
	} wrong[] = {
	    {1, block_pfn(40), block_pfn(40), -EINVAL},
	    {1, block_pfn(41), block_pfn(40), -EINVAL},
	    {1, block_pfn(40) + 1, block_pfn(41), -EINVAL},
	    {1, block_pfn(40), block_pfn(41) - 1, -EINVAL},
	    {3, block_pfn(40), block_pfn(41), -EINVAL},
	    {-1, block_pfn(40), block_pfn(41), -EINVAL},
	    {0, block_pfn(40), block_pfn(41), -ERANGE}, /* another node's window */
	    {1, block_pfn(55), block_pfn(57), -ERANGE}, /* beyond its end */
	    {1, block_pfn(20), block_pfn(21), -ERANGE},
	    {1, block_pfn(1ull << 30), block_pfn((1ull << 30) + 1), -ERANGE},
	    {0, block_pfn(32), block_pfn(33), -EEXIST},
	};
	for (size_t i = 0; i < ARRAY_NR(wrong); i++)
		assert_int_equal(mmi_hotplug_add(f.hotplug, wrong[i].nid, wrong[i].start_pfn,
						 wrong[i].end_pfn, NULL),
				 wrong[i].expected);
	assert_true(digest == hotplug_digest(&f));
	add_blocks(&f, 1, 41, 2);
	assert_int_equal(mmi_hotplug_add(f.hotplug, 1, block_pfn(40), block_pfn(42), NULL),
			 -EEXIST);
	assert_string_equal(block_text(&f, 40), "absent");
	hotplug_close(&f);
}

static void test_a_block_goes_through_its_states(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	add_blocks(&f, 1, 40, 1);
	assert_string_equal(block_text(&f, 40), "offline node1 Normal Movable");
	write_states(&f, 40, 1, MMI_OFFLINE, -EINVAL); /* it is offline */
	write_states(&f, 41, 1, MMI_ONLINE, -EINVAL);  /* there is none */
	write_states(&f, UINT64_MAX, 1, MMI_ONLINE, -EINVAL);
	write_states(&f, 40, 1, MMI_ONLINE_MOVABLE, 0);
	assert_string_equal(block_text(&f, 40), "online node1 Movable");
	hotplug_check_sound(&f);

	const uint64_t online = hotplug_digest(&f);
	write_states(&f, 40, 1, MMI_ONLINE, -EINVAL);
	write_states(&f, 40, 1, MMI_ONLINE_KERNEL, -EINVAL);
	write_states(&f, 40, 1, MMI_ONLINE_MOVABLE, -EINVAL);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(40), block_pfn(41), NULL), -EBUSY);
	assert_true(online == hotplug_digest(&f));

	write_states(&f, 40, 1, MMI_OFFLINE, 0);
	assert_string_equal(block_text(&f, 40), "offline node1 Normal Movable");
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(40), block_pfn(41), NULL), 0);
	assert_string_equal(block_text(&f, 40), "absent");
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(40), block_pfn(41), NULL),
			 -EINVAL);
	hotplug_check_sound(&f);
	assert_int_equal(alloc_zone(&f.a, 1, MMI_ZONE_MOVABLE)->nr_spanned_pages, 0);
	assert_int_equal(f.a.system->mem.nodes[1].nr_spanned_pages, 0);
	add_blocks(&f, 1, 40, 1);
	write_states(&f, 40, 1, MMI_ONLINE_MOVABLE, 0);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* The window's blocks 40 to 43: Normal goes into the span of what is there, else where it is told. */
static void test_zones_are_chosen_as_linux_does(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	add_blocks(&f, 1, 40, 8);
	write_states(&f, 40, 1, MMI_ONLINE_MOVABLE, 0);
	write_states(&f, 43, 1, MMI_ONLINE_MOVABLE, 0);
	assert_string_equal(block_text(&f, 41), "offline node1 Movable Normal");
	write_states(&f, 41, 1, MMI_ONLINE, 0);
	assert_string_equal(block_text(&f, 41), "online node1 Movable");
	write_states(&f, 42, 1, MMI_ONLINE_KERNEL, 0);
	assert_string_equal(block_text(&f, 42), "online node1 Normal");
	assert_string_equal(block_text(&f, 44), "offline node1 Normal Movable");
	write_states(&f, 44, 1, MMI_ONLINE, 0);
	assert_string_equal(block_text(&f, 44), "online node1 Normal");
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* Spans shrink only at an end, and past what is offline there. */
static void test_spans_grow_and_shrink(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	const struct mmi_zone *zone = alloc_zone(&f.a, 1, MMI_ZONE_MOVABLE);
	const struct mmi_node *node = &f.a.system->mem.nodes[1];
	const struct {
		uint64_t number;
		enum mmi_online_type type;
		uint64_t start, end, nr_present; /* blocks */
	} steps[] = {
	    {42, MMI_ONLINE_MOVABLE, 42, 43, 1}, {45, MMI_ONLINE_MOVABLE, 42, 46, 2},
	    {40, MMI_ONLINE_MOVABLE, 40, 46, 3}, {42, MMI_OFFLINE, 40, 46, 2},
	    {40, MMI_OFFLINE, 45, 46, 1},        {41, MMI_ONLINE_MOVABLE, 41, 46, 2},
	    {45, MMI_OFFLINE, 41, 42, 1},        {41, MMI_OFFLINE, 0, 0, 0},
	    {43, MMI_ONLINE_MOVABLE, 43, 44, 1},
	};
	add_blocks(&f, 1, 40, 8);
	for (size_t i = 0; i < ARRAY_NR(steps); i++) {
		write_states(&f, steps[i].number, 1, steps[i].type, 0);
		assert_int_equal(zone->start_pfn, block_pfn(steps[i].start));
		assert_int_equal(zone->nr_spanned_pages, block_pfn(steps[i].end - steps[i].start));
		assert_int_equal(zone->nr_present_pages, block_pfn(steps[i].nr_present));
		assert_int_equal(zone->nr_managed_pages, block_pfn(steps[i].nr_present));
		assert_int_equal(zone->nr_free_pages, block_pfn(steps[i].nr_present));
		assert_int_equal(node->start_pfn, zone->start_pfn);
		assert_int_equal(node->nr_spanned_pages, zone->nr_spanned_pages);
		hotplug_check_sound(&f);
	}
	hotplug_close(&f);
}

static void test_a_node_comes_with_its_first_block_and_goes_with_its_last(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	const struct mmi_node *node = &f.a.system->mem.nodes[2]; /* no CPUs */
	assert_int_equal(node->states, 0);
	add_blocks(&f, 2, 64, 2);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	write_states(&f, 64, 1, MMI_ONLINE, 0);
	assert_int_equal(node->states, MMI_NODE_ONLINE | MMI_NODE_MEMORY);

	struct mmi_page *page =
	    mmi_alloc_pages(f.a.cpu, MMI_GFP_KERNEL | MMI_GFP_THISNODE, 0, 2, NULL);
	assert_non_null(page);
	assert_int_equal(alloc_pfn(&f.a, page) / BLOCK_PAGES, 64);
	mmi_free_pages(f.a.cpu, page, 0);

	write_states(&f, 64, 1, MMI_OFFLINE, 0);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	assert_null(mmi_alloc_pages(f.a.cpu, MMI_GFP_KERNEL | MMI_GFP_THISNODE, 0, 2, NULL));
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(64), block_pfn(65), NULL), 0);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(65), block_pfn(66), NULL), 0);
	assert_int_equal(node->states, 0);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* The same of the first node, whose blocks come before all others. */
static void test_node_0_comes_and_goes_like_any(void **state)
{
	static const struct mmi_spec_range of_node_1[] = {{4 * GIB, 5 * GIB, 1, 0, 0}};
	static const struct mmi_spec_range of_node_0[] = {{3 * GIB, 4 * GIB, 0, 0, 0}};
	static const int cpu_of_node_1 = 1;
	struct mmi_machine_spec spec = x86_spec(of_node_1, ARRAY_NR(of_node_1));
	struct hotplug_fixture f;

	spec.windows = of_node_0;
	spec.nr_windows = ARRAY_NR(of_node_0);
	spec.cpu_nids = &cpu_of_node_1;
	spec.nr_cpus = 1;
	hotplug_open(&f, *state, &spec);
	const struct mmi_node *node = &f.a.system->mem.nodes[0];
	add_blocks(&f, 0, 24, 2);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(25), block_pfn(26), NULL), 0);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(24), block_pfn(25), NULL), 0);
	assert_int_equal(node->states, 0);
	hotplug_close(&f);
}

/* Block 40 is node 1's alone, 41 begins with pages of it and goes by node 2; neither has a CPU. */
static void test_a_node_with_a_part_of_a_block_stays(void **state)
{
	static const struct mmi_spec_range shared[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						       {5 * GIB, 5 * GIB + 192 * MIB, 1, 0, 0},
						       {5 * GIB + 192 * MIB, 6 * GIB, 2, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(shared, ARRAY_NR(shared));
	struct hotplug_fixture f;

	hotplug_open(&f, *state, &spec);
	const struct mmi_node *node = &f.a.system->mem.nodes[1];
	assert_string_equal(block_text(&f, 41), "online node2 none");
	write_states(&f, 40, 1, MMI_OFFLINE, 0);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(40), block_pfn(41), NULL), 0);
	assert_int_equal(node->nr_present_pages, BLOCK_PAGES / 2);
	assert_int_equal(node->states, MMI_NODE_ONLINE | MMI_NODE_MEMORY);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

static void test_boot_memory_goes_and_comes_back(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	write_states(&f, 0, 1, MMI_OFFLINE, -EINVAL); /* two zones */
	write_states(&f, 32, 1, MMI_OFFLINE, -EBUSY); /* a reserved page */
	write_states(&f, 33, 7, MMI_OFFLINE, 0);
	hotplug_check_sound(&f);
	const struct mmi_zone *zone = alloc_zone(&f.a, 0, MMI_ZONE_NORMAL);
	assert_int_equal(zone->nr_spanned_pages, BLOCK_PAGES);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(33), block_pfn(36), NULL), 0);
	add_blocks(&f, 0, 33, 3);
	assert_int_equal(
	    mmi_hotplug_online(f.hotplug, block_pfn(33), block_pfn(40), MMI_ONLINE, NULL), 0);
	assert_int_equal(zone->nr_spanned_pages, 8 * BLOCK_PAGES);
	assert_int_equal(zone->nr_managed_pages, 8 * BLOCK_PAGES - 1);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* A range is one step: one block that will not do, and nothing happens. */
static void test_a_range_is_all_or_nothing(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	add_blocks(&f, 1, 40, 4);
	add_blocks(&f, 2, 64, 1);
	write_states(&f, 42, 1, MMI_ONLINE, 0);
	const uint64_t digest = hotplug_digest(&f);
	assert_int_equal(
	    mmi_hotplug_online(f.hotplug, block_pfn(40), block_pfn(44), MMI_ONLINE, NULL), -EINVAL);
	assert_int_equal(
	    mmi_hotplug_online(f.hotplug, block_pfn(43), block_pfn(65), MMI_ONLINE, NULL), -EINVAL);
	assert_int_equal(
	    mmi_hotplug_online(f.hotplug, block_pfn(40), block_pfn(41), MMI_OFFLINE, NULL),
	    -EINVAL);
	assert_int_equal(mmi_hotplug_offline(f.hotplug, block_pfn(42), block_pfn(44), NULL),
			 -EINVAL);
	assert_int_equal(mmi_hotplug_offline(f.hotplug, block_pfn(32), block_pfn(34), NULL),
			 -EBUSY);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(41), block_pfn(43), NULL), -EBUSY);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(39), block_pfn(41), NULL), -EBUSY);
	assert_true(digest == hotplug_digest(&f));
	hotplug_close(&f);
}

/* A platform whose memory runs out at allocation number fail_at. */
static struct {
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	const struct mmi_platform *real;
	uint64_t nr_allocs, fail_at; /* 0: never */
	enum mmi_online_type type;   /* as what blocks come online */
} lacking;

static void *lacking_alloc(void *ctx, size_t size_bytes)
{
	if (++lacking.nr_allocs == lacking.fail_at)
		return NULL;
	return lacking.real->ops->alloc(ctx, size_bytes);
}

static int add_and_online(struct hotplug_fixture *f)
{
	int ret = mmi_hotplug_add(f->hotplug, 1, block_pfn(40), block_pfn(42), NULL);

	if (ret)
		return ret;
	ret = mmi_hotplug_online(f->hotplug, block_pfn(40), block_pfn(42), lacking.type, NULL);
	if (ret)
		assert_int_equal(mmi_hotplug_remove(f->hotplug, block_pfn(40), block_pfn(42), NULL),
				 0);
	return ret;
}

static int offline(struct hotplug_fixture *f)
{
	return mmi_hotplug_offline(f->hotplug, block_pfn(40), block_pfn(42), NULL);
}

/* Runs @step with the n-th allocation failing, for each n: it fails and changes nothing, or it works. */
static void lack_at_each(struct hotplug_fixture *f, int (*step)(struct hotplug_fixture *))
{
	bool done = false;

	for (uint64_t n = 1; !done; n++) {
		const uint64_t digest = hotplug_digest(f);
		lacking.nr_allocs = 0;
		lacking.fail_at = n;
		const int ret = step(f);
		lacking.fail_at = 0;
		hotplug_check_sound(f);
		if (ret) {
			assert_int_equal(ret, -ENOMEM);
			assert_true(digest == hotplug_digest(f));
		}
		done = lacking.nr_allocs < n;
		assert_true(done == !ret);
	}
}

static void test_without_memory_nothing_is_half_done(void **state)
{
	struct hotplug_fixture f;

	lacking.real = *state;
	lacking.ops = *lacking.real->ops;
	lacking.ops.alloc = lacking_alloc;
	lacking.platform = (struct mmi_platform){.ops = &lacking.ops, .ctx = lacking.real->ctx};
	open_it(&f, &lacking.platform);
	for (lacking.type = MMI_ONLINE_KERNEL; lacking.type <= MMI_ONLINE_MOVABLE; lacking.type++) {
		lack_at_each(&f, add_and_online);
		assert_string_equal(block_text(&f, 41), lacking.type == MMI_ONLINE_KERNEL
							    ? "online node1 Normal"
							    : "online node1 Movable");
		lack_at_each(&f, offline);
		assert_string_equal(block_text(&f, 41), "offline node1 Normal Movable");
		assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(40), block_pfn(42), NULL),
				 0);
	}
	hotplug_close(&f);
}

/* Every struct page of the range is written, once, to what it is to be; on all threads. */
static void test_struct_pages_are_initialised_by_a_team(void **state)
{
	const struct mmi_native_options options = {.bind = MMI_NATIVE_BIND_NEVER};
	struct mmi_hotplug_options threads = {.nr_threads = 4};
	struct mmi_platform *platform;
	struct hotplug_fixture f;
	struct mmi_hotplug *hotplug;
	struct mmi_verdict verdict;

	(void)state;
	assert_int_equal(mmi_platform_native_create(&options, &platform, NULL), 0);
	open_it(&f, platform);
	assert_int_equal(mmi_hotplug_create(f.a.alloc, &threads, &hotplug, NULL), 0);
	assert_int_equal(mmi_hotplug_add(hotplug, 1, block_pfn(40), block_pfn(56), NULL), 0);
	assert_int_equal(
	    mmi_hotplug_online(hotplug, block_pfn(40), block_pfn(56), MMI_ONLINE, NULL), 0);
	const struct mmi_memmap *map = &f.a.system->mem.map;
	for (uint64_t pfn = block_pfn(40); pfn < block_pfn(56); pfn++) {
		const struct mmi_page *page = mmi_pfn_page(map, pfn);
		const bool is_head = !(pfn & (mmi_block_pages(&map->geometry) - 1));
		if (page->flags != mmi_page_flags(1, MMI_ZONE_NORMAL) || page->refcount ||
		    page->page_type != (is_head ? MMI_PAGE_TYPE_BUDDY : MMI_PAGE_TYPE_NONE) ||
		    page->private_data != (is_head ? map->geometry.max_page_order : 0))
			fail_msg("PFN 0x%llx", (unsigned long long)pfn);
	}
	hotplug_check_sound(&f);
	assert_int_equal(mmi_verify_system(f.a.system, &verdict, NULL), 0);
	for (unsigned i = 1; i <= 4; i++) /* the records of the checked core */
		if (verdict.invariants[i].judgement == MMI_BROKEN)
			fail_msg("invariant %u: %s", i, verdict.invariants[i].why);
	mmi_hotplug_destroy(hotplug);
	hotplug_close(&f);
	mmi_platform_native_destroy(platform);
}

/* A platform without address space for more than a gigabyte of struct pages. */
static void *narrow_reserve(void *ctx, size_t size_bytes, size_t align)
{
	return size_bytes > GIB ? NULL : lacking.real->ops->reserve(ctx, size_bytes, align);
}

static void test_windows_beyond_the_address_space_are_left_out(void **state)
{
	static const struct mmi_spec_range far_windows[] = {{1ull << 50, 1ull << 51, 1, 0, 0}};
	struct mmi_machine_spec spec = hotplug_spec();
	const uint64_t far_pfn = (1ull << 50) >> 12;
	struct hotplug_fixture f;

	spec.windows = far_windows;
	spec.nr_windows = ARRAY_NR(far_windows);
	lacking.real = *state;
	lacking.ops = *lacking.real->ops;
	lacking.ops.reserve = narrow_reserve;
	lacking.platform = (struct mmi_platform){.ops = &lacking.ops, .ctx = lacking.real->ctx};
	hotplug_open(&f, &lacking.platform, &spec);
	hotplug_check_sound(&f);
	assert_int_equal(mmi_hotplug_add(f.hotplug, 1, far_pfn, far_pfn + BLOCK_PAGES, NULL),
			 -ERANGE);
	hotplug_close(&f);
}

static void test_only_what_is_initialised_can_be_hotplugged(void **state)
{
	const struct mmi_machine_spec spec = hotplug_spec();
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, EARLY_ONLY);
	assert_null(mmi_system_hotplug(f.system, NULL));
	mmi_system_finish(f.system);
	assert_non_null(mmi_system_hotplug(f.system, NULL));
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_words),
	    serial_test(test_boot_memory_is_online_in_blocks),
	    serial_test(test_blocks_of_the_first_zone_say_so),
	    serial_test(test_what_cannot_be_added),
	    serial_test(test_a_block_goes_through_its_states),
	    serial_test(test_zones_are_chosen_as_linux_does),
	    serial_test(test_spans_grow_and_shrink),
	    serial_test(test_a_node_comes_with_its_first_block_and_goes_with_its_last),
	    serial_test(test_node_0_comes_and_goes_like_any),
	    serial_test(test_a_node_with_a_part_of_a_block_stays),
	    serial_test(test_boot_memory_goes_and_comes_back),
	    serial_test(test_a_range_is_all_or_nothing),
	    serial_test(test_without_memory_nothing_is_half_done),
	    serial_test(test_struct_pages_are_initialised_by_a_team),
	    serial_test(test_windows_beyond_the_address_space_are_left_out),
	    serial_test(test_only_what_is_initialised_can_be_hotplugged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
