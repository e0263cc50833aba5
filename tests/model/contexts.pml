/* SPDX-License-Identifier: MIT */
/*
 * Allocating contexts, and how others ask them: src/page_alloc/alloc_cpu.[ch].
 *
 * The owner makes its epoch odd when a request begins and even when it ends, and looks at its
 * request word after each, with plain loads and stores.  Who wants something of a context sets
 * WATCH, and STOP if no request is to begin; the owner takes WATCH away between two requests.  Who
 * gets no answer has every thread pass a barrier, and looks at the epoch.
 *
 * Who includes this has EPOCH and REQUEST among its variables, of one context, and says in each
 * process: byte epoch, seen.  Thread 0 owns the context.
 */
#define STOP  1
#define WATCH 2
#define WAKE  4

bit owner_sleeps, asker_sleeps; /* both on the request word */

inline wake_all() {
	atomic { FENCED -> owner_sleeps = 0; asker_sleeps = 0 }
}

inline answer() {
#ifdef WAKE_BEFORE_ANSWER
	if
	:: seen & WAKE -> wake_all()
	:: else -> skip
	fi;
#endif
#ifdef ANSWER_WITHOUT_RELEASE
	FETCH_AND(REQUEST, 255 - WATCH - WAKE, 0, seen);
#else
	FETCH_AND(REQUEST, 255 - WATCH - WAKE, 1, seen);
#endif
#ifndef WAKE_BEFORE_ANSWER
	if
	:: seen & WAKE -> wake_all()
	:: else -> skip
	fi;
#endif
	seen = 0
}

inline begin() {
	STORE_RELAXED(EPOCH, epoch + 1);
	epoch++
}

inline leave() {
#ifdef LEAVE_WITHOUT_RELEASE
	STORE_RELAXED(EPOCH, epoch + 1);
#else
	STORE_RELEASE(EPOCH, epoch + 1);
#endif
	epoch++;
	seen = READ(REQUEST);
	if
	:: seen -> answer()
	:: else -> skip
	fi
}

inline wait_while_stopped() {
	do
	:: seen = READ(REQUEST);
		if
		:: seen & STOP ->
			atomic {
				FENCED ->
				if
				:: memory[REQUEST] == seen -> owner_sleeps = 1
				:: else -> skip
				fi
			};
			owner_sleeps == 0
		:: else -> break
		fi
	od
}

#ifdef NOTHING_BUT_STOP_AT_DOOR
#define IS_ASKED (seen & STOP)
#else
#define IS_ASKED seen
#endif

/* What the owner saw of the request word after the epoch was made odd: seen. */
inline answer_at_door() {
	do
	:: IS_ASKED ->
		leave();
		wait_while_stopped();
		begin();
#ifdef NO_LOOK_AFTER_STOP
		seen = 0
#else
		seen = READ(REQUEST)
#endif
	:: else -> break
	od
}

inline enter() {
#ifdef REQUEST_READ_BEFORE_EPOCH
	seen = READ(REQUEST);
	begin();
#else
	begin();
	seen = READ(REQUEST);
#endif
	answer_at_door()
}

/* Every thread passes a full barrier: the caller, then the owner, at some moment of the call. */
inline process_barrier() {
	FENCED;
#ifndef NO_PROCESS_BARRIER
	buffers[0].nr == 0
#endif
}

inline sleep_until_answered() {
	do
	:: seen = READ(REQUEST);
		if
		:: seen & WATCH ->
#ifndef SLEEP_WITHOUT_WAKE_BIT
			COMPARE_AND_SWAP(REQUEST, seen, seen | WAKE, epoch);
			if
			:: epoch -> seen = seen | WAKE
			:: else -> skip
			fi;
#else
			epoch = 1;
#endif
			if
			:: epoch ->
				atomic {
					FENCED ->
					if
					:: memory[REQUEST] == seen -> asker_sleeps = 1
					:: else -> skip
					fi
				};
				asker_sleeps == 0
			:: else -> skip
			fi
		:: else -> break
		fi
	od
}

inline wait_for_silent() {
#ifndef NO_WAIT_FOR_SILENT
	process_barrier();
	epoch = READ(EPOCH);
	if
	:: epoch & 1 -> sleep_until_answered()
	:: else -> skip
	fi
#else
	skip
#endif
}

/* Asks; returns when each request has ended that began before.  How often is looked is left open. */
inline wait_for_ends(bits) {
#ifdef ASKED_WITHOUT_RELEASE
	FETCH_OR(REQUEST, bits | WATCH, 0, seen);
#else
	FETCH_OR(REQUEST, bits | WATCH, 1, seen);
#endif
	if
	:: seen & WATCH -> skip
	:: else ->
		if
		:: !(READ(REQUEST) & WATCH) -> skip
		:: 1 -> wait_for_silent()
		fi
	fi
}

inline resume() {
#ifdef WAKE_BEFORE_RESUME
	wake_all();
	FETCH_AND(REQUEST, 255 - STOP, 1, seen)
#else
	FETCH_AND(REQUEST, 255 - STOP, 1, seen);
	wake_all()
#endif
}
