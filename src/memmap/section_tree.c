/* SPDX-License-Identifier: MIT */
/* Searches the tree of present sections: up while a word is empty, then down again. */
#include "memmap/section_tree.h"

#include "memmap/atomic.h"

#define WORD_BITS 64

/* One word more than the bits need where they fill theirs: a search may begin right behind them. */
static uint64_t words_of_level(uint64_t nr_bits)
{
	return nr_bits / WORD_BITS + 1;
}

uint64_t mmi_section_tree_bytes(uint64_t nr_sections)
{
	uint64_t nr_words = words_of_level(nr_sections), nr_all = nr_words;

	while (nr_words > 1) {
		nr_words = words_of_level(nr_words);
		nr_all += nr_words;
	}
	return nr_all * sizeof(uint64_t);
}

void mmi_section_tree_init(struct mmi_section_tree *tree, uint64_t *words, uint64_t nr_sections)
{
	uint64_t nr_bits = nr_sections;

	tree->nr_levels = 0;
	do {
		tree->levels[tree->nr_levels++] = words;
		nr_bits = words_of_level(nr_bits);
		words += nr_bits;
	} while (nr_bits > 1);
}

static uint64_t bit_of(uint64_t number)
{
	return 1ull << number % WORD_BITS;
}

/* From below: a bit that leads somewhere is never missing, once the section is asked for. */
void mmi_section_tree_set(struct mmi_section_tree *tree, uint64_t number)
{
	for (unsigned level = 0; level < tree->nr_levels; level++) {
		if (mmi_atomic_or64(&tree->levels[level][number / WORD_BITS], bit_of(number)))
			return;
		number /= WORD_BITS;
	}
}

void mmi_section_tree_clear(struct mmi_section_tree *tree, uint64_t number)
{
	for (unsigned level = 0; level < tree->nr_levels; level++) {
		uint64_t *word = &tree->levels[level][number / WORD_BITS];
		if (mmi_atomic_and64(word, ~bit_of(number)) & ~bit_of(number))
			return;
		number /= WORD_BITS;
	}
}

uint64_t mmi_section_tree_next(const struct mmi_section_tree *tree, uint64_t number)
{
	unsigned level = 0;

	while (level < tree->nr_levels) {
		const uint64_t *word = &tree->levels[level][number / WORD_BITS];
		const uint64_t bits = mmi_atomic_glance64(word) & ~(bit_of(number) - 1);
		if (!bits) {
			number = number / WORD_BITS + 1;
			level++;
			continue;
		}
		number = number / WORD_BITS * WORD_BITS + (uint64_t)__builtin_ctzll(bits);
		if (!level--)
			return number;
		number *= WORD_BITS;
	}
	return MMI_NO_SECTION;
}

uint64_t mmi_section_tree_prev(const struct mmi_section_tree *tree, uint64_t number)
{
	unsigned level = 0;

	for (;;) {
		const uint64_t *word = &tree->levels[level][number / WORD_BITS];
		const uint64_t bits = mmi_atomic_glance64(word) & (2 * bit_of(number) - 1);
		if (!bits && number < WORD_BITS) /* as all are on the highest level */
			return MMI_NO_SECTION;
		if (!bits) {
			number = number / WORD_BITS - 1;
			level++;
			continue;
		}
		number = number / WORD_BITS * WORD_BITS +
			 (WORD_BITS - 1 - (uint64_t)__builtin_clzll(bits));
		if (!level--)
			return number;
		number = number * WORD_BITS + WORD_BITS - 1;
	}
}
