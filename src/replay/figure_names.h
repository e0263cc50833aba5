/* SPDX-License-Identifier: MIT */
/*
 * The names of figures, each written once: what a log states and what we compute meet by them.
 * They are printf formats; their arguments stand beside them.
 */
#ifndef REPLAY_FIGURE_NAMES_H
#define REPLAY_FIGURE_NAMES_H

/* Messages of the boot. */
#define MMI_FIGURE_ZONE_RANGE    "zone range %s"                 /* zone */
#define MMI_FIGURE_MOVABLE_START "movable zone start of node %d" /* nid */
#define MMI_FIGURE_EARLY_RANGE   "early memory range %zu"        /* number */
#define MMI_FIGURE_NODE_SETUP    "memory of node %d"             /* nid */
#define MMI_FIGURE_UNAVAILABLE   "unavailable range %zu"         /* number */
#define MMI_FIGURE_DEFERRED      "deferred pages on node %d"     /* nid */
#define MMI_FIGURE_MEMORY        "memory line, %s"               /* field */
#define MMI_FIGURE_BLOCK_MESSAGE "memory block size by message"

/* Messages of a build of zonelists; the first argument is its label: "boot", "rebuild 1". */
#define MMI_FIGURE_FALLBACK    "%s: fallback order of node %d" /* label, nid */
#define MMI_FIGURE_ZONELISTS   "%s: zonelists built"
#define MMI_FIGURE_MOBILITY    "%s: mobility grouping"
#define MMI_FIGURE_TOTAL       "%s: total pages"
#define MMI_FIGURE_POLICY_ZONE "%s: policy zone"

/* A write to a block's state file. */
#define MMI_FIGURE_WRITE "write %zu: %s to memory block %llu" /* number in the log, word, block */

/* Dumps of a step; the first argument is its label: "boot", "step 1 offline:41-41". */
#define MMI_FIGURE_ZONE       "%s: node %d %s %s"        /* label, nid, zone, field */
#define MMI_FIGURE_CPU        "%s: node %d %s cpu %u %s" /* label, nid, zone, CPU, field */
#define MMI_FIGURE_PAGEBLOCKS "%s: node %d %s pageblocks"
#define MMI_FIGURE_MEM_TOTAL  "%s: MemTotal kB"
#define MMI_FIGURE_MIN_FREE   "%s: min_free_kbytes"
#define MMI_FIGURE_BLOCK_SIZE "%s: memory block bytes"
#define MMI_FIGURE_BLOCK      "%s: memory block %llu"    /* label, number */
#define MMI_FIGURE_FRAMES     "%s: frames 0x%llx-0x%llx" /* label, start, end */
#define MMI_FIGURE_GIVEN_BACK "%s: frames given back in unplaced ranges"

#define MMI_LABEL_BYTES 96

#endif
