/* SPDX-License-Identifier: MIT */
/* Memory of the platforms: zeroed metadata, and address space that is backed piece by piece. */
/* native only: emulation does not show what stands behind a mapping, nor where. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "mminit/platform_native.h"
#include "unit/test_platform_death.h"

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

static struct mmi_platform *platform;

static int make_platform(void **state)
{
	(void)state;
	return mmi_platform_native_create(NULL, &platform, NULL);
}

static int destroy_platform(void **state)
{
	(void)state;
	mmi_platform_native_destroy(platform);
	return 0;
}

static int commit(void *start, size_t size_bytes, bool huge_pages, bool populate)
{
	const struct mmi_backing backing = {
	    .nid = 0,
	    .huge_pages = huge_pages,
	    .populate = populate,
	};

	return platform->ops->commit(platform->ctx, start, size_bytes, &backing);
}

static struct mmi_native_backing backing_of(const void *start, size_t size_bytes)
{
	struct mmi_native_backing backing;

	assert_int_equal(mmi_native_backing_read(start, size_bytes, &backing), 0);
	return backing;
}

static bool all_zero(const unsigned char *bytes, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (bytes[i])
			return false;
	return true;
}

static void metadata_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, MIB - 1, MIB, 3 * MIB + 5};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* Twice, as the second may get what the first left dirty. */
		for (int round = 0; round < 2; round++) {
			unsigned char *memory = platform->ops->alloc(platform->ctx, sizes[i]);

			assert_non_null(memory);
			assert_int_equal((uintptr_t)memory % MMI_ALLOC_ALIGN, 0);
			assert_true(all_zero(memory, sizes[i]));
			memset(memory, 0xa5, sizes[i]);
			platform->ops->free(platform->ctx, memory, sizes[i]);
		}
	}
	platform->ops->free(platform->ctx, NULL, 64);
	platform->ops->free(platform->ctx, NULL, 2 * MIB);
}

static void metadata_that_cannot_be_had_is_null(void **state)
{
	(void)state;
	assert_null(platform->ops->alloc(platform->ctx, SIZE_MAX));
	assert_null(platform->ops->alloc(platform->ctx, SIZE_MAX / 2));
	assert_null(platform->ops->reserve(platform->ctx, SIZE_MAX, MIB));
	assert_null(platform->ops->reserve(platform->ctx, SIZE_MAX / 2, SIZE_MAX / 2 + 1));
}

static void reservation_is_aligned_and_costs_no_memory(void **state)
{
	const size_t size_bytes = 64 * GIB, align = GIB;
	char *start = platform->ops->reserve(platform->ctx, size_bytes, align);

	(void)state;
	assert_non_null(start);
	assert_int_equal((uintptr_t)start % align, 0);
	assert_int_equal(backing_of(start, size_bytes).resident_bytes, 0);
	/* Both ends are there. */
	assert_int_equal(commit(start, MIB, false, false), 0);
	assert_int_equal(commit(start + size_bytes - MIB, MIB, false, false), 0);
	start[0] = 1;
	start[size_bytes - 1] = 1;
	platform->ops->release(platform->ctx, start, size_bytes);
}

/*
 *   reservation  |----------------|################|----------------|
 *                0               4M  committed    8M               12M
 *
 * Expect memory for the middle only, as soon as it is touched, or at once when populated.
 */
static void commit_backs_its_part_only(void **state)
{
	char *start = platform->ops->reserve(platform->ctx, 12 * MIB, 2 * MIB);
	char *middle = start + 4 * MIB;

	(void)state;
	assert_non_null(start);
	assert_int_equal(commit(middle, 4 * MIB, false, false), 0);
	assert_int_equal(backing_of(start, 12 * MIB).resident_bytes, 0);
	assert_true(all_zero((unsigned char *)middle, 4 * MIB));
	middle[0] = 1;
	assert_in_range(backing_of(start, 12 * MIB).resident_bytes, 1, 4 * MIB);

	assert_int_equal(commit(middle, 4 * MIB, false, true), 0);
	assert_int_equal(backing_of(start, 12 * MIB).resident_bytes, 4 * MIB);
	assert_int_equal(backing_of(middle, MIB).resident_bytes, MIB);
	assert_int_equal(backing_of(start, 4 * MIB).resident_bytes, 0);
	assert_int_equal(middle[0], 1);
	platform->ops->release(platform->ctx, start, 12 * MIB);
}

static void touch(void *arg)
{
	*(volatile char *)arg = 1;
}

static void memory_outside_a_commit_faults(void **state)
{
	char *start = platform->ops->reserve(platform->ctx, 4 * MIB, MIB);
	char said[64];

	(void)state;
	assert_non_null(start);
	assert_int_equal(commit(start + MIB, MIB, false, false), 0);
	assert_int_equal(signal_that_ends(touch, start + MIB - 1, said, sizeof(said)), SIGSEGV);
	assert_int_equal(signal_that_ends(touch, start + MIB, said, sizeof(said)), 0);
	assert_int_equal(signal_that_ends(touch, start + 2 * MIB - 1, said, sizeof(said)), 0);
	assert_int_equal(signal_that_ends(touch, start + 2 * MIB, said, sizeof(said)), SIGSEGV);
	platform->ops->release(platform->ctx, start, 4 * MIB);
}

static bool kernel_has_huge_pages(void)
{
	return access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0;
}

static void huge_pages_are_asked_for_when_wanted_only(void **state)
{
	char *start = platform->ops->reserve(platform->ctx, 16 * MIB, 2 * MIB);
	struct mmi_native_backing wanted, unwanted;

	(void)state;
	assert_non_null(start);
	assert_int_equal(commit(start, 8 * MIB, true, true), 0);
	assert_int_equal(commit(start + 8 * MIB, 8 * MIB, false, true), 0);
	wanted = backing_of(start, 8 * MIB);
	unwanted = backing_of(start + 8 * MIB, 8 * MIB);
	print_message("huge pages: %llu of %llu bytes\n", (unsigned long long)wanted.huge_bytes,
		      (unsigned long long)wanted.resident_bytes);

	assert_int_equal(wanted.resident_bytes, 8 * MIB);
	assert_int_equal(wanted.advised_bytes, kernel_has_huge_pages() ? 8 * MIB : 0);
	/* Whether the system had some to give is its affair. */
	assert_in_range(wanted.huge_bytes, 0, wanted.resident_bytes);
	assert_int_equal(unwanted.resident_bytes, 8 * MIB);
	assert_int_equal(unwanted.advised_bytes, 0);
	assert_int_equal(unwanted.huge_bytes, 0);
	platform->ops->release(platform->ctx, start, 16 * MIB);
}

static void commit_outside_a_reservation_fails(void **state)
{
	char *start = platform->ops->reserve(platform->ctx, 4 * MIB, MIB);

	(void)state;
	assert_non_null(start);
	assert_int_equal(munmap(start + 2 * MIB, 2 * MIB), 0);
	assert_int_equal(commit(start + 2 * MIB, MIB, false, true), -ENOMEM);
	platform->ops->release(platform->ctx, start, 2 * MIB);
}

/* Containers are often kept from asking, and from placing. */
static bool system_tells_nodes(void)
{
	char touched = 0;

	return mmi_native_memory_nid(platform, &touched) != -ENOSYS;
}

static void node_of_a_page_is_known_once_it_is_touched(void **state)
{
	char *start = platform->ops->reserve(platform->ctx, MIB, MIB);

	(void)state;
	assert_non_null(start);
	assert_int_equal(commit(start, MIB, false, false), 0);
	assert_int_equal(mmi_native_memory_nid(platform, start), -EFAULT);
	start[0] = 1;
	assert_int_equal(mmi_native_memory_nid(platform, start), mmi_native_host_nid(platform, 0));
	platform->ops->release(platform->ctx, start, MIB);
}

/* hwloc is told of 64 nodes and that they are this system's, so that the kernel is really asked. */
static struct mmi_platform *create_with_64_nodes(void)
{
	struct mmi_platform *many_nodes;

	setenv("HWLOC_SYNTHETIC", "node:64 pu:1", 1);
	setenv("HWLOC_THISSYSTEM", "1", 1);
	assert_int_equal(mmi_platform_native_create(NULL, &many_nodes, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	unsetenv("HWLOC_THISSYSTEM");
	return many_nodes;
}

static void memory_is_placed_on_its_node_or_not_at_all(void **state)
{
	struct mmi_platform *many_nodes = create_with_64_nodes();
	struct mmi_backing backing = {.nid = 0, .populate = true};
	char *start = many_nodes->ops->reserve(many_nodes->ctx, 2 * MIB, MIB);
	char said[64];

	bool placed = strcmp(mmi_native_memory_state(many_nodes), "placed on its node") == 0;

	(void)state;
	print_message("memory is %s\n", mmi_native_memory_state(many_nodes));
	assert_int_equal(many_nodes->ops->commit(many_nodes->ctx, start, MIB, &backing), 0);
	assert_int_equal(mmi_native_memory_nid(many_nodes, start),
			 system_tells_nodes() ? 0 : -ENOSYS);

	backing.nid = 63; /* the kernel knows of no such node */
	assert_int_equal(many_nodes->ops->commit(many_nodes->ctx, start + MIB, MIB, &backing),
			 placed ? -EINVAL : 0);
	assert_int_equal(signal_that_ends(touch, start + MIB, said, sizeof(said)),
			 placed ? SIGSEGV : 0);
	many_nodes->ops->release(many_nodes->ctx, start, 2 * MIB);
	mmi_platform_native_destroy(many_nodes);
}

static void usage_follows_what_is_populated(void **state)
{
	struct mmi_native_usage before, after, released;
	char *start = platform->ops->reserve(platform->ctx, 64 * MIB, 2 * MIB);

	(void)state;
	assert_non_null(start);
	assert_int_equal(mmi_native_usage_read(&before), 0);
	assert_int_equal(commit(start, 64 * MIB, false, true), 0);
	assert_int_equal(mmi_native_usage_read(&after), 0);
	platform->ops->release(platform->ctx, start, 64 * MIB);
	assert_int_equal(mmi_native_usage_read(&released), 0);

	/* The kernel counts in batches a CPU, and may make a few huge pages of the rest meanwhile. */
	const uint64_t at_least = 48 * MIB;

	assert_true(after.resident_bytes >= before.resident_bytes + at_least);
	assert_true(released.resident_bytes + at_least <= after.resident_bytes);
	assert_true(released.peak_bytes >= before.resident_bytes + at_least);
}

static void serial_platform_reserves_and_backs_memory_too(void **state)
{
	const struct mmi_backing backing = {.nid = 700, .populate = true};
	struct mmi_native_backing found;
	struct mmi_platform *serial;

	(void)state;
	assert_int_equal(mmi_platform_serial_create(&serial, NULL), 0);
	char *start = serial->ops->reserve(serial->ctx, 4 * GIB, 2 * MIB);
	assert_non_null(start);
	assert_int_equal(serial->ops->commit(serial->ctx, start + 2 * MIB, 2 * MIB, &backing), 0);
	assert_int_equal(mmi_native_backing_read(start, 4 * GIB, &found), 0);
	assert_int_equal(found.resident_bytes, 2 * MIB);
	serial->ops->release(serial->ctx, start, 4 * GIB);
	mmi_platform_serial_destroy(serial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metadata_is_zeroed_and_aligned),
	    cmocka_unit_test(metadata_that_cannot_be_had_is_null),
	    cmocka_unit_test(reservation_is_aligned_and_costs_no_memory),
	    cmocka_unit_test(commit_backs_its_part_only),
	    cmocka_unit_test(memory_outside_a_commit_faults),
	    cmocka_unit_test(huge_pages_are_asked_for_when_wanted_only),
	    cmocka_unit_test(commit_outside_a_reservation_fails),
	    cmocka_unit_test(node_of_a_page_is_known_once_it_is_touched),
	    cmocka_unit_test(memory_is_placed_on_its_node_or_not_at_all),
	    cmocka_unit_test(usage_follows_what_is_populated),
	    cmocka_unit_test(serial_platform_reserves_and_backs_memory_too),
	};

	return cmocka_run_group_tests(tests, make_platform, destroy_platform);
}
