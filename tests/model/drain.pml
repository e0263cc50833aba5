/* SPDX-License-Identifier: MIT */
/*
 * Draining a context from another thread: src/page_alloc/alloc_cpu.c, pcp_lists.c.
 *
 * The owner frees pages, one a request, to its own list: a plain load and a plain store of how many
 * there are.  Another thread twice stops it, takes all that there is, and lets it go.
 *
 *   kept       no page is lost, and none is there twice
 *   alone      the list is never in two hands
 */
#define NR_THREADS 2
#define DEPTH      6

#define EPOCH   0
#define REQUEST 1
#define LISTED  2 /* pages on the owner's list */
#define NR_VARS 3

#include "weak_memory.pml"
#include "contexts.pml"

#define NR_REQUESTS 3
#define NR_DRAINS   2

byte nr_drained, nr_finished;
bit owner_inside, drainer_inside;

inline check_end() {
	FENCED;
	atomic {
		nr_finished++;
		if
		:: nr_finished == 2 -> assert(memory[LISTED] + nr_drained == NR_REQUESTS)
		:: else -> skip
		fi
	}
}

proctype owner() {
	byte epoch, seen, nr_listed, nr_requests;
	do
	:: nr_requests == NR_REQUESTS -> break
	:: else ->
		enter();
		atomic { assert(!drainer_inside); owner_inside = 1 };
		nr_listed = READ(LISTED);
		STORE_RELAXED(LISTED, nr_listed + 1);
		owner_inside = 0;
		leave();
		nr_requests++
	od;
	check_end()
}

proctype drainer() {
	byte epoch, seen, nr_listed, nr;
	do
	:: nr == NR_DRAINS -> break
	:: else ->
		wait_for_ends(STOP);
		atomic { assert(!owner_inside); drainer_inside = 1 };
		nr_listed = READ(LISTED);
		STORE_RELAXED(LISTED, 0);
		atomic { nr_drained = nr_drained + nr_listed; drainer_inside = 0 };
		resume();
		nr++
	od;
	check_end()
}

init {
	atomic {
		run owner();
		run drainer();
		run landings(0);
		run landings(1)
	}
}
