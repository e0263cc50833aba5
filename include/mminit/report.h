/* SPDX-License-Identifier: MIT */
/*
 * Reports: what was planned, done and found, as text for people, as JSON for programs, and in
 * the kernel's own layouts.
 *
 * Every function writes to a stdio stream and leaves it to the caller to flush it and to look for
 * errors of the stream.  Nothing is changed and nothing kept.  The JSON documents name their
 * schema and its version in "schema"; docs/json.md describes them.
 */
#ifndef MMINIT_REPORT_H
#define MMINIT_REPORT_H

#include <stdio.h>

#include "mminit/audit.h"
#include "mminit/input.h"
#include "mminit/explore.h"
#include "mminit/stress.h"
#include "mminit/verify.h"

MMI_DECLARATIONS_BEGIN

/* How text is to look. */
struct mmi_report_style {
	bool colour;
	bool verbose; /* every chunk, every worker, every invariant */
};

/* A machine and where its description came from. */
struct mmi_report_source {
	const char *name; /* "boot.log", "2n:64G", "this machine" */
	const struct mmi_input_info *info;
	const struct mmi_machine *machine;
};

/* What a result depends on beside the machine; two that differ in it are not to be compared. */
struct mmi_report_context {
	const char *version; /* of mminit */
	char cpu_model[96];  /* of this host; empty: not known */
	char kernel[200];    /* of this host */
	unsigned nr_cpus;    /* that this process may use */
};

/* One of several boots of the same machine. */
struct mmi_report_sample {
	uint64_t early_ns;
	uint64_t deferred_ns;
};

/* What will be done, without a memmap. */
struct mmi_report_plan {
	struct mmi_report_source source;
	const struct mmi_layout *layout;
	const struct mmi_plan *plan;
	uint64_t memmap_bytes; /* mmi_memmap_bytes() */
	uint64_t needed_bytes; /* of memory, all in all */
};

/* Where a worker ran. */
struct mmi_report_worker_place {
	int host_nid; /* host's node; -1: none */
	int cpu;      /* that it began on; -1: not known */
	bool bound;
	char cpus[128];   /* it was bound to, as a list, read back */
	char ran_on[128]; /* CPUs it was seen on, as a list */
};

/* Pages of the host, of one size, that hold a node's struct pages and lie on one host node. */
struct mmi_report_memmap_place {
	int nid;
	int host_nid;
	uint64_t nr_pages;
};

/* What was asked for, and what came of it. */
struct mmi_report_placement {
	const char *bind;     /* as on the command line: "auto" */
	const char *mem;      /* "local" */
	const char *warning;  /* what is not as asked for; NULL: nothing */
	const int *host_nids; /* where the machine's nodes stand, in their order; -1: nowhere */
	const struct mmi_report_worker_place *workers; /* of system->run.workers */
	/* Sorted by nid, host_nid; NULL: not looked at. */
	const struct mmi_report_memmap_place *memmap;
	size_t nr_memmap;
	bool shown; /* all of it, not only of each node's first worker */
};

/* What was done. */
/* How fast the host writes struct pages that are backed, with nothing else to do; ns a page. */
struct mmi_report_bandwidth {
	double memset_ns; /* libc's memset */
	double loop_ns;   /* our page store alone */
	unsigned nr_threads;
	uint64_t memmap_bytes; /* of the struct pages that were written */
};

struct mmi_report_run {
	struct mmi_report_source source;
	const struct mmi_report_context *context;
	const struct mmi_report_sample *samples; /* of each boot; @system is the last of them */
	size_t nr_samples;
	const struct mmi_system *system; /* booted */
	const struct mmi_verdict *verdict;
	const struct mmi_report_placement *placement;
	const char *threads_state; /* bound or not, in words */
	const char *memory_state;  /* placed or not, in words */
	uint64_t peak_bytes;       /* of the process; 0: not known */
	uint64_t huge_bytes;       /* of the memmap in huge pages; UINT64_MAX: not known */
	const char *fault;         /* injected, or NULL */
	const char *reproduce;     /* command that does the same again */
	const char *checked_hint;  /* command that judges what this core cannot */
	const struct mmi_report_bandwidth *bandwidth; /* NULL: was not measured */
};

/* What was explored under a controlled scheduler. */
struct mmi_report_explored {
	const struct mmi_explore_params *params;
	const struct mmi_explore_result *result;
	uint64_t nr_present_pages; /* of the part of the machine that was run */
	uint64_t elapsed_ns;
	const char *fault;  /* injected, or NULL */
	const char *script; /* of what is broken; NULL: nothing is, or it is one that was given */
	bool is_replayed;
};

/* What `verify` did: many runs over one machine. */
struct mmi_report_verify {
	struct mmi_report_source source;
	const struct mmi_report_explored *explored; /* NULL: nothing was */
	uint64_t nr_runs;
	uint64_t nr_chunks;
	uint64_t nr_pages;
	uint64_t nr_checks[MMI_NR_INVARIANTS + 1]; /* by invariant; 0: never judged */
	uint64_t seed;
	uint64_t elapsed_ns;
	const char *schedules; /* which, in words */
	const char *fault;     /* injected, or NULL */
	uint64_t nr_faults;    /* runs in which it found a place to strike */
	/*
	 * The last run's verdict, the broken one where one was found; NULL: nothing but explored.
	 */
	const struct mmi_verdict *verdict;
	const struct mmi_plan *plan;
	const char *reproduce;
};

/* What `stress` did. */
struct mmi_report_stress {
	struct mmi_report_source source;
	const struct mmi_stress_params *params;
	const struct mmi_stress_result *result;
	const char *broken; /* what was found to be wrong; NULL: all is well */
};

/* Text for people. */
void mmi_report_audit_text(FILE *out, const struct mmi_report_source *source,
			   const struct mmi_audit *audit, const struct mmi_report_style *style);
/* A line on what came of a step with a block, in sysfs's words.  One thread. */
void mmi_report_step_text(FILE *out, const struct mmi_stress_step *step);
void mmi_report_stress_text(FILE *out, const struct mmi_report_stress *report,
			    const struct mmi_report_style *style);
void mmi_report_plan_text(FILE *out, const struct mmi_report_plan *report,
			  const struct mmi_report_style *style);
void mmi_report_run_text(FILE *out, const struct mmi_report_run *report,
			 const struct mmi_report_style *style);
void mmi_report_verify_text(FILE *out, const struct mmi_report_verify *report,
			    const struct mmi_report_style *style);
/* The part on schedules; @only_broken: nothing where none is broken. */
void mmi_report_explored_text(FILE *out, const struct mmi_report_explored *report,
			      const struct mmi_report_source *source,
			      const struct mmi_report_style *style, bool only_broken);
/* Only what is broken of @verdict, where, and how to see it again; nothing when it is good. */
void mmi_report_broken_text(FILE *out, const struct mmi_verdict *verdict,
			    const struct mmi_plan *plan, const char *reproduce,
			    const struct mmi_report_style *style);

/* Rows with commas, a row of names first: the nodes of a run; every chunk of a plan. */
void mmi_report_run_csv(FILE *out, const struct mmi_report_run *report);
void mmi_report_plan_csv(FILE *out, const struct mmi_report_plan *report);

/* One JSON document and a newline.  Return 0 or -ENOMEM, having written nothing. */
int mmi_report_machine_json(FILE *out, const struct mmi_report_source *source,
			    const struct mmi_layout *layout);
int mmi_report_plan_json(FILE *out, const struct mmi_report_plan *report, bool all_chunks);
int mmi_report_run_json(FILE *out, const struct mmi_report_run *report, bool details);
int mmi_report_verify_json(FILE *out, const struct mmi_report_verify *report);
int mmi_report_stress_json(FILE *out, const struct mmi_report_stress *report);
int mmi_report_audit_json(FILE *out, const struct mmi_report_source *source,
			  const struct mmi_audit *audit);

/* The places of an audit, one a line, below a line of names. */
void mmi_report_audit_csv(FILE *out, const struct mmi_audit *audit);

/* The kernel's own layouts, of a booted and quiet machine.  0, or -ENOMEM. */
int mmi_report_zoneinfo(FILE *out, const struct mmi_mem *mem);
int mmi_report_buddyinfo(FILE *out, const struct mmi_mem *mem);
int mmi_report_pagetypeinfo(FILE *out, const struct mmi_mem *mem);
int mmi_report_zonelists(FILE *out, const struct mmi_mem *mem);

/*
 * The machine as a file that every command reads; mminit-machine(5).  @anonymous: nothing is said
 * of where it was read.  Errors of @out are the caller's to look for.
 */
void mmi_report_machine_file(FILE *out, const struct mmi_report_source *source, bool anonymous);

/*
 * Options of qemu-system-* that make a machine of these nodes, sizes, CPUs and distances, one
 * line.  The emulator puts memory where its board has it: holes and reservations are not kept.
 * -ENOTSUP, having written nothing: it cannot make this one, and @err says why.
 */
int mmi_report_qemu(FILE *out, const struct mmi_machine *machine, struct mmi_error *err);

#define MMI_REPORT_UNIT_BYTES 32
/* "1.5 GiB", "64 KiB": the largest unit that keeps it above 1, at most one decimal.  @buffer. */
const char *mmi_report_size(char buffer[MMI_REPORT_UNIT_BYTES], uint64_t size_bytes);
/* "1.25 s", "3.10 ms", "870 us".  @buffer. */
const char *mmi_report_time(char buffer[MMI_REPORT_UNIT_BYTES], uint64_t elapsed_ns);

MMI_DECLARATIONS_END

#endif
