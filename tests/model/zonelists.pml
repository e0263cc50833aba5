/* SPDX-License-Identifier: MIT */
/*
 * Publication of zonelists: src/page_alloc/allocator.c (rebuild), request.c (serve).
 *
 * There are two places for lists; the writer builds new ones aside, publishes them by one store,
 * waits until every request that runs has ended, and frees the old ones: twice, so that places are
 * used again.  The reader loads the pointer once a request.
 *
 *   whole      who finds lists finds them built, and not freed, as long as his request runs
 *   memory     before it says "no memory" a request looks whether its lists are still the current
 *              ones: it does not fail when memory stood on lists that were published before
 */
#define NR_THREADS 2
#define DEPTH      6

#define EPOCH   0
#define REQUEST 1
#define CURRENT 2 /* the place of the current lists: 0 or 1 */
#define LISTS   3 /* of place p: LISTS + p: FREED, or what they lead to */
#define NR_VARS 5

#include "weak_memory.pml"
#include "contexts.pml"

#define FREED  0
#define BUILT  1 /* from here on: the generation; the last one leads to memory */
#define NR_REBUILDS 2

/* At this very moment, the current lists lead to memory. */
#define MEMORY_IS_LISTED (memory[LISTS + memory[CURRENT]] == BUILT + NR_REBUILDS)

proctype reader() {
	byte epoch, seen, place, found, nr_requests;
	do
	:: nr_requests == 2 -> break
	:: else ->
#ifdef POINTER_READ_BEFORE_ENTER
		place = READ(CURRENT);
#endif
		enter();
		do
		:: 1 ->
#ifndef POINTER_READ_BEFORE_ENTER
			place = READ(CURRENT);
#endif
			found = READ(LISTS + place);
			assert(found != FREED);
			if
			:: found == BUILT + NR_REBUILDS -> break
#ifdef NO_LOOK_BEFORE_FAILING
			:: else -> assert(!MEMORY_IS_LISTED); break
#else
			:: else -> skip
			fi;
			if
			:: atomic { READ(CURRENT) == place -> assert(!MEMORY_IS_LISTED) }; break
			:: else -> skip
#endif
			fi
		od;
		assert(READ(LISTS + place) == found);
		leave();
		found = 0;
		place = 0;
		nr_requests++
	od
}

proctype writer() {
	byte epoch, seen, old, nr;
	do
	:: nr == NR_REBUILDS -> break
	:: else ->
		nr++;
		old = READ(CURRENT);
#ifdef REBUILT_IN_PLACE
		STORE_RELAXED(LISTS + old, FREED);
		STORE_RELAXED(LISTS + old, BUILT + nr);
#else
		STORE_RELAXED(LISTS + (1 - old), BUILT + nr);
#ifdef PUBLISHED_WITHOUT_RELEASE
		STORE_RELAXED(CURRENT, 1 - old);
#else
		STORE_RELEASE(CURRENT, 1 - old);
#endif
#ifndef NO_GRACE_PERIOD
		request_all(WATCH);
		wait_for_end();
		clear_request(WATCH);
#endif
		STORE_RELAXED(LISTS + old, FREED);
#endif
	od
}

init {
	atomic {
		memory[LISTS] = BUILT;
		run reader();
		run writer();
		run landings(0);
		run landings(1)
	}
}
