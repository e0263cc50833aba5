/* SPDX-License-Identifier: MIT */
/*
 * What the engine stores to, counted by the compiler and not by the engine's own word.
 *
 * The rooms that a worker runs through are compiled as for a race detector, which calls these
 * functions before each access of memory; here they count.  So nothing can be forgotten, as it can
 * where the source has to say "here a page is touched": not one more list operation, store to a
 * zone that all workers share, or barrier.
 */
#include "fragmented_machine.h"

#define NR_SECTIONS 8 /* 1 GiB */
#define NR_PAGES    ((uint64_t)NR_SECTIONS * 32768)
#define NR_STEPS    (NR_PAGES / 1024) /* max-order blocks of PFNs */
#define LINE_BYTES  64

struct region {
	uintptr_t start;
	uintptr_t end;
	uint64_t nr_lines; /* stores, but of those to one line in a row only the first */
};

static struct {
	struct region pages;
	struct region sections;
	uintptr_t last_line;   /* of either that was stored to */
	uintptr_t zones_start; /* of the node */
	uintptr_t zones_end;
	unsigned nr_locks_held;
	uint64_t nr_unlocked; /* stores to zones, without a lock */
	uint64_t nr_updates;  /* atomic words that are read and written at once */
	uint64_t nr_fences;
	uint64_t nr_locks;
} counted;

static void note_line(struct region *region, uintptr_t address)
{
	const uintptr_t line = address / LINE_BYTES;

	if (address < region->start || address >= region->end)
		return;
	region->nr_lines += line != counted.last_line;
	counted.last_line = line;
}

static void note_store(const volatile void *start, size_t size_bytes)
{
	const uintptr_t end = (uintptr_t)start + size_bytes;

	for (uintptr_t address = (uintptr_t)start; address < end;
	     address = (address / LINE_BYTES + 1) * LINE_BYTES) {
		note_line(&counted.pages, address);
		note_line(&counted.sections, address);
		counted.nr_unlocked += !counted.nr_locks_held && address >= counted.zones_start &&
				       address < counted.zones_end;
	}
}

/* What the compiler calls.  Reads are not counted. */
void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_read_range(void *start, size_t size_bytes);
void __tsan_write_range(void *start, size_t size_bytes);
void __tsan_atomic_thread_fence(int order);
void __tsan_init(void)
{
}
void __tsan_func_entry(void *caller)
{
	(void)caller;
}
void __tsan_func_exit(void)
{
}
void __tsan_read_range(void *start, size_t size_bytes)
{
	(void)start;
	(void)size_bytes;
}
void __tsan_write_range(void *start, size_t size_bytes)
{
	note_store(start, size_bytes);
}
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	counted.nr_fences++;
}

#define DEFINE_ACCESS(kind, bytes)                                                                 \
	void __tsan_##kind##read##bytes(void *start);                                              \
	void __tsan_##kind##write##bytes(void *start);                                             \
	void __tsan_##kind##read##bytes(void *start)                                               \
	{                                                                                          \
		(void)start;                                                                       \
	}                                                                                          \
	void __tsan_##kind##write##bytes(void *start)                                              \
	{                                                                                          \
		note_store(start, bytes);                                                          \
	}

DEFINE_ACCESS(, 1)
DEFINE_ACCESS(, 2)
DEFINE_ACCESS(, 4)
DEFINE_ACCESS(, 8)
DEFINE_ACCESS(, 16)
DEFINE_ACCESS(unaligned_, 2)
DEFINE_ACCESS(unaligned_, 4)
DEFINE_ACCESS(unaligned_, 8)
DEFINE_ACCESS(unaligned_, 16)

/* One that reads and writes at once; it does both, for one thread runs. */
#define DEFINE_UPDATE(bits, name, operator)                                                        \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *word,                 \
						    uint##bits##_t value, int order);              \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *word,                 \
						    uint##bits##_t value, int order)               \
	{                                                                                          \
		const uint##bits##_t before = *word;                                               \
		(void)order;                                                                       \
		note_store(word, sizeof(*word));                                                   \
		counted.nr_updates++;                                                              \
		*word = before operator value;                                                     \
		return before;                                                                     \
	}

#define DEFINE_ATOMICS(bits)                                                                       \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *word, int order); \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *word, uint##bits##_t value,      \
					 int order);                                               \
	bool __tsan_atomic##bits##_compare_exchange_strong(                                        \
	    volatile uint##bits##_t *word, uint##bits##_t *expected, uint##bits##_t value,         \
	    int order, int otherwise);                                                             \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *word, int order)  \
	{                                                                                          \
		(void)order;                                                                       \
		return *word;                                                                      \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *word, uint##bits##_t value,      \
					 int order)                                                \
	{                                                                                          \
		(void)order;                                                                       \
		note_store(word, sizeof(*word));                                                   \
		*word = value;                                                                     \
	}                                                                                          \
	bool __tsan_atomic##bits##_compare_exchange_strong(                                        \
	    volatile uint##bits##_t *word, uint##bits##_t *expected, uint##bits##_t value,         \
	    int order, int otherwise)                                                              \
	{                                                                                          \
		const uint##bits##_t before = *word;                                               \
		const bool equal = before == *expected;                                            \
		(void)otherwise;                                                                   \
		counted.nr_updates++;                                                              \
		__tsan_atomic##bits##_store(word, equal ? value : before, order);                  \
		*expected = before;                                                                \
		return equal;                                                                      \
	}                                                                                          \
	DEFINE_UPDATE(bits, fetch_add, +)                                                          \
	DEFINE_UPDATE(bits, fetch_or, |)                                                           \
	DEFINE_UPDATE(bits, fetch_and, &)

DEFINE_ATOMICS(32)
DEFINE_ATOMICS(64)

static const struct mmi_platform_ops *below; /* operations of the platform below */

static void count_lock(void *ctx, struct mmi_lock *lock)
{
	counted.nr_locks++;
	counted.nr_locks_held++;
	below->lock(ctx, lock);
}

static void count_unlock(void *ctx, struct mmi_lock *lock)
{
	counted.nr_locks_held--;
	below->unlock(ctx, lock);
}

/* What is expected of one run. */
struct shape {
	const char *name;
	uint64_t reserve_every_bytes; /* a page in the middle of each; 0: none */
	uint64_t chunk_sections;
	enum mmi_store store;
	uint64_t nr_blocks; /* free blocks of a step */
	uint64_t nr_orders; /* of these */
};

static struct region region_of(const void *start, size_t size_bytes)
{
	return (struct region){.start = (uintptr_t)start, .end = (uintptr_t)start + size_bytes};
}

static void begin_counting(const struct mmi_system *system)
{
	const struct mmi_mem *mem = &system->mem;

	memset(&counted, 0, sizeof(counted));
	counted.pages = region_of(mem->map.pages, mem->map.pages_bytes);
	counted.sections = region_of(mem->map.sections, NR_SECTIONS * sizeof(*mem->map.sections));
	counted.zones_start = (uintptr_t)mem->nodes[0].zones;
	counted.zones_end = counted.zones_start + sizeof(mem->nodes[0].zones);
}

/*
 * Every struct page is stored to once.  A free block is marked, and the one before it on its list
 * is linked to it; the first has none before it.  To splice a list, its first and its last block
 * are linked, and the last one of the zone's list, but for the first time.
 */
static uint64_t expected_page_lines(const struct shape *shape, uint64_t nr_chunks)
{
	const uint64_t nr_blocks = NR_STEPS * shape->nr_blocks;
	const uint64_t nr_lists = nr_chunks * shape->nr_orders;

	return NR_PAGES + 2 * nr_blocks - nr_lists + 3 * nr_lists - shape->nr_orders;
}

/*
 * A section's second line says that it is claimed and then at work, its first has the types of its
 * pageblocks, and the second says that it is ready and, after the splice, that it stands.  In a
 * chunk of several all are claimed before the first is at work.
 */
static uint64_t expected_section_lines(const struct shape *shape)
{
	return NR_SECTIONS * (shape->chunk_sections > 1 ? 5 : 4);
}

/*
 * The worker begins.  A chunk is taken off the cursor, its sections are claimed; it is in flight
 * and landed, twice (the second time nothing is left of it), two more tell of progress, and one
 * that it stands.
 */
static uint64_t expected_updates(uint64_t nr_chunks)
{
	return 1 + nr_chunks + NR_SECTIONS + nr_chunks * (2 * (1 + 2) + 1);
}

static void expect_counts(const struct shape *shape)
{
	const uint64_t nr_chunks = NR_SECTIONS / shape->chunk_sections;

	print_message("%s: %llu lines of pages, %llu of sections, %llu of zones without a lock, "
		      "%llu updates, %llu fences, %llu locks\n",
		      shape->name, (unsigned long long)counted.pages.nr_lines,
		      (unsigned long long)counted.sections.nr_lines,
		      (unsigned long long)counted.nr_unlocked,
		      (unsigned long long)counted.nr_updates, (unsigned long long)counted.nr_fences,
		      (unsigned long long)counted.nr_locks);
	assert_int_equal(counted.pages.nr_lines, expected_page_lines(shape, nr_chunks));
	assert_int_equal(counted.sections.nr_lines, expected_section_lines(shape));
	assert_int_equal(counted.nr_unlocked, 0);
	assert_int_equal(counted.nr_updates, expected_updates(nr_chunks));
	assert_int_equal(counted.nr_fences,
			 3 * nr_chunks); /* with each word that tells of progress */
	assert_int_equal(counted.nr_locks,
			 2 * nr_chunks); /* to splice, and to say that it stands */
}

static void hold_shape(struct mmi_platform *serial, const struct shape *shape)
{
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = shape->chunk_sections * NR_PAGES / NR_SECTIONS,
		     .nr_threads = 1,
		     .nothing_early = true},
	    .memmap = {.store = shape->store},
	};
	const struct mmi_machine_spec spec = fragmented_spec(shape->reserve_every_bytes);
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	below = serial->ops;
	ops.lock = count_lock;
	ops.unlock = count_unlock;
	struct mmi_machine *machine = make_machine(&platform, &spec);
	if (mmi_system_create(machine, &options, &system, &err))
		fail_msg("create: %s", err.text);
	begin_counting(system);
	if (mmi_system_boot(system, &err))
		fail_msg("boot: %s", err.text);
	expect_counts(shape);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Whole: a step is one block.  Fragmented: 18 of orders 0 to 8, as unit/test_counts.c says. */
static void test_stores_are_one_a_page_and_few_a_block(void **state)
{
	const struct shape shapes[] = {
	    {"whole, 1s", 0, 1, MMI_STORE_AUTO, 1, 1},
	    {"whole, 4s", 0, 4, MMI_STORE_AUTO, 1, 1},
	    {"whole, 8s", 0, 8, MMI_STORE_C, 1, 1},
	    {"fragmented, 1s", 2 * MIB, 1, MMI_STORE_AUTO, 18, 9},
	    {"fragmented, 4s", 2 * MIB, 4, MMI_STORE_C, 18, 9},
	};

	for (size_t i = 0; i < ARRAY_NR(shapes); i++)
		hold_shape(*state, &shapes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_stores_are_one_a_page_and_few_a_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
