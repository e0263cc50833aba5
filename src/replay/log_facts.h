/* SPDX-License-Identifier: MIT */
/*
 * What a boot log says beside the machine that it describes: figures that Linux states, and events
 * that change memory after the hand-over.
 *
 *   statement  a figure of a message or of a dump, under the name of figure_names.h
 *   event      something that happened, in the order of the log
 *   step       a set of dumps, taken at one moment
 *
 * Nothing of a dump has any influence but as a statement.
 */
#ifndef REPLAY_LOG_FACTS_H
#define REPLAY_LOG_FACTS_H

#include "input/scan.h"
#include "mminit/error.h"
#include "mminit/hotplug.h"
#include "replay/figure_names.h"
#include "replay/named_values.h"

enum mmi_log_event_kind {
	MMI_LOG_FREEING,      /* "Freeing ... memory: NK" */
	MMI_LOG_FREED_RANGE,  /* memblock_free_late: a range that the log places */
	MMI_LOG_MEMORY_LINE,  /* "Memory: X/Y available" */
	MMI_LOG_DEFERRED_END, /* the deferred pages of a node are initialised */
	MMI_LOG_POSTCORE,     /* something that comes after watermarks were first computed */
	MMI_LOG_SUBSYS, /* something that comes after huge pages were set up and DIMMs added */
	MMI_LOG_ACT,    /* a memory block's state was written */
	MMI_LOG_STEP,   /* dumps follow */
};

struct mmi_log_event {
	enum mmi_log_event_kind kind;
	uint32_t line;
	uint64_t kib;               /* FREEING */
	bool is_initrd;             /* FREEING */
	bool is_late;               /* FREEING: the kernel image's own, at the end of the boot */
	struct mmi_byte_span range; /* FREED_RANGE */
	enum mmi_online_type type;  /* ACT */
	uint64_t block;             /* ACT: number of the memory block */
	bool ok;                    /* ACT: it succeeded */
	size_t step;                /* STEP: into steps */
};

enum mmi_frame_state { MMI_FRAME_PAGE, MMI_FRAME_RESERVED, MMI_FRAME_NONE };

/* One line of a page-frames dump. */
struct mmi_frame_run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	enum mmi_frame_state state;
	uint32_t line;
};

struct mmi_log_step {
	char label[MMI_LABEL_BYTES];
	struct mmi_frame_run *runs; /* in the order of the log */
	size_t nr_runs;
	size_t runs_capacity;
};

#define MMI_MAX_LOG_DIMMS 256 /* slots that the emulator has at most */

/* A DIMM of the emulator's command line. */
struct mmi_log_dimm {
	uint64_t size_bytes;
	uint64_t address; /* where has_address */
	bool has_address;
	uint64_t pxm; /* the firmware's number of its node */
};

/* The kernel numbers nodes by the order in which the firmware's tables name them. */
struct mmi_log_pxm {
	uint64_t pxm;
	int nid;
};

/* The CPUs that a node's cpulist file names; with numa=fake a CPU stands on several nodes. */
struct mmi_log_node_cpus {
	int nid;
	unsigned nr_cpus;
};

struct mmi_byte_spans {
	struct mmi_byte_span *items;
	size_t nr;
	size_t capacity;
};

struct mmi_log_facts {
	struct mmi_named_values statements;
	struct mmi_log_event *events;
	size_t nr_events;
	size_t events_capacity;
	struct mmi_log_step *steps;
	size_t nr_steps;
	size_t steps_capacity;
	struct mmi_log_dimm *dimms;
	size_t nr_dimms;
	size_t dimms_capacity;
	struct mmi_log_pxm *pxms;
	size_t nr_pxms;
	size_t pxms_capacity;
	struct mmi_log_node_cpus *node_cpus;
	size_t nr_node_cpus;
	size_t node_cpus_capacity;
	struct mmi_byte_spans cma;
	struct mmi_byte_spans first_reserved; /* of the first memblock dump: the image is in it */
	struct mmi_byte_span initrd;          /* empty: the log does not say */
	uint64_t image_bytes;                 /* sum of the kernel's parts in the memory line */
	bool five_level;                      /* page tables of x86-64 */
	bool fakes_nodes;                     /* numa=fake */
	bool huge_pages_never;                /* transparent_hugepage=never */
	bool movable_node;                    /* is on the command line */
	uint64_t memory_limit;                /* mem=, in bytes; 0: none */
	bool has_default_online;              /* memhp_default_state= */
	enum mmi_online_type default_online;
	size_t nr_builds;   /* of zonelists, that it tells of */
	bool says_deferred; /* it goes on past where "deferred pages initialised" would stand */
	bool says_added;    /* it goes on past where zonelists are built for added memory */
};

/*
 * Reads @text.  -EINVAL: empty or binary, as for a machine.  -ENOMEM.  mmi_log_facts_deinit()
 * frees, also after a failure.
 */
int mmi_log_facts_init(struct mmi_log_facts *facts, const char *text, size_t size_bytes,
		       struct mmi_error *err);
void mmi_log_facts_deinit(struct mmi_log_facts *facts);

/* The node that the firmware calls @pxm; -1: the log does not say. */
int mmi_log_pxm_nid(const struct mmi_log_facts *facts, uint64_t pxm);

/* Label of the build of zonelists number @build, 0 at boot. */
void mmi_build_label(char label[MMI_LABEL_BYTES], size_t build);

#endif
