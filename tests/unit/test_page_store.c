/* SPDX-License-Identifier: MIT */
/* Page stores: whatever the width, with and without prefetch, the same bytes and no others. */
#include "machine_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "memmap/page_store.h"

#define NR_PAGES 200

/* What every processor of this architecture has besides plain C. */
#if defined(__x86_64__)
#define STORE_OF_ALL MMI_STORE_SSE2
#elif defined(__aarch64__)
#define STORE_OF_ALL MMI_STORE_NEON
#else
#define STORE_OF_ALL MMI_STORE_C
#endif

/* The reference: a struct page byte by byte, from the words of memmap.h. */
static void expect_page(const struct mmi_page *page, uint64_t flags, int32_t refcount)
{
	const uint64_t link = (uintptr_t)page + 8;
	const uint32_t counts[2] = {0xffffffff, (uint32_t)refcount};
	unsigned char bytes[64] = {0};

	memcpy(bytes, &flags, 8);
	memcpy(bytes + 8, &link, 8);
	memcpy(bytes + 16, &link, 8);
	memcpy(bytes + 48, counts, 8);
	assert_memory_equal(page, bytes, sizeof(bytes));
}

static bool is_untouched(const struct mmi_page *page)
{
	const unsigned char *bytes = (const unsigned char *)page;

	for (size_t i = 0; i < sizeof(*page); i++)
		if (bytes[i] != 0x5a)
			return false;
	return true;
}

/* Every length up to 40 from every place in the first 4 pages: no multiple is special. */
static void hold_store(const struct mmi_page_store *store, struct mmi_page *pages)
{
	const uint64_t flags = 0xfedcba9876543210;

	for (size_t start = 0; start < 4; start++) {
		for (size_t nr = 0; nr <= 40; nr++) {
			const int32_t refcount = (int32_t)(nr % 3) - 1;
			memset(pages, 0x5a, NR_PAGES * sizeof(*pages));
			store->fill(pages + start, pages + start + nr, flags, refcount);
			for (size_t i = 0; i < NR_PAGES; i++) {
				if (i >= start && i < start + nr)
					expect_page(&pages[i], flags, refcount);
				else
					assert_true(is_untouched(&pages[i]));
			}
		}
	}
}

static void test_every_store_of_this_cpu_writes_the_same(void **state)
{
	struct mmi_page *pages = aligned_alloc(64, NR_PAGES * sizeof(*pages));

	(void)state;
	assert_true(mmi_store_is_supported(MMI_STORE_C));
	assert_true(mmi_store_is_supported(STORE_OF_ALL));
	for (enum mmi_store store = MMI_STORE_C; store < MMI_NR_STORES; store++) {
		for (int prefetch = 0; prefetch < 2; prefetch++) {
			const struct mmi_page_store *loop = mmi_page_store(store, prefetch);
			assert_int_equal(mmi_store_is_supported(store), loop != NULL);
			if (!loop)
				continue;
			hold_store(loop, pages);
		}
		print_message("store %s: %s\n", mmi_store_name(store),
			      mmi_store_is_supported(store) ? "held" : "not on this CPU");
	}
	free(pages);
}

static void test_auto_is_the_widest(void **state)
{
	(void)state;
	assert_true(mmi_store_is_supported(MMI_STORE_AUTO));
	assert_true(mmi_store_is_supported(mmi_store_widest()));
#ifdef __x86_64__
	for (enum mmi_store store = MMI_STORE_SSE2; store <= MMI_STORE_AVX512; store++)
		assert_int_equal(mmi_store_is_supported(store), store <= mmi_store_widest());
#else
	assert_int_equal(mmi_store_widest(), STORE_OF_ALL);
#endif
}

static void test_a_memmap_keeps_what_was_chosen_or_refuses(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 128 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);

	for (enum mmi_store store = 0; store < MMI_NR_STORES; store++) {
		const struct mmi_memmap_options options = {.store = store,
							   .prefetch = MMI_PREFETCH_ON};
		struct mmi_error err = {0};
		struct mmi_memmap map;
		const int ret = mmi_memmap_init(&map, machine, &options, &err);
		if (!mmi_store_is_supported(store)) {
			assert_int_equal(ret, -ENOSYS);
			assert_non_null(strstr(err.text, mmi_store_name(store)));
			continue;
		}
		assert_int_equal(ret, 0);
		const enum mmi_store chosen = store ? store : mmi_store_widest();
		assert_int_equal(map.options.store, chosen);
		assert_ptr_equal(map.store, mmi_page_store(chosen, true));
		mmi_memmap_deinit(&map);
	}
	mmi_machine_destroy(machine);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_store_of_this_cpu_writes_the_same),
	    cmocka_unit_test(test_auto_is_the_widest),
	    serial_test(test_a_memmap_keeps_what_was_chosen_or_refuses),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
