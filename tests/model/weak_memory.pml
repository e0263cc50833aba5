/* SPDX-License-Identifier: MIT */
/*
 * Memory as threads of a weakly ordered machine see it, with explicit store buffers.
 *
 * A store goes into its thread's buffer and reaches memory some time later: in any order, but that
 * stores to one variable keep theirs and a store with release order waits for all before it.  A
 * thread reads its own stores early.  This is weaker than TSO, where all keep their order.  The
 * store of a read-modify-write is buffered like any other, as on machines where it is a pair of
 * instructions; nobody else stores to its variable until it has landed.  Loads are performed in
 * program order, which is what acquire order asks for; a model lets a load come early by writing
 * it earlier.
 *
 * Who includes this defines NR_THREADS, NR_VARS and DEPTH; its init starts the threads first.
 */
#define SELF (_pid - 1) /* init, which is number 0, runs them before all others */

typedef store_buffer {
	byte nr;
	byte place[DEPTH];
	byte number[DEPTH];
	bit ordered[DEPTH]
};

store_buffer buffers[NR_THREADS];
byte memory[NR_VARS];
byte rmw_owner[NR_VARS]; /* 1 + the thread whose read-modify-write has not landed; 0: none */

#define IS(i, v)       (buffers[SELF].nr > i && buffers[SELF].place[i] == v)
#define BUFFERED(i)    buffers[SELF].number[i]
#define HAS_BUFFERED(v) (IS(0, v) || IS(1, v) || IS(2, v) || IS(3, v) || IS(4, v) || IS(5, v))

/* A load. */
#define READ(v)                                                                                    \
	(IS(5, v) -> BUFFERED(5) : (IS(4, v) -> BUFFERED(4) : (IS(3, v) -> BUFFERED(3) :           \
	(IS(2, v) -> BUFFERED(2) : (IS(1, v) -> BUFFERED(1) : (IS(0, v) -> BUFFERED(0) :           \
	 memory[v]))))))

#define APPEND(v, x, is_release)                                                                   \
	buffers[SELF].place[buffers[SELF].nr] = v;                                                 \
	buffers[SELF].number[buffers[SELF].nr] = x;                                                \
	buffers[SELF].ordered[buffers[SELF].nr] = is_release;                                      \
	buffers[SELF].nr++

#define STORE_RELAXED(v, x) atomic { buffers[SELF].nr < DEPTH -> APPEND(v, x, 0) }
#define STORE_RELEASE(v, x) atomic { buffers[SELF].nr < DEPTH -> APPEND(v, x, 1) }

/* Everything this thread stored is in memory: a full fence, or a system call. */
#define FENCED (buffers[SELF].nr == 0)

#define RMW_READY(v) (buffers[SELF].nr < DEPTH && !HAS_BUFFERED(v) && !rmw_owner[v])

/* Adds x with acquire and release order. */
#define ADD(v, x)                                                                                  \
	atomic {                                                                                   \
		RMW_READY(v) -> rmw_owner[v] = SELF + 1; APPEND(v, memory[v] + (x), 1)             \
	}

/* Stores x with acquire order, and release order if so said; before: what was there. */
#define FETCH(v, x, is_release, before)                                                            \
	atomic {                                                                                   \
		RMW_READY(v) ->                                                                    \
		before = memory[v]; rmw_owner[v] = SELF + 1; APPEND(v, x, is_release)              \
	}
#define FETCH_OR(v, bits, is_release, before)  FETCH(v, memory[v] | (bits), is_release, before)
#define FETCH_AND(v, bits, is_release, before) FETCH(v, memory[v] & (bits), is_release, before)

/* Stores x where old stands; done says whether it did. */
#define COMPARE_AND_SWAP(v, old, x, done)                                                          \
	atomic {                                                                                   \
		RMW_READY(v) ->                                                                    \
		done = memory[v] == (old);                                                         \
		if                                                                                 \
		:: done -> rmw_owner[v] = SELF + 1; APPEND(v, x, 1)                                \
		:: else -> skip                                                                    \
		fi                                                                                 \
	}

/* A lock that is taken with acquire and given back with release order: word v. */
#define LOCK(v) atomic { memory[v] == 0 && !HAS_BUFFERED(v) -> memory[v] = 1 }
#ifdef UNLOCK_WITHOUT_RELEASE
#define UNLOCK(v) STORE_RELAXED(v, 0)
#else
#define UNLOCK(v) STORE_RELEASE(v, 0)
#endif

#define EARLIER_SAME(t, i, j) (j < i && buffers[t].place[j] == buffers[t].place[i])
#define MAY_LAND(t, i)                                                                             \
	(i < buffers[t].nr && (i == 0 || !buffers[t].ordered[i]) &&                                \
	 !EARLIER_SAME(t, i, 0) && !EARLIER_SAME(t, i, 1) && !EARLIER_SAME(t, i, 2) &&             \
	 !EARLIER_SAME(t, i, 3) && !EARLIER_SAME(t, i, 4) &&                                       \
	 (!rmw_owner[buffers[t].place[i]] || rmw_owner[buffers[t].place[i]] == t + 1))

/* Entry i of thread t reaches memory; the buffer closes up. */
#define LAND(t, i)                                                                                 \
	d_step {                                                                                   \
		MAY_LAND(t, i) ->                                                                  \
		memory[buffers[t].place[i]] = buffers[t].number[i];                                \
		rmw_owner[buffers[t].place[i]] = 0;                                                \
		at = i;                                                                            \
		do                                                                                 \
		:: at + 1 < buffers[t].nr ->                                                       \
			buffers[t].place[at] = buffers[t].place[at + 1];                           \
			buffers[t].number[at] = buffers[t].number[at + 1];                         \
			buffers[t].ordered[at] = buffers[t].ordered[at + 1];                       \
			at++                                                                       \
		:: else -> break                                                                   \
		od;                                                                                \
		buffers[t].nr--;                                                                   \
		buffers[t].place[at] = 0;                                                          \
		buffers[t].number[at] = 0;                                                         \
		buffers[t].ordered[at] = 0;                                                        \
		at = 0                                                                             \
	}

/* One for each thread: its stores reach memory. */
proctype landings(byte t) {
	byte at;
end:	do
	:: LAND(t, 0)
	:: LAND(t, 1)
	:: LAND(t, 2)
	:: LAND(t, 3)
	:: LAND(t, 4)
	:: LAND(t, 5)
	od
}
