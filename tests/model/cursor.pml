/* SPDX-License-Identifier: MIT */
/*
 * A group's cursor with a worker and growers: src/deferred/cursor.c, claims.c, grow.c, and the
 * request that waits for memory (page_alloc/request.c).
 *
 * Two units in one chunk.  The worker takes chunks from the head and waits, at the end, until
 * nothing is in flight.  An allocator wants all units: it takes what stands, else grows from the
 * tail, else from the top, else waits.  With TWO_ALLOCATORS a second one stands for the worker.
 *
 *   handed     the cursor gives each unit to one thread
 *   claimed    one thread initialises it
 *   ready      who takes a unit finds its struct pages initialised
 *   memory     no allocation fails because memory is late
 *   finished   when the worker's wait is over, every unit stands
 * and nobody sleeps for ever (spin's own check of end states).
 *
 * Mutants are chosen with -D; CMakeLists.txt lists them.
 */
#define NR_THREADS 2
#define DEPTH      6
#define NR_CHUNKS  1
#define NR_UNITS   2
#define FIRST_UNIT(chunk) 0
#define END_UNIT(chunk)   NR_UNITS

#define WORD      0 /* head chunk << 3 | tail unit */
#define IN_FLIGHT 1
#define PROGRESS  2
#define WAITERS   3
#define SLEEPERS  4
#define MISSING   5
#define NR_FREE   6
#define LIST      7 /* the zone's: a bit a unit */
#define ZONE_LOCK 8
#define STATE     9  /* of unit u: STATE + u */
#define PAGES     12 /* of unit u: 1 when its struct pages are written */
#define NR_VARS   15

#include "weak_memory.pml"

#define PRESENT 0
#define BUSY    1
#define READY   2

#define HEAD(word) ((word) >> 3)
#define TAIL(word) ((word) & 7)

/* What the properties are about; no thread reads it. */
byte handed, claimed, standing;
bit asleep[NR_THREADS];

/* Sleeps while progress is what it was: the system looks at it once more, behind a full fence. */
inline futex_wait(value) {
	atomic {
		FENCED ->
		if
		:: memory[PROGRESS] == value -> asleep[SELF] = 1
		:: else -> skip
		fi
	}
	asleep[SELF] == 0
}

inline futex_wake() {
	atomic { FENCED -> asleep[0] = 0; asleep[1] = 0 }
}

inline announce() {
#ifdef SLEEPERS_READ_BEFORE_PROGRESS
	seen = READ(SLEEPERS);
	ADD(PROGRESS, 1);
	FENCED;
#else
	ADD(PROGRESS, 1);
#ifndef ANNOUNCE_WITHOUT_FENCE
	FENCED;
#endif
	seen = READ(SLEEPERS);
#endif
	if
	:: seen -> futex_wake()
	:: else -> skip
	fi
}

inline sleep_until_progress(value) {
	ADD(SLEEPERS, 1);
	futex_wait(value);
	ADD(SLEEPERS, 255)
}

inline claims_end() {
	ADD(IN_FLIGHT, 255);
	announce()
}

inline take_unit(u) {
#ifdef CLAIM_BY_LOAD_AND_STORE
	seen = READ(STATE + u);
	done = seen == PRESENT;
	if
	:: done -> STORE_RELAXED(STATE + u, BUSY)
	:: else -> skip
	fi;
#else
	COMPARE_AND_SWAP(STATE + u, PRESENT, BUSY, done);
#endif
	if
	:: done -> assert(!(claimed & (1 << u))); claimed = claimed | (1 << u)
	:: else -> skip
	fi
}

/* Claims the first run of [left, left_end), for which in flight is counted already. */
inline claim_run() {
	done = 0;
	do
	:: left < left_end && !done ->
		take_unit(left);
		if
		:: done -> break
		:: else -> left++
		fi
	:: else -> break
	od;
	first = left;
	if
	:: left < left_end -> left++
	:: else -> skip
	fi;
	do
	:: first < left && left < left_end ->
		take_unit(left);
		if
		:: done -> left++
		:: else -> break
		fi
	:: else -> break
	od
}

inline take_run() {
#ifdef IN_FLIGHT_AFTER_CLAIM
	claim_run();
	ADD(IN_FLIGHT, 1);
#else
	ADD(IN_FLIGHT, 1);
	claim_run();
#endif
	if
	:: first == left -> claims_end()
	:: else -> skip
	fi
}

/* The zone's list gets what the thread has initialised. */
inline join_zone() {
	if
	:: batch ->
		LOCK(ZONE_LOCK);
		STORE_RELAXED(LIST, READ(LIST) | batch);
		STORE_RELAXED(NR_FREE, READ(NR_FREE) + nr_batch);
#ifdef MISSING_WITHOUT_RELEASE
		STORE_RELAXED(MISSING, READ(MISSING) - nr_batch);
#else
		STORE_RELEASE(MISSING, READ(MISSING) - nr_batch);
#endif
		atomic { standing = standing | batch; UNLOCK(ZONE_LOCK) };
		batch = 0;
		nr_batch = 0
	:: else -> skip
	fi;
	announce()
}

/* Initialises and frees [first, left), which is the thread's. */
inline do_run() {
	do
	:: first < left ->
		STORE_RELAXED(PAGES + first, 1);
		STORE_RELEASE(STATE + first, READY);
		batch = batch | (1 << first);
		nr_batch++;
		first++;
		if
		:: READ(WAITERS) -> join_zone()
		:: else -> skip
		fi
	:: else -> break
	od;
#ifdef END_BEFORE_STAND
	claims_end();
	join_zone()
#else
	join_zone();
	claims_end()
#endif
}

#define CHUNK_LEFT(w) (HEAD(w) < NR_CHUNKS && FIRST_UNIT(HEAD(w)) < TAIL(w))

/* The next chunk: [left, left_end); empty when there is none. */
inline claim_chunk() {
	left = 0;
	left_end = 0;
	word = READ(WORD);
	do
	:: !CHUNK_LEFT(word) -> break
	:: else ->
#ifdef CURSOR_BY_LOAD_AND_STORE
		done = 1;
		STORE_RELAXED(WORD, word + 8);
#else
		COMPARE_AND_SWAP(WORD, word, word + 8, done);
#endif
		if
		:: done ->
			left = FIRST_UNIT(HEAD(word));
			left_end = (END_UNIT(HEAD(word)) < TAIL(word) -> END_UNIT(HEAD(word)) :
									 TAIL(word));
			break
		:: else -> word = READ(WORD)
		fi
	od
}

inline note_handed() {
	mark = left;
	do
	:: mark < left_end ->
		assert(!(handed & (1 << mark)));
		handed = handed | (1 << mark);
		mark++
	:: else -> break
	od;
	mark = 0
}

/* The last unit of the group: [left, left_end), or empty; one that a chunk has is not there. */
inline claim_tail() {
	left = 0;
	left_end = 0;
	word = READ(WORD);
	do
	:: !CHUNK_LEFT(word) -> break
	:: else ->
		COMPARE_AND_SWAP(WORD, word, word - 1, done);
		if
		:: done -> left = TAIL(word) - 1; left_end = TAIL(word); note_handed(); break
		:: else -> word = READ(WORD)
		fi
	od
}

/* Ends with first < left where a unit is claimed, and in flight counted. */
inline take_tail() {
	first = 0;
	left = 0;
	do
	:: CHUNK_LEFT(READ(WORD)) ->
#ifdef IN_FLIGHT_AFTER_CURSOR
		claim_tail();
		ADD(IN_FLIGHT, 1);
#else
		ADD(IN_FLIGHT, 1);
		claim_tail();
#endif
		claim_run();
		if
		:: first < left -> break
		:: else -> claims_end()
		fi
	:: else -> break
	od
}

inline take_from_top() {
	left_end = NR_UNITS;
	do
	:: left_end && first == left ->
		left = left_end - 1;
		first = left;
		if
		:: READ(STATE + left) == PRESENT ->
			take_run()
		:: else -> skip
		fi;
		left_end--
	:: else -> break
	od
}

/* came: something may have come, and it is worth a look. */
inline wait_for_memory() {
	ADD(WAITERS, 1);
	came = READ(PROGRESS) != progress;
	if
	:: !came && READ(MISSING) ->
		if
		:: READ(IN_FLIGHT) -> sleep_until_progress(progress); came = 1
		:: else -> skip
		fi
	:: else -> skip
	fi;
	if
	:: !came -> came = READ(PROGRESS) != progress
	:: else -> skip
	fi;
	ADD(WAITERS, 255)
}

inline grow() {
	came = 0;
	progress = READ(PROGRESS);
	if
	:: READ(MISSING) ->
		take_tail();
		if
		:: first == left -> first = 0; left = 0; take_from_top()
		:: else -> skip
		fi;
		if
		:: first < left -> do_run(); came = 1
		:: else -> wait_for_memory()
		fi
	:: else -> skip
	fi;
	first = 0;
	left = 0;
	left_end = 0;
	word = 0
}

inline take_from_list() {
	LOCK(ZONE_LOCK);
	seen = READ(LIST);
	if
	:: seen ->
		mark = (seen & 1 -> 0 : (seen & 2 -> 1 : 2));
		STORE_RELAXED(LIST, seen - (1 << mark));
		STORE_RELAXED(NR_FREE, READ(NR_FREE) - 1);
		assert(READ(PAGES + mark) == 1);
		nr_wanted--;
		nr_passes = 0;
		mark = 0
	:: else -> skip
	fi;
	UNLOCK(ZONE_LOCK)
}

/* Is the zone worth a lock?  What is missing is read first: then what came is seen. */
inline look_at_zone() {
	worth = READ(MISSING);
	if
	:: !worth -> worth = READ(NR_FREE)
	:: else -> skip
	fi
}

#define LOCALS                                                                                     \
	byte word, left, left_end, first, mark, batch, nr_batch, seen, progress;                     \
	bit done, came

proctype worker() {
	LOCALS;
	do
	:: claim_chunk();
		if
		:: left == left_end -> break
		:: else -> skip
		fi;
		note_handed();
		do
		:: take_run();
			if
			:: first < left -> do_run()
			:: else -> break
			fi
		od
	od;
	do
	:: progress = READ(PROGRESS);
		if
		:: READ(IN_FLIGHT) == 0 -> break
		:: else -> sleep_until_progress(progress)
		fi
	od;
	assert(standing == (1 << NR_UNITS) - 1)
}

/* After one pass in vain, over which memory may have come, another; then the request fails. */
#define ALLOCATE                                                                                   \
	do                                                                                         \
	:: nr_wanted == 0 -> break                                                                 \
	:: else ->                                                                                 \
		look_at_zone();                                                                    \
		worth_before = nr_wanted;                                                          \
		if                                                                                 \
		:: worth -> take_from_list()                                                       \
		:: else                                                                            \
		fi;                                                                                \
		if                                                                                 \
		:: nr_wanted < worth_before                                                        \
		:: else ->                                                                         \
			grow();                                                                    \
			if                                                                         \
			:: came                                                                    \
			:: else -> nr_passes++; assert(nr_passes < 2)                              \
			fi                                                                         \
		fi                                                                                 \
	od

proctype allocator(byte nr_wanted) {
	LOCALS;
	byte worth, worth_before, nr_passes;
	ALLOCATE
}

init {
	atomic {
		memory[WORD] = NR_UNITS;
		memory[MISSING] = NR_UNITS;
#ifdef TWO_ALLOCATORS
		run allocator(1);
		run allocator(1);
#else
		run worker();
		run allocator(NR_UNITS);
#endif
		run landings(0);
		run landings(1)
	}
}
