/* SPDX-License-Identifier: MIT */
/* Keeps what allocators initialised, and writes it with the workers' chunks as trace events. */
#include "mminit/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "report/work_events.h"

/* Process ids of the trace: a node's is its nid. */
#define EARLY_PID      (MMI_MAX_NODES + 1)
#define ALLOCATORS_PID (MMI_MAX_NODES + 2)

struct mmi_trace {
	atomic_size_t nr_growths; /* told of; may be more than there is room for */
	size_t max_growths;
	struct mmi_growth_event growths[];
};

/* The document as it is written. */
struct writer {
	FILE *out;
	bool begun;
	uint64_t origin_ns;
};

int mmi_trace_create(size_t max_growths, struct mmi_trace **trace)
{
	if (max_growths > (SIZE_MAX - sizeof(**trace)) / sizeof(struct mmi_growth_event))
		return -ENOMEM;
	*trace = calloc(1, sizeof(**trace) + max_growths * sizeof(struct mmi_growth_event));
	if (!*trace)
		return -ENOMEM;
	(*trace)->max_growths = max_growths;
	return 0;
}

void mmi_trace_destroy(struct mmi_trace *trace)
{
	free(trace);
}

static void keep_growth(void *user, const struct mmi_growth_event *event)
{
	struct mmi_trace *trace = user;
	const size_t i = atomic_fetch_add_explicit(&trace->nr_growths, 1, memory_order_relaxed);

	if (i < trace->max_growths)
		trace->growths[i] = *event;
}

void mmi_trace_watch(struct mmi_trace *trace, struct mmi_run_params *params)
{
	params->record_chunks = true;
	params->on_growth = keep_growth;
	params->growth_user = trace;
}

static void next_event(struct writer *writer)
{
	fputs(writer->begun ? ",\n" : "\n", writer->out);
	writer->begun = true;
}

/* Names process @pid, or its thread @tid where that is not negative. */
static void write_name(struct writer *writer, int pid, int tid, const char *format, int number)
{
	next_event(writer);
	fprintf(writer->out,
		"{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"%s\",\"args\":{\"name\":\"", pid,
		tid < 0 ? 0 : tid, tid < 0 ? "process_name" : "thread_name");
	fprintf(writer->out, format, number);
	fputs("\"}}", writer->out);
}

/* Microseconds, which is what the format counts in, with all of the nanoseconds. */
static void write_us(FILE *out, const char *key, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, (unsigned)(ns % 1000));
}

/* Begins a complete event, up to its arguments. */
static void begin_event(struct writer *writer, const char *name, int pid, unsigned tid,
			uint64_t start_ns, uint64_t end_ns)
{
	next_event(writer);
	fprintf(writer->out, "{\"ph\":\"X\",\"cat\":\"init\",\"name\":\"%s\",\"pid\":%d,\"tid\":%u",
		name, pid, tid);
	write_us(writer->out, "ts", start_ns - writer->origin_ns);
	write_us(writer->out, "dur", end_ns - start_ns);
	fputs(",\"args\":{", writer->out);
}

static void end_event(struct writer *writer, const char *kind, uint64_t start_pfn, uint64_t end_pfn)
{
	fprintf(writer->out, "\"kind\":\"%s\",\"start_pfn\":%" PRIu64 ",\"end_pfn\":%" PRIu64 "}}",
		kind, start_pfn, end_pfn);
}

static void write_early(struct writer *writer, const struct mmi_deferred_run *run)
{
	const struct mmi_plan *plan = run->plan;

	if (!run->early.start_ns)
		return;
	write_name(writer, EARLY_PID, -1, "early, all nodes", 0);
	write_name(writer, EARLY_PID, 0, "caller", 0);
	begin_event(writer, "early", EARLY_PID, 0, run->early.start_ns, run->early.end_ns);
	fprintf(writer->out, "\"ranges\":%zu,", plan->nr_early);
	end_event(writer, "early", plan->early[0].start_pfn,
		  plan->early[plan->nr_early - 1].end_pfn);
}

static void write_workers(struct writer *writer, const struct mmi_deferred_run *run)
{
	for (size_t i = 0; i < run->plan->nr_groups; i++)
		write_name(writer, run->plan->groups[i].nid, -1, "node %d",
			   run->plan->groups[i].nid);
	for (unsigned i = 0; i < run->nr_workers; i++)
		write_name(writer, run->workers[i].nid, (int)i, "worker %d", (int)i);
}

static void write_chunks(struct writer *writer, const struct mmi_deferred_run *run)
{
	for (uint64_t i = 0; i < run->nr_records; i++) {
		const struct mmi_chunk_record *record = &run->records[i];
		char name[32];
		snprintf(name, sizeof(name), "0x%" PRIx64, record->start_pfn);
		begin_event(writer, name, run->workers[record->thread].nid, record->thread,
			    record->start_ns, record->end_ns);
		/* The owner: of a stolen chunk another node than the worker's. */
		fprintf(writer->out, "\"nid\":%d,", record->nid);
		end_event(writer, "chunk", record->start_pfn, record->end_pfn);
	}
}

static size_t nr_kept(const struct mmi_trace *trace)
{
	const size_t nr = atomic_load_explicit(&trace->nr_growths, memory_order_relaxed);

	return nr < trace->max_growths ? nr : trace->max_growths;
}

static bool is_named_before(const struct mmi_trace *trace, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (trace->growths[j].thread == trace->growths[i].thread)
			return true;
	return false;
}

static void write_growths(struct writer *writer, const struct mmi_trace *trace)
{
	const size_t nr = nr_kept(trace);

	if (nr)
		write_name(writer, ALLOCATORS_PID, -1, "allocators", 0);
	for (size_t i = 0; i < nr; i++) {
		const struct mmi_growth_event *event = &trace->growths[i];
		if (!is_named_before(trace, i))
			write_name(writer, ALLOCATORS_PID, (int)event->thread, "thread %d",
				   (int)event->thread);
		begin_event(writer, event->waited ? "stall" : "grow", ALLOCATORS_PID, event->thread,
			    event->start_ns, event->end_ns);
		fprintf(writer->out, "\"nid\":%d,", event->nid);
		end_event(writer, event->waited ? "stall" : "grow", event->start_pfn,
			  event->end_pfn);
	}
}

/* An allocator may have grown before any worker began. */
static uint64_t origin_of(const struct mmi_trace *trace, const struct mmi_deferred_run *run)
{
	uint64_t origin_ns = mmi_run_origin_ns(run);

	for (size_t i = 0; i < nr_kept(trace); i++)
		if (!origin_ns || trace->growths[i].start_ns < origin_ns)
			origin_ns = trace->growths[i].start_ns;
	return origin_ns;
}

void mmi_trace_write(FILE *out, const struct mmi_trace *trace, const struct mmi_system *system)
{
	const struct mmi_deferred_run *run = &system->run;
	struct writer writer = {.out = out, .origin_ns = origin_of(trace, run)};
	const size_t nr_told = atomic_load_explicit(&trace->nr_growths, memory_order_relaxed);

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
	write_early(&writer, run);
	write_workers(&writer, run);
	write_chunks(&writer, run);
	write_growths(&writer, trace);
	fprintf(out, "\n],\"otherData\":{\"chunks\":%" PRIu64 ",\"growths_not_kept\":%zu}}\n",
		run->nr_records, nr_told - nr_kept(trace));
}
