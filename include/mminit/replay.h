/* SPDX-License-Identifier: MIT */
/*
 * Replay: a boot log's figures held against ours.
 *
 * The log's first part describes a machine and what happened to its memory; from that alone every
 * figure is computed.  Messages and dumps of the log state what Linux counted; each statement is
 * one figure, compared by itself.
 *
 *   same        Linux states it and we agree
 *   differs     Linux states something else, or one of the two knows nothing of it
 *   not stated  the log does not say (a dump that is not there); our figure is given all the same
 *   not known   Linux states it, and nothing in a log determines it
 */
#ifndef MMINIT_REPLAY_H
#define MMINIT_REPLAY_H

#include <stdio.h>

#include "mminit/input.h"

MMI_DECLARATIONS_BEGIN

enum mmi_figure_verdict {
	MMI_FIGURE_SAME,
	MMI_FIGURE_DIFFERS,
	MMI_FIGURE_NOT_STATED,
	MMI_FIGURE_NOT_KNOWN,
	MMI_NR_FIGURE_VERDICTS
};

struct mmi_figure {
	const char *name;
	const char *linux_value; /* NULL: not stated */
	const char *our_value;   /* NULL: we have no such figure */
	uint32_t line;           /* of the log, where Linux states it; 0: it does not */
	enum mmi_figure_verdict verdict;
};

/* What cannot be known from a log of some kernel, and why: a closed list for each version. */
struct mmi_unknown_figure {
	const char *what;
	const char *why;
};

struct mmi_replay_options {
	struct mmi_input_options input;
	/* The machine is booted where its memmap takes at most this, else its pages are counted. */
	uint64_t memmap_limit_bytes;
};

struct mmi_replay {
	struct mmi_figure *figures; /* ours in the order of the boot, then what only Linux states */
	size_t nr_figures;
	size_t nr_by_verdict[MMI_NR_FIGURE_VERDICTS];
	const struct mmi_unknown_figure *unknown;
	size_t nr_unknown;
	bool booted; /* the engine booted the machine; else what it would have done was counted */
	struct mmi_machine *machine; /* that the log describes; its Linux version's rules apply */
	struct mmi_input_info info;  /* where the machine was read from */
};

/*
 * Replays the boot log @text; @platform is where the machine is booted.  Errors as of
 * mmi_input_boot_log().  mmi_replay_destroy() frees *@replay; NULL is allowed there.  Any thread.
 */
int mmi_replay_text(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		    const struct mmi_replay_options *options, struct mmi_replay **replay,
		    struct mmi_error *err);
void mmi_replay_destroy(struct mmi_replay *replay);

/* No figure differs. */
bool mmi_replay_is_good(const struct mmi_replay *replay);

/* The closed list for a version; *@nr entries. */
const struct mmi_unknown_figure *mmi_unknown_figures(enum mmi_linux_version version, size_t *nr);

/* "same", "DIFFERS", "not stated", "not known" */
const char *mmi_figure_verdict_name(enum mmi_figure_verdict verdict);

/* How a replay is printed. */
struct mmi_replay_style {
	const char *name;    /* of the log */
	bool only_different; /* no figure but those that differ, and nothing else */
};

/*
 * One line a figure: line of the log, name, Linux's, ours, verdict; then the counts, and what
 * cannot be known.  Errors of @out are the caller's to look for.
 */
void mmi_replay_print(FILE *out, const struct mmi_replay *replay,
		      const struct mmi_replay_style *style);

/* Every figure as a row with commas, a row of names first. */
void mmi_replay_print_csv(FILE *out, const struct mmi_replay *replay);

/* The same as one JSON document, "mminit-replay/1".  -ENOMEM; then nothing is printed. */
int mmi_replay_print_json(FILE *out, const struct mmi_replay *replay,
			  const struct mmi_replay_style *style);

MMI_DECLARATIONS_END

#endif
