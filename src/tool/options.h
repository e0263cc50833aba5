/* SPDX-License-Identifier: MIT */
/* The command line: every option of every subcommand, described once. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "mminit/mminit.h"
#include "mminit/platform_native.h"

/* Options that not every subcommand takes. */
enum {
	MMI_OPTION_LINUX = 1 << 0,
	MMI_OPTION_CHUNK = 1 << 1,
	MMI_OPTION_THREADS = 1 << 2,
	MMI_OPTION_BATCH = 1 << 3,
	MMI_OPTION_MEMMAP = 1 << 4, /* how the memmap is backed */
	MMI_OPTION_FAULT = 1 << 5,
	MMI_OPTION_AS = 1 << 6,
	MMI_OPTION_LIST_FAULTS = 1 << 7,
	MMI_OPTION_ANONYMIZE = 1 << 8,
	MMI_OPTION_STRESS = 1 << 9,
	MMI_OPTION_TUNE = 1 << 10,
	MMI_OPTION_PREDICT = 1 << 11,
	MMI_OPTION_TRACE = 1 << 12,
	MMI_OPTION_REPEAT = 1 << 13,
	MMI_OPTION_OUTPUT = 1 << 14,
	MMI_OPTION_RESULTS = 1 << 15, /* files of results in place of a machine */
	MMI_OPTION_CSV = 1 << 16,
	MMI_OPTION_COMPARE = 1 << 17,
	MMI_OPTION_AUDIT = 1 << 18,
	MMI_OPTION_STRATEGY = 1 << 19,
	MMI_OPTION_TEAM = 1 << 20,    /* which threads work */
	MMI_OPTION_BIND = 1 << 21,    /* where threads and memory go */
	MMI_OPTION_BINDING = 1 << 22, /* showing it */
	MMI_OPTION_TOPOLOGY = 1 << 23,
	MMI_OPTION_SCHEDULES = 1 << 24,
	MMI_OPTION_EVERYWHERE = 1 << 25,
	MMI_OPTION_BANDWIDTH = 1 << 26,
};

#define MMI_TOOL_MAX_THREADS 4096 /* of a node */
#define MMI_TOOL_MAX_REPEATS 1000

struct mmi_options {
	char **argv;         /* all words of the command line, [0] the program */
	const char *machine; /* a file, "-", a shape; NULL: this machine */
	const char *command; /* "run" */
	char **operands;     /* all words that are no options */
	unsigned nr_operands;
	bool help;
	bool json;
	bool quiet;
	bool verbose;
	struct mmi_input_options input;
	const char *topology;                 /* stands in `machine` too; NULL: not given */
	const char *linux_version;            /* as given; NULL: the machine's own */
	const char *chunk;                    /* a size, "linux", "auto"; NULL: not given */
	unsigned nr_threads;                  /* of a node; 0: not given */
	const char *threads_name;             /* as given; NULL: not given */
	unsigned node_threads[MMI_MAX_NODES]; /* by nid; 0: not given for this one */
	bool smt_off;                         /* one thread a core */
	const char *bind_name;                /* NULL: not given */
	enum mmi_native_bind bind;
	const char *map_name;        /* NULL: not given */
	int node_map[MMI_MAX_NODES]; /* by nid: the host's node, and 1; 0: not given for this one */
	bool show_binding;
	bool bandwidth; /* measured beside the run */
	bool steal;     /* from whatever node */
	bool no_steal;
	const char *batch_name; /* NULL: not given */
	enum mmi_batch batch;
	struct mmi_memmap_options memmap;
	const char *mem_name; /* NULL: not given */
	const char *fault;    /* NAME[:PARAM]; NULL: none */
	bool list_faults;
	bool has_seed;
	uint64_t seed;
	const char *as;        /* NULL: not given */
	const char *distances; /* a file; NULL: not given */
	bool anonymize;
	bool csv;
	const struct mmi_deferred_ops *strategy; /* NULL: not given */
	bool has_limit;
	uint64_t limit;
	unsigned nr_rounds; /* 0: not given */
	struct mmi_predict_params predict;
	struct mmi_stress_params stress; /* as far as given; the rest 0 */
	const char *allow;               /* names; NULL: not given */
	bool has_fail_above;
	double fail_above;   /* a share: 0.05 is 5% */
	const char *output;  /* a file, or "-"; NULL: not given */
	const char *trace;   /* a file, or "-"; NULL: not given */
	unsigned nr_repeats; /* 0: not given */
	const char *hotplug; /* a file, "-" or "random"; NULL: not given */
	bool has_init;
	enum mmi_search search;
	bool has_schedules; /* --schedules: so many, and no limit of time */
	uint64_t nr_schedules;
	bool has_preemptions;
	unsigned nr_preemptions;
	const char *schedule;      /* a file; NULL: not given */
	const char *save_schedule; /* the same */
	bool has_orders;
	bool has_nid;
};

/*
 * Reads the words after the subcommand @command, which takes @allowed.  argv[0] is the
 * subcommand's name.  0, or -EINVAL after a message that names the offending word.
 */
int mmi_options_parse(struct mmi_options *options, const char *command, unsigned allowed, int argc,
		      char **argv);

/* One option, for who prints about it. */
struct mmi_option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: takes none */
	const char *expected; /* what its word is said to be when it is none; NULL: not known */
	const char *help;
};

/* The @index-th of the options that @allowed are.  False: there are no more. */
bool mmi_options_row(size_t index, unsigned allowed, struct mmi_option_row *row);

/* Prints what @allowed are and do. */
void mmi_options_print_help(FILE *out, unsigned allowed);

#endif
