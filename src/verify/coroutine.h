/* SPDX-License-Identifier: MIT */
/*
 * Coroutines: stacks of their own on one thread, switched by name.
 *
 * A controlled scheduler runs the threads of a machine on them: a switch costs a fraction of a
 * thread's, and nothing happens that the scheduler did not decide.
 */
#ifndef VERIFY_COROUTINE_H
#define VERIFY_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

struct mmi_coroutine {
	ucontext_t context;
	void *stack;
	size_t stack_bytes;
	bool is_self; /* the stack is the thread's own, on which it began */
	void (*body)(void *arg);
	void *arg;
	struct mmi_coroutine *from; /* that switched here last */
	void *shadow_stack;         /* of the sanitizers, while it is switched away */
	void *fiber;
};

/* The calling thread itself, to be switched from and back to. */
void mmi_coroutine_init_self(struct mmi_coroutine *self);

/* A stack.  -ENOMEM. */
int mmi_coroutine_init(struct mmi_coroutine *coroutine);
/* It is not running; what it was doing is forgotten.  Zeroed is allowed. */
void mmi_coroutine_deinit(struct mmi_coroutine *coroutine);

/*
 * The next switch there calls @body(@arg), whatever it was doing.  @body switches away at its end.
 */
void mmi_coroutine_prepare(struct mmi_coroutine *coroutine, void (*body)(void *arg), void *arg);

/* Goes on with @to, and returns when somebody switches to @from. */
void mmi_coroutine_switch(struct mmi_coroutine *from, struct mmi_coroutine *to);

#endif
