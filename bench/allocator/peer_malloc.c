/* SPDX-License-Identifier: MIT */
/*
 * Plain malloc, jemalloc and mimalloc, for objects of 4 KiB.
 *
 * The latter two are opened at run time, on their own: linked they would take malloc's place and
 * all three would be one.
 */
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>

#include "patterns.h"

#define OBJECT_BYTES 4096

struct heap {
	void *library; /* NULL: libc's own */
	void *(*take)(size_t size_bytes, int flags);
	void (*give)(void *object, int flags);
	void *held[CONTENDER_NR_HELD];
};

static void *libc_take(size_t size_bytes, int flags)
{
	(void)flags;
	return malloc(size_bytes);
}

static void libc_give(void *object, int flags)
{
	(void)flags;
	free(object);
}

static void *take(void *state)
{
	const struct heap *heap = state;

	return heap->take(OBJECT_BYTES, 0);
}

static void give(void *state, void *object)
{
	const struct heap *heap = state;

	heap->give(object, 0);
}

static bool take_many(void *state, void **objects, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		objects[i] = take(state);
		if (!objects[i]) {
			while (i)
				give(state, objects[--i]);
			return false;
		}
	}
	return true;
}

static void give_many(void *state, void **objects, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		give(state, objects[i]);
}

static uint64_t run_repeat(struct contender *contender, uint64_t nr)
{
	return pattern_repeat(contender->state, nr, take, give);
}

static uint64_t run_bulk(struct contender *contender, uint64_t nr)
{
	return pattern_bulk(contender->state, nr, take_many, give_many);
}

static uint64_t run_random(struct contender *contender, uint64_t nr)
{
	struct heap *heap = contender->state;

	return pattern_random(heap, nr, heap->held, CONTENDER_NR_HELD, take, give);
}

static void close_heap(struct contender *contender)
{
	struct heap *heap = contender->state;

	if (heap && heap->library)
		dlclose(heap->library);
	free(heap);
	contender->state = NULL;
}

/* The functions of a library; a function that wants no flags may be called with some. */
static bool open_library(struct contender *contender, const char *file, const char *take_name,
			 const char *give_name, char *why)
{
	struct heap *heap = contender->state = calloc(1, sizeof(*heap));

	if (heap)
		heap->library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (heap && heap->library) {
		*(void **)&heap->take = dlsym(heap->library, take_name);
		*(void **)&heap->give = dlsym(heap->library, give_name);
		if (heap->take && heap->give)
			return true;
	}
	snprintf(why, CONTENDER_WHY_BYTES, "%s", dlerror());
	close_heap(contender);
	return false;
}

static bool open_libc(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	struct heap *heap = contender->state = calloc(1, sizeof(*heap));

	if (!heap) {
		snprintf(why, CONTENDER_WHY_BYTES, "no memory");
		return false;
	}
	heap->take = libc_take;
	heap->give = libc_give;
	snprintf(contender->version, sizeof(contender->version), "%s", gnu_get_libc_version());
	return true;
}

static bool open_jemalloc(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	int (*control)(const char *name, void *old, size_t *old_bytes, void *new, size_t new_bytes);
	const char *version = "?";
	size_t size_bytes = sizeof(version);

	if (!open_library(contender, "libjemalloc.so.2", "mallocx", "dallocx", why))
		return false;
	*(void **)&control = dlsym(((struct heap *)contender->state)->library, "mallctl");
	if (control)
		control("version", &version, &size_bytes, NULL, 0);
	snprintf(contender->version, sizeof(contender->version), "%.*s", 20, version);
	return true;
}

static bool open_mimalloc(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	int (*version)(void);

	if (!open_library(contender, "libmimalloc.so.2", "mi_malloc", "mi_free", why))
		return false;
	*(void **)&version = dlsym(((struct heap *)contender->state)->library, "mi_version");
	snprintf(contender->version, sizeof(contender->version), "%d", version ? version() : 0);
	return true;
}

static struct contender contender_of(const char *name,
				     bool (*open)(struct contender *contender, char *why))
{
	return (struct contender){
	    .name = name,
	    .open = open,
	    .close = close_heap,
	    .run = {run_repeat, run_bulk, run_random},
	};
}

struct contender contender_jemalloc(void)
{
	return contender_of("jemalloc", open_jemalloc);
}

struct contender contender_mimalloc(void)
{
	return contender_of("mimalloc", open_mimalloc);
}

struct contender contender_malloc(void)
{
	return contender_of("malloc", open_libc);
}
