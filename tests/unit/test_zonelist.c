/* SPDX-License-Identifier: MIT */
/* Zonelists as requests see them: which zones, in which order, and replaced while they are read. */
#include "alloc_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "page_alloc/alloc_cpu.h"

/* Node 0 with three zones, node 1 with NORMAL, node 2 without memory, node 3 with NORMAL. */
static const struct mmi_spec_range memory[] = {{MIB, 256 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
					       {6 * GIB, 6 * GIB + 128 * MIB, 3, 0, 0}};

static struct mmi_machine_spec four_nodes(void)
{
	static const int cpus[] = {0, 1, 2, 3};
	static const int nids[] = {0, 1, 2, 3};
	static const uint16_t distances[] = {10, 20, 30, 40, 20, 10, 40, 30,
					     30, 40, 10, 20, 40, 30, 20, 10};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = 4;
	return spec;
}

static void open_four_nodes(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = four_nodes();

	alloc_open(f, platform, &spec, ALL_BOOTED);
}

/* "0N 0D32 1N": a zonelist as text, by node number and zone. */
static void assert_zonelist(struct alloc_fixture *f, int nid, bool fallback, const char *expected)
{
	static const char *const names[] = {"D", "D32", "N", "M"};
	struct mmi_zoneref refs[16];
	const size_t nr = mmi_alloc_zonelist(f->alloc, nid, fallback, refs, ARRAY_NR(refs));
	char text[200] = "";
	size_t length = 0;

	assert_in_range(nr, 0, ARRAY_NR(refs));
	for (size_t i = 0; i < nr; i++)
		length += mmi_format(text + length, sizeof(text) - length, "%s%d%s", i ? " " : "",
				     refs[i].node, names[refs[i].type]);
	assert_string_equal(text, expected);
}

static void test_no_more_zones_are_told_than_there_is_room_for(void **state)
{
	const struct mmi_zoneref untouched = {.node = 77, .type = MMI_ZONE_DEVICE};
	struct mmi_zoneref refs[2] = {untouched, untouched};
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	assert_int_equal(mmi_alloc_zonelist(f.alloc, 0, true, refs, 1), 5);
	assert_int_equal(refs[0].node, 0);
	assert_int_equal(refs[0].type, MMI_ZONE_NORMAL);
	assert_memory_equal(&refs[1], &untouched, sizeof(untouched));
	/* Nor more than there are, where there is more room. */
	refs[0] = refs[1] = untouched;
	assert_int_equal(mmi_alloc_zonelist(f.alloc, 3, false, refs, 2), 1);
	assert_int_equal(refs[0].node, 3);
	assert_memory_equal(&refs[1], &untouched, sizeof(untouched));
	alloc_close(&f);
}

static void test_zones_from_the_highest_down_nodes_from_the_nearest_on(void **state)
{
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	assert_zonelist(&f, 0, true, "0N 0D32 0D 1N 3N");
	assert_zonelist(&f, 1, true, "1N 0N 0D32 0D 3N");
	assert_zonelist(&f, 2, true, "3N 0N 0D32 0D 1N");
	assert_zonelist(&f, 3, true, "3N 1N 0N 0D32 0D");
	assert_zonelist(&f, 0, false, "0N 0D32 0D");
	assert_zonelist(&f, 2, false, "");
	assert_int_equal(mmi_alloc_zonelist(f.alloc, 9, true, NULL, 0), 0);
	/* Where those begin that a request for a zone and lower ones may have. */
	static const uint32_t firsts[][2] = {{2, 3}, {1, 2}, {0, 0}};
	for (int z = MMI_ZONE_DMA; z <= MMI_ZONE_NORMAL; z++)
		for (int node = 0; node < 2; node++)
			assert_int_equal(f.alloc->zonelists->nodes[node].first[z], firsts[z][node]);
	alloc_close(&f);
}

static void test_a_context_without_memory_is_at_home_on_the_nearest_node(void **state)
{
	struct mmi_cpu *cpu;
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	assert_int_equal(mmi_cpu_create(f.alloc, 2, &cpu, NULL), 0);
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_THISNODE, 0, -1, NULL);
	assert_int_equal(mmi_flags_nid(page->flags), 3);
	mmi_free_pages(cpu, page, 0);
	assert_null(mmi_alloc_pages(cpu, MMI_GFP_THISNODE, 0, 2, NULL)); /* 2 itself has none */
	mmi_cpu_destroy(cpu);
	alloc_close(&f);
}

static void test_only_populated_zones_stand_in_rebuilt_lists(void **state)
{
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA);
	const uint64_t nr_present = zone->nr_present_pages;
	zone->nr_present_pages = 0;
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	assert_zonelist(&f, 0, true, "0N 0D32 1N 3N");
	zone->nr_present_pages = nr_present;
	struct mmi_error err;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL); /* it is missing now */
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	assert_zonelist(&f, 0, true, "0N 0D32 0D 1N 3N");
	alloc_close(&f);
}

static void test_a_rebuild_of_one_node_leaves_the_others_lists(void **state)
{
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_DMA);
	const uint64_t nr_present = zone->nr_present_pages;
	zone->nr_present_pages = 0;
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 2), 0);
	assert_zonelist(&f, 2, true, "3N 0N 0D32 1N");
	assert_zonelist(&f, 0, true, "0N 0D32 0D 1N 3N");
	assert_zonelist(&f, 1, true, "1N 0N 0D32 0D 3N");
	assert_zonelist(&f, 3, true, "3N 1N 0N 0D32 0D");
	zone->nr_present_pages = nr_present;
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 2), 0);
	assert_zonelist(&f, 2, true, "3N 0N 0D32 0D 1N");
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 9), -EINVAL);
	alloc_close(&f);
}

/* A context that has asked for nothing yet knows lists of no generation. */
static void test_lists_of_one_node_are_newer_than_all_before(void **state)
{
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	const uint64_t generation = f.alloc->generation;
	assert_true(generation > 0);
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 0), 0);
	assert_true(f.alloc->generation > generation);
	alloc_close(&f);
}

/* Two groups of two: node 3 goes to node 1 by the loads of all nodes, and to node 0 by none. */
static void test_one_node_is_built_as_if_it_were_the_first(void **state)
{
	static const struct mmi_spec_range ranges[] = {
	    {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
	    {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
	    {6 * GIB, 6 * GIB + 128 * MIB, 2, 0, 0},
	    {7 * GIB, 7 * GIB + 128 * MIB, 3, 0, 0},
	};
	static const int nids[] = {0, 1, 2, 3};
	static const uint16_t distances[] = {10, 12, 32, 32, 12, 10, 32, 32,
					     32, 32, 10, 12, 32, 32, 12, 10};
	struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct alloc_fixture f;

	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = ARRAY_NR(nids);
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_zonelist(&f, 3, true, "3N 2N 1N 0N");
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 3), 0);
	assert_zonelist(&f, 3, true, "3N 2N 0N 1N");
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	assert_zonelist(&f, 3, true, "3N 2N 1N 0N");
	alloc_close(&f);
}

/*
 * From node 0 nodes 2, 3 and 4 are equally near, and the first of them that has memory is node 3: it
 * bears a load from then on, so that node 1, as near to 3 as to 4, goes to node 4 first.
 */
static void test_a_node_without_memory_bears_no_load(void **state)
{
	static const struct mmi_spec_range ranges[] = {
	    {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
	    {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
	    {6 * GIB, 6 * GIB + 128 * MIB, 3, 0, 0},
	    {7 * GIB, 7 * GIB + 128 * MIB, 4, 0, 0},
	};
	static const int nids[] = {0, 1, 2, 3, 4};
	static const uint16_t distances[] = {10, 40, 20, 20, 20, 40, 10, 40, 20, 20, 20, 40, 10,
					     30, 30, 20, 20, 30, 10, 30, 20, 20, 30, 30, 10};
	struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct alloc_fixture f;

	spec.cpu_nids = nids; /* a CPU each */
	spec.nr_cpus = ARRAY_NR(nids);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = ARRAY_NR(nids);
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_zonelist(&f, 0, true, "0N 3N 4N 1N");
	assert_zonelist(&f, 1, true, "1N 4N 3N 0N");
	alloc_close(&f);
}

/*
 * By 5.16's rules a node that is picked gets as much load as online nodes are left.  No node has
 * CPUs, and the lists of nodes 0 to 2 give
 *   node 0  1 + 1, as the last of the second and the third
 *   node 1  2, as the third of four in the first
 *   node 2  3, as the second in the second
 * so that node 3, from which all are as far, goes to node 0 first.  Node 4 is not online: were it
 * counted, or another twice, node 0 would have more than node 1.
 */
static void test_load_is_counted_in_nodes_that_are_online(void **state)
{
	static const struct mmi_spec_range ranges[] = {
	    {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
	    {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
	    {6 * GIB, 6 * GIB + 128 * MIB, 2, 0, 0},
	    {7 * GIB, 7 * GIB + 128 * MIB, 3, 0, 0},
	};
	static const struct mmi_spec_range window[] = {{8 * GIB, 9 * GIB, 4, 0, 0}};
	static const int nids[] = {0, 1, 2, 3, 4};
	static const uint16_t distances[] = {10, 30, 30, 20, 40, 30, 10, 20, 20, 40, 30, 20, 10,
					     20, 40, 20, 20, 20, 10, 40, 40, 40, 40, 40, 10};
	struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct alloc_fixture f;

	spec.linux_version = MMI_LINUX_5_16;
	spec.windows = window;
	spec.nr_windows = ARRAY_NR(window);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = ARRAY_NR(nids);
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_zonelist(&f, 0, true, "0N 3N 1N 2N");
	assert_zonelist(&f, 1, true, "1N 2N 3N 0N");
	assert_zonelist(&f, 2, true, "2N 3N 1N 0N");
	assert_zonelist(&f, 3, true, "3N 0N 1N 2N");
	alloc_close(&f);
}

/* Node 0 is number 0, and has CPUs but no memory: who asks for just it gets nothing. */
static void test_node_0_is_asked_for_itself_though_it_has_no_memory(void **state)
{
	static const struct mmi_spec_range ranges[] = {{4 * GIB, 4 * GIB + 128 * MIB, 1, 0, 0}};
	static const int cpus[] = {0, 1};
	struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct alloc_fixture f;

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_THISNODE, 0, 0, NULL));
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(mmi_flags_nid(page->flags), 1);
	mmi_free_pages(f.cpu, page, 0);
	alloc_close(&f);

	/* Nor where there is no node 0 at all; of a machine without CPUs one is counted on. */
	spec.nr_cpus = 0;
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL));
	assert_int_equal(f.alloc->counts.nr_cpus, 1);
	alloc_close(&f);
}

static void test_node_0_is_asked_from_another(void **state)
{
	struct mmi_cpu *cpu;
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	assert_int_equal(mmi_cpu_create(f.alloc, 3, &cpu, NULL), 0);
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(mmi_flags_nid(page->flags), 0);
	mmi_free_pages(cpu, page, 0);
	mmi_cpu_destroy(cpu);
	alloc_close(&f);
}

/* What mmi_alloc_check() says of lists that somebody has spoilt. */
static void test_the_check_sees_zones_that_are_lost_doubled_or_out_of_order(void **state)
{
	struct mmi_error err = {0};
	struct alloc_fixture f;

	open_four_nodes(&f, *state);
	struct mmi_zonelist *list = &f.alloc->zonelists->nodes[1]; /* 1N 0N 0D32 0D 3N */
	struct mmi_zoneref *refs = (struct mmi_zoneref *)list->refs;
	const struct mmi_zoneref node_3 = refs[4];
	list->nr--;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	assert_non_null(
	    strstr(err.text, "zonelist of node 1: 4 zones, 1 of them its own: expected 5"));
	list->nr++;
	refs[4] = refs[0];
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	assert_non_null(strstr(err.text, "zones of node 1 at 4: expected the 1 it has, once"));
	memmove(&refs[2], &refs[1], 3 * sizeof(*refs));
	refs[1] = node_3;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	assert_non_null(strstr(err.text, "node 0 after node 3, which is farther away"));
	/* The last zone of the last node is gone: 3N 1N 0N 0D32. */
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	f.alloc->zonelists->nodes[3].nr--;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	assert_non_null(strstr(err.text, "zones of node 0 at 2: expected the 3 it has, once"));
	f.alloc->zonelists->nodes[3].nr++;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), 0);
	f.alloc->zonelists->nodes[0].nr_own--;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	assert_non_null(
	    strstr(err.text, "zonelist of node 0: 5 zones, 2 of them its own: expected 5"));
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	/* Of a zone, the first of all: more managed than there is. */
	alloc_zone(&f, 0, MMI_ZONE_DMA)->nr_managed_pages++;
	assert_int_equal(mmi_alloc_check(f.alloc, &err), -EINVAL);
	alloc_zone(&f, 0, MMI_ZONE_DMA)->nr_managed_pages--;
	alloc_close(&f);
}

/* A platform that has no more memory than it has given. */
static void *alloc_nothing(void *ctx, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	return NULL;
}

static void test_without_memory_the_old_lists_stay(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct alloc_fixture f;

	open_four_nodes(&f, &platform);
	ops.alloc = alloc_nothing;
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), -ENOMEM);
	assert_int_equal(mmi_zonelists_rebuild_node(f.alloc, 1), -ENOMEM);
	assert_zonelist(&f, 1, true, "1N 0N 0D32 0D 3N");
	ops.alloc = serial->ops->alloc;
	alloc_close(&f);
}

/*
 * A request that may not wait has read a list without node 3.  While it gathers the pages of its
 * own context, another thread publishes lists with node 3, and waits for the request to end.  The
 * request must not answer "no memory" from the list that it started on.
 */
static struct {
	const struct mmi_platform *native;
	struct mmi_alloc *alloc;
	struct mmi_zone *hidden;
	uint64_t nr_present;
	uint32_t rebuild; /* atomic: the other thread is to begin */
} late;

static void *rebuild_when_told(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&late.rebuild, __ATOMIC_ACQUIRE))
		sched_yield();
	late.hidden->nr_present_pages = late.nr_present;
	assert_int_equal(mmi_zonelists_rebuild(late.alloc), 0);
	return NULL;
}

static void rebuild_at_unlock(void *ctx, struct mmi_lock *lock)
{
	late.native->ops->unlock(ctx, lock);
	if (!late.hidden || lock->rank != MMI_LOCK_ZONE || late.rebuild)
		return;
	const struct mmi_zonelists *old = late.alloc->zonelists;
	__atomic_store_n(&late.rebuild, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&late.alloc->zonelists, __ATOMIC_ACQUIRE) == old)
		sched_yield();
}

static void test_a_zone_that_comes_during_a_request_is_not_missed(void **state)
{
	const struct mmi_platform *native = *state;
	struct mmi_platform_ops ops = *native->ops;
	struct mmi_platform platform = {&ops, native->ctx};
	struct mmi_nodemask mask = {0};
	struct alloc_fixture f;
	pthread_t other;

	ops.unlock = rebuild_at_unlock;
	late.native = native;
	open_four_nodes(&f, &platform);
	struct mmi_zone *zone = alloc_zone(&f, 3, MMI_ZONE_NORMAL);
	mmi_nodemask_add(&mask, 3);
	late.nr_present = zone->nr_present_pages;
	zone->nr_present_pages = 0;
	assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_NOWAIT, 0, 0, &mask));
	/* Some page lies on the context's lists, so that gathering takes a zone's lock. */
	mmi_free_pages(f.cpu, mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL), 0);
	late.alloc = f.alloc;
	late.hidden = zone;
	assert_int_equal(pthread_create(&other, NULL, rebuild_when_told, NULL), 0);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_NOWAIT, 0, 0, &mask);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_non_null(page);
	assert_int_equal(mmi_flags_nid(page->flags), 3);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_restarts, 1);
	mmi_free_pages(f.cpu, page, 0);
	late.hidden = NULL;
	alloc_close(&f);
}

/*
 * Objects of the size of all lists that are alive: those that stand, and those that are on their way
 * in or out.  A thread reads them all the while, two others replace them as fast as they can.
 */
static struct {
	const struct mmi_platform *native;
	struct mmi_alloc *alloc;
	size_t size_bytes;
	uint32_t nr_alive; /* atomic, as is the next */
	uint32_t most_alive;
	uint32_t nr_rebuilt; /* atomic */
} generations;

static void *count_alloc(void *ctx, size_t size_bytes)
{
	if (size_bytes == generations.size_bytes) {
		const uint32_t nr = __atomic_add_fetch(&generations.nr_alive, 1, __ATOMIC_ACQ_REL);
		if (nr > __atomic_load_n(&generations.most_alive, __ATOMIC_ACQUIRE))
			__atomic_store_n(&generations.most_alive, nr, __ATOMIC_RELEASE);
	}
	return generations.native->ops->alloc(ctx, size_bytes);
}

static void count_free(void *ctx, void *lists, size_t size_bytes)
{
	if (lists && size_bytes == generations.size_bytes)
		__atomic_sub_fetch(&generations.nr_alive, 1, __ATOMIC_ACQ_REL);
	generations.native->ops->free(ctx, lists, size_bytes);
}

#define NR_GENERATIONS 300

static void *rebuild_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < NR_GENERATIONS; i++)
		if (!mmi_zonelists_rebuild(generations.alloc))
			__atomic_add_fetch(&generations.nr_rebuilt, 1, __ATOMIC_ACQ_REL);
	return NULL;
}

static void test_at_most_two_generations_are_alive(void **state)
{
	const struct mmi_platform *native = *state;
	struct mmi_platform_ops ops = *native->ops;
	struct mmi_platform platform = {&ops, native->ctx};
	struct alloc_fixture f;
	pthread_t threads[2];

	generations.native = native;
	open_four_nodes(&f, &platform);
	generations.alloc = f.alloc;
	generations.size_bytes = f.alloc->zonelists->size_bytes;
	generations.nr_alive = 1;
	ops.alloc = count_alloc;
	ops.free = count_free;
	for (size_t i = 0; i < ARRAY_NR(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, rebuild_often, NULL), 0);
	while (__atomic_load_n(&generations.nr_rebuilt, __ATOMIC_ACQUIRE) < 2 * NR_GENERATIONS) {
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 2, NULL);
		assert_non_null(page);
		mmi_free_pages(f.cpu, page, 0);
	}
	for (size_t i = 0; i < ARRAY_NR(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(generations.most_alive, 2);
	assert_int_equal(generations.nr_alive, 1);
	ops = *native->ops;
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_zones_from_the_highest_down_nodes_from_the_nearest_on),
	    serial_test(test_no_more_zones_are_told_than_there_is_room_for),
	    serial_test(test_a_context_without_memory_is_at_home_on_the_nearest_node),
	    serial_test(test_only_populated_zones_stand_in_rebuilt_lists),
	    serial_test(test_a_rebuild_of_one_node_leaves_the_others_lists),
	    serial_test(test_lists_of_one_node_are_newer_than_all_before),
	    serial_test(test_one_node_is_built_as_if_it_were_the_first),
	    serial_test(test_a_node_without_memory_bears_no_load),
	    serial_test(test_load_is_counted_in_nodes_that_are_online),
	    serial_test(test_node_0_is_asked_for_itself_though_it_has_no_memory),
	    serial_test(test_node_0_is_asked_from_another),
	    serial_test(test_the_check_sees_zones_that_are_lost_doubled_or_out_of_order),
	    serial_test(test_without_memory_the_old_lists_stay),
	    native_test(test_at_most_two_generations_are_alive),
	    native_test(test_a_zone_that_comes_during_a_request_is_not_missed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
