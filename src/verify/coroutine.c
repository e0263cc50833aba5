/* SPDX-License-Identifier: MIT */
/* Coroutines by ucontext, announced to the sanitizers where they watch. */
#include "verify/coroutine.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define HAS_TSAN 1
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef HAS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_BYTES ((size_t)256 << 10)
#define GUARD_BYTES ((size_t)64 << 10) /* no smaller than a page anywhere */

void mmi_coroutine_init_self(struct mmi_coroutine *self)
{
	*self = (struct mmi_coroutine){.is_self = true};
#ifdef HAS_TSAN
	self->fiber = __tsan_get_current_fiber();
#endif
}

int mmi_coroutine_init(struct mmi_coroutine *coroutine)
{
	char *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*coroutine = (struct mmi_coroutine){0};
	if (memory == MAP_FAILED)
		return -ENOMEM;
	/* Stacks grow down: who overflows it stops at the guard. */
	mprotect(memory, GUARD_BYTES, PROT_NONE);
	coroutine->stack = memory + GUARD_BYTES;
	coroutine->stack_bytes = STACK_BYTES;
	return 0;
}

static void forget_fiber(struct mmi_coroutine *coroutine)
{
#ifdef HAS_TSAN
	if (coroutine->fiber)
		__tsan_destroy_fiber(coroutine->fiber);
#endif
	coroutine->fiber = NULL;
}

/* Frames of what never ended are still marked, whatever is put there next. */
static void forget_frames(const struct mmi_coroutine *coroutine)
{
#ifdef HAS_ASAN
	__asan_unpoison_memory_region(coroutine->stack, coroutine->stack_bytes);
#else
	(void)coroutine;
#endif
}

void mmi_coroutine_deinit(struct mmi_coroutine *coroutine)
{
	if (coroutine->is_self || !coroutine->stack)
		return;
	forget_fiber(coroutine);
	forget_frames(coroutine);
	munmap((char *)coroutine->stack - GUARD_BYTES, GUARD_BYTES + STACK_BYTES);
	*coroutine = (struct mmi_coroutine){0};
}

static void tell_arrival(struct mmi_coroutine *self)
{
#ifdef HAS_ASAN
	const void *bottom;
	size_t size_bytes;

	__sanitizer_finish_switch_fiber(self->shadow_stack, &bottom, &size_bytes);
	if (self->from->is_self) { /* only so does one learn where the thread's own stack lies */
		self->from->stack = (void *)(uintptr_t)bottom;
		self->from->stack_bytes = size_bytes;
	}
#else
	(void)self;
#endif
}

static void tell_departure(struct mmi_coroutine *from, const struct mmi_coroutine *to)
{
#ifdef HAS_ASAN
	__sanitizer_start_switch_fiber(&from->shadow_stack, to->stack, to->stack_bytes);
#endif
#ifdef HAS_TSAN
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
	(void)from;
	(void)to;
}

/* makecontext() passes ints only: the pointer comes in two halves. */
static void enter(unsigned high, unsigned low)
{
	struct mmi_coroutine *self =
	    (struct mmi_coroutine *)((uintptr_t)high << 16 << 16 | (uintptr_t)low);

	tell_arrival(self);
	self->body(self->arg);
}

void mmi_coroutine_prepare(struct mmi_coroutine *coroutine, void (*body)(void *arg), void *arg)
{
	const uintptr_t self = (uintptr_t)coroutine;

	forget_fiber(coroutine);
#ifdef HAS_TSAN
	coroutine->fiber = __tsan_create_fiber(0);
#endif
	forget_frames(coroutine);
	coroutine->body = body;
	coroutine->arg = arg;
	coroutine->shadow_stack = NULL;
	getcontext(&coroutine->context);
	coroutine->context.uc_stack.ss_sp = coroutine->stack;
	coroutine->context.uc_stack.ss_size = coroutine->stack_bytes;
	coroutine->context.uc_link = NULL;
	makecontext(&coroutine->context, (void (*)(void))enter, 2, (unsigned)(self >> 16 >> 16),
		    (unsigned)self);
}

void mmi_coroutine_switch(struct mmi_coroutine *from, struct mmi_coroutine *to)
{
	to->from = from;
	tell_departure(from, to);
	swapcontext(&from->context, &to->context);
	tell_arrival(from);
}
