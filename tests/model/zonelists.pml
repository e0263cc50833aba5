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

/* Looks the lists up, and looks at them. */
#define FIND                                                                                       \
	place = READ(CURRENT);                                                                     \
	LOOK_AT_FOUND
#define LOOK_AT_FOUND                                                                              \
	found = READ(LISTS + place);                                                               \
	assert(found != FREED)

/* The short way: the pointer is loaded before the request word, and followed after. */
inline enter_and_find() {
	begin();
#ifdef ANSWER_WITHOUT_ACQUIRE
	if
	:: early -> early = 0
	:: else -> place = READ(CURRENT)
	fi;
#else
	place = READ(CURRENT);
#endif
#ifdef FOLLOWED_BEFORE_DOOR
	LOOK_AT_FOUND;
#endif
	seen = READ(REQUEST);
	if
#ifdef POINTER_KEPT_AT_DOOR
	:: IS_ASKED -> answer_at_door(); LOOK_AT_FOUND
#else
	:: IS_ASKED -> answer_at_door(); FIND
#endif
	:: else -> LOOK_AT_FOUND
	fi
}

proctype reader() {
	byte epoch, seen, place, found, nr_requests;
#ifdef ANSWER_WITHOUT_ACQUIRE
	bit early; /* the next request's pointer was loaded before this one's answer */
#endif
	do
	:: nr_requests == 2 -> break
	:: else ->
		enter_and_find();
		do
		:: found == BUILT + NR_REBUILDS -> break
#ifdef NO_LOOK_BEFORE_FAILING
		:: else -> assert(!MEMORY_IS_LISTED); break
#else
		:: else ->
			if
			:: atomic { READ(CURRENT) == place -> assert(!MEMORY_IS_LISTED) }; break
			:: else -> FIND
			fi
#endif
		od;
#ifdef ANSWER_BEFORE_END
		seen = READ(REQUEST);
		if
		:: seen -> answer()
		:: else -> skip
		fi;
#endif
		assert(READ(LISTS + place) == found);
#ifdef ANSWER_WITHOUT_ACQUIRE
		if
		:: place = READ(CURRENT); early = 1
		:: skip
		fi;
#endif
		leave();
		found = 0;
#ifndef ANSWER_WITHOUT_ACQUIRE
		place = 0;
#endif
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
#ifdef PUBLISHED_AFTER_ASKING
		wait_for_ends(0);
#endif
#ifdef PUBLISHED_WITHOUT_RELEASE
		STORE_RELAXED(CURRENT, 1 - old);
#else
		STORE_RELEASE(CURRENT, 1 - old);
#endif
#if !defined(NO_GRACE_PERIOD) && !defined(PUBLISHED_AFTER_ASKING)
		wait_for_ends(0);
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
