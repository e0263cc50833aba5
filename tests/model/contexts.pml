/* SPDX-License-Identifier: MIT */
/*
 * Allocating contexts, and how others stop or watch them: src/page_alloc/alloc_cpu.[ch].
 *
 * The owner makes its epoch odd when a request begins and even when it ends, and looks at its
 * request word after each, with plain loads and stores.  Who wants something of a context sets a
 * bit, has every thread pass a barrier, and looks at the epoch.
 *
 * Who includes this has EPOCH and REQUEST among its variables, of one context, and says in each
 * process: byte epoch, seen.  Thread 0 owns the context.
 */
#define STOP  1
#define WATCH 2

bit asleep_on_epoch, asleep_on_request;

inline enter() {
#ifdef REQUEST_READ_BEFORE_EPOCH
	seen = READ(REQUEST);
	STORE_RELAXED(EPOCH, epoch + 1);
#else
	STORE_RELAXED(EPOCH, epoch + 1);
	seen = READ(REQUEST);
#endif
	epoch++;
	do
	:: seen & STOP ->
		leave();
		do
		:: seen = READ(REQUEST);
			if
			:: seen & STOP ->
				atomic {
					FENCED ->
					if
					:: memory[REQUEST] == seen -> asleep_on_request = 1
					:: else -> skip
					fi
				};
				asleep_on_request == 0
			:: else -> break
			fi
		od;
		STORE_RELAXED(EPOCH, epoch + 1);
		epoch++;
#ifdef NO_LOOK_AFTER_STOP
		seen = 0
#else
		seen = READ(REQUEST)
#endif
	:: else -> break
	od
}

inline leave() {
#ifdef WAKE_BEFORE_EPOCH
	seen = READ(REQUEST);
	if
	:: seen -> atomic { FENCED -> asleep_on_epoch = 0 }
	:: else -> skip
	fi;
#endif
#ifdef LEAVE_WITHOUT_RELEASE
	STORE_RELAXED(EPOCH, epoch + 1);
#else
	STORE_RELEASE(EPOCH, epoch + 1);
#endif
	epoch++;
#ifndef WAKE_BEFORE_EPOCH
	seen = READ(REQUEST);
	if
	:: seen -> atomic { FENCED -> asleep_on_epoch = 0 }
	:: else -> skip
	fi
#endif
}

/* Every thread passes a full barrier: the caller, then the owner, at some moment of the call. */
inline process_barrier() {
	FENCED;
#ifndef NO_PROCESS_BARRIER
	buffers[0].nr == 0
#endif
}

inline request_all(bits) {
	ADD(REQUEST, bits);
	process_barrier()
}

inline wait_for_end() {
	epoch = READ(EPOCH);
	do
	:: (epoch & 1) && READ(EPOCH) == epoch ->
		atomic {
			FENCED ->
			if
			:: memory[EPOCH] == epoch -> asleep_on_epoch = 1
			:: else -> skip
			fi
		};
		asleep_on_epoch == 0
	:: else -> break
	od
}

inline clear_request(bits) {
	ADD(REQUEST, 256 - bits)
}

inline resume() {
#ifdef WAKE_BEFORE_RESUME
	atomic { FENCED -> asleep_on_request = 0 };
	clear_request(STOP)
#else
	clear_request(STOP);
	atomic { FENCED -> asleep_on_request = 0 }
#endif
}
