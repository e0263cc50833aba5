/* SPDX-License-Identifier: MIT */
/*
 * Present sections as a tree of bits, so that who walks a span of petabytes looks at what is in it.
 *
 * A bit of the lowest level is a section, a bit of each level above a word of the one below.  Only
 * words that lead to present sections are ever written; the others need not be backed.
 */
#ifndef MEMMAP_SECTION_TREE_H
#define MEMMAP_SECTION_TREE_H

#include "mminit/memmap.h"

#define MMI_NO_SECTION UINT64_MAX

/* Bytes of the words of a tree of @nr_sections. */
uint64_t mmi_section_tree_bytes(uint64_t nr_sections);

/* An empty tree of @nr_sections on @words, which are zeroed. */
void mmi_section_tree_init(struct mmi_section_tree *tree, uint64_t *words, uint64_t nr_sections);

/* Section @number is in the tree, or not.  One thread at a time; others may ask meanwhile. */
void mmi_section_tree_set(struct mmi_section_tree *tree, uint64_t number);
void mmi_section_tree_clear(struct mmi_section_tree *tree, uint64_t number);

/* The first section at or above @number, and the last at or below it; MMI_NO_SECTION: none. */
uint64_t mmi_section_tree_next(const struct mmi_section_tree *tree, uint64_t number);
uint64_t mmi_section_tree_prev(const struct mmi_section_tree *tree, uint64_t number);

#endif
