/* SPDX-License-Identifier: MIT */
/*
 * Threads allocate and free movable pages on a small node while a block of it goes offline and comes
 * back, over and over: no page is lost or given to two, an owner finds all that he holds, nobody fails
 * who had memory to be served from, and zones, contexts and zonelists stay sound.
 *
 * MMINIT_CYCLES chooses how often.
 */
#include "unit/hotplug_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define NR_THREADS 3
#define NR_SLOTS   2500

/* One node: Normal is blocks 32 and 33, Movable block 40, which comes and goes. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {{5 * GIB, 6 * GIB, 0, 0, 0}};

/* What a thread holds; others come in only to move it. */
struct holder {
	struct mmi_page_owner owner; /* first */
	pthread_t thread;
	pthread_mutex_t lock; /* of the slots */
	struct mmi_cpu *cpu;
	struct mmi_page *slots[NR_SLOTS];
	unsigned orders[NR_SLOTS];
	uint64_t seed;
	uint64_t nr_moved;
	uint64_t nr_failed;
	const uint32_t *stop;
	uint64_t nr_filled; /* atomic */
};

static uint64_t draw(struct holder *h, uint64_t limit)
{
	h->seed = h->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (h->seed >> 33) % limit;
}

static int move_content(struct mmi_page_owner *owner, struct mmi_page *old_page,
			struct mmi_page *new_page, unsigned order)
{
	struct holder *h = (struct holder *)owner;
	int ret = -EAGAIN;

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; ret && i < NR_SLOTS; i++) {
		if (h->slots[i] != old_page || h->orders[i] != order)
			continue;
		h->slots[i] = new_page;
		h->nr_moved++;
		ret = 0;
	}
	pthread_mutex_unlock(&h->lock);
	return ret;
}

static void fill(struct holder *h, size_t i)
{
	const unsigned order = draw(h, 16) == 0 ? 3 : draw(h, 4) == 0;
	struct mmi_page *page = mmi_alloc_pages(h->cpu, MMI_GFP_MOVABLE, order, -1, NULL);

	if (!page) {
		h->nr_failed++;
		return;
	}
	pthread_mutex_lock(&h->lock);
	mmi_page_set_owner(page, order, &h->owner);
	h->orders[i] = order;
	h->slots[i] = page;
	pthread_mutex_unlock(&h->lock);
	__atomic_fetch_add(&h->nr_filled, 1, __ATOMIC_RELAXED);
}

/* On a busy machine all cycles could be over before a thread has begun. */
static void wait_until_filled(const struct holder *h)
{
	while (__atomic_load_n(&h->nr_filled, __ATOMIC_RELAXED) < NR_SLOTS)
		sched_yield();
}

static void empty(struct holder *h, size_t i)
{
	pthread_mutex_lock(&h->lock);
	struct mmi_page *page = h->slots[i];
	h->slots[i] = NULL;
	if (page)
		mmi_page_clear_owner(page);
	pthread_mutex_unlock(&h->lock);
	if (page)
		mmi_free_pages(h->cpu, page, h->orders[i]);
}

static bool is_filled(struct holder *h, size_t i)
{
	pthread_mutex_lock(&h->lock);
	const bool filled = h->slots[i];
	pthread_mutex_unlock(&h->lock);
	return filled;
}

static void *allocate(void *arg)
{
	struct holder *h = arg;

	while (!__atomic_load_n(h->stop, __ATOMIC_RELAXED)) {
		const size_t i = draw(h, NR_SLOTS);
		if (is_filled(h, i))
			empty(h, i);
		else
			fill(h, i);
	}
	for (size_t i = 0; i < NR_SLOTS; i++)
		empty(h, i);
	return NULL;
}

static struct holder holders[NR_THREADS];

static void start(struct hotplug_fixture *f, const uint32_t *stop)
{
	for (size_t t = 0; t < NR_THREADS; t++) {
		struct holder *h = &holders[t];
		*h = (struct holder){.owner.migrate = move_content, .seed = t + 1, .stop = stop};
		pthread_mutex_init(&h->lock, NULL);
		assert_int_equal(mmi_cpu_create(f->a.alloc, 0, &h->cpu, NULL), 0);
		assert_int_equal(pthread_create(&h->thread, NULL, allocate, h), 0);
	}
	for (size_t t = 0; t < NR_THREADS; t++)
		wait_until_filled(&holders[t]);
}

static void end(struct hotplug_fixture *f)
{
	uint64_t nr_moved = 0;

	for (size_t t = 0; t < NR_THREADS; t++) {
		struct holder *h = &holders[t];
		pthread_join(h->thread, NULL);
		assert_int_equal(h->nr_failed, 0);
		assert_int_equal(mmi_cpu_stats(h->cpu)->nr_bad_frees, 0);
		mmi_cpu_destroy(h->cpu);
		pthread_mutex_destroy(&h->lock);
		nr_moved += h->nr_moved;
	}
	printf("report: %llu blocks were moved\n", (unsigned long long)nr_moved);
	assert_true(nr_moved > 0);
	mmi_cpu_drain(f->a.cpu);
}

static void cycle(struct hotplug_fixture *f, uint64_t *nr_busy)
{
	int ret;

	while ((ret = mmi_hotplug_write_state(f->hotplug, 40, MMI_OFFLINE, NULL)) == -EBUSY)
		++*nr_busy;
	assert_int_equal(ret, 0);
	assert_int_equal(mmi_hotplug_write_state(f->hotplug, 40, MMI_ONLINE_MOVABLE, NULL), 0);
}

static void test_a_block_goes_and_comes_beside_allocators(void **state)
{
	const struct mmi_native_options native = {.bind = MMI_NATIVE_BIND_NEVER};
	const char *cycles = getenv("MMINIT_CYCLES");
	const uint64_t nr_cycles = cycles ? strtoull(cycles, NULL, 10) : 200;
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_platform *platform;
	struct hotplug_fixture f;
	uint64_t nr_busy = 0;
	uint32_t stop = 0;

	(void)state;
	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	assert_int_equal(mmi_platform_native_create(&native, &platform, NULL), 0);
	hotplug_open(&f, platform, &spec);
	add_blocks(&f, 0, 40, 1);
	write_states(&f, 40, 1, MMI_ONLINE_MOVABLE, 0);
	start(&f, &stop);
	for (uint64_t i = 0; i < nr_cycles; i++) {
		cycle(&f, &nr_busy);
		if (i % 20 == 0)
			hotplug_check_sound(&f);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	end(&f);
	mmi_alloc_drain(f.a.alloc);
	assert_int_equal(alloc_nr_free(&f.a), alloc_nr_managed(&f.a));
	printf("report: %llu cycles, %llu times busy\n", (unsigned long long)nr_cycles,
	       (unsigned long long)nr_busy);
	hotplug_close(&f);
	mmi_platform_native_destroy(platform);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_block_goes_and_comes_beside_allocators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
