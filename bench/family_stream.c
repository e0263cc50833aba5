/* SPDX-License-Identifier: MIT */
/* What memory does for plain streams of words: filled, filled past the caches, copied. */
#include "families.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const struct mmi_platform *platform;

enum stream_kind { STREAM_FILL, STREAM_FILL_PAST_CACHES, STREAM_COPY };

static const char *const kind_names[] = {"fill", "fill past the caches", "copy"};

struct stream {
	enum stream_kind kind;
	uint64_t *to;
	uint64_t *from; /* the same as @to where nothing is copied */
	size_t nr_words;
	unsigned nr_threads;
	uint64_t value; /* of each word; not zero, which some CPUs need not send */
};

/* Stores that leave no line in a cache; elsewhere than on x86 the compiler has none. */
static void fill_past_caches(uint64_t *word, const uint64_t *end, uint64_t value)
{
#ifdef __SSE2__
	const __m128i two = _mm_set1_epi64x((long long)value);

	for (; word < end; word += 2)
		_mm_stream_si128((__m128i *)word, two);
	_mm_sfence();
#else
	while (word < end)
		*word++ = value;
#endif
}

static void work(void *arg, unsigned thread)
{
	const struct stream *stream = arg;
	const size_t share = stream->nr_words / stream->nr_threads;
	uint64_t *word = stream->to + thread * share, *const end = word + share;
	const uint64_t *from = stream->from + thread * share;

	switch (stream->kind) {
	case STREAM_FILL:
		while (word < end)
			*word++ = stream->value;
		return;
	case STREAM_FILL_PAST_CACHES:
		fill_past_caches(word, end, stream->value);
		return;
	case STREAM_COPY:
		while (word < end)
			*word++ = *from++ + 1; /* no call of memcpy */
		return;
	}
}

static const char *judge(const struct stream *stream)
{
	const uint64_t expected = stream->kind == STREAM_COPY ? 1 : stream->value;

	for (size_t i = 0; i < stream->nr_words; i++)
		if (stream->to[i] != expected)
			return "a word is not what was written";
	return NULL;
}

static void run_stream(struct bench_state *state, struct stream *stream, size_t size_bytes)
{
	static const int nids[2] = {-1, -1};
	unsigned nr_started = stream->nr_threads;

	while (bench_next(state)) {
		stream->value++;
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		nr_started =
		    platform->ops->run_team(platform->ctx, stream->nr_threads, nids, work, stream);
		bench_set_time_ns(state, platform->ops->clock_ns(platform->ctx) - start_ns);
	}
	bench_verified(state, nr_started < stream->nr_threads ? "fewer threads than asked for"
							      : judge(stream));
	bench_set_work(state, 0, size_bytes * (stream->kind == STREAM_COPY ? 2 : 1));
	bench_set_label(state, kind_names[stream->kind]);
}

static void run(struct bench_state *state)
{
	const size_t size_bytes = (size_t)bench_arg(state, 0) << 20;
	struct stream stream = {
	    .kind = (enum stream_kind)bench_arg(state, 2),
	    .nr_words = size_bytes / sizeof(uint64_t),
	    .nr_threads = (unsigned)bench_arg(state, 1),
	};

	if (!bench_memory_allows(2 * size_bytes)) {
		bench_skip(state, "not enough memory available");
		return;
	}
	const struct mmi_backing backing = {.nid = -1, .huge_pages = true, .populate = true};
	const size_t all_bytes = 2 * size_bytes;
	uint64_t *words = platform->ops->reserve(platform->ctx, all_bytes, 2 << 20);
	if (!words || platform->ops->commit(platform->ctx, words, all_bytes, &backing)) {
		bench_verified(state, "no memory");
	} else {
		stream.to = words;
		stream.from = stream.kind == STREAM_COPY ? words + stream.nr_words : words;
		run_stream(state, &stream, size_bytes);
	}
	if (words)
		platform->ops->release(platform->ctx, words, all_bytes);
}

static const struct bench_family family = {
    "baseline/stream",
    run,
    {{"MiB", {512}, 1},
     {"threads", {1, 2}, 2},
     {"kind", {STREAM_FILL, STREAM_FILL_PAST_CACHES, STREAM_COPY}, 3}},
    3,
    3,
    BENCH_REPETITIONS};

void bench_register_stream(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&family);
}
