/* SPDX-License-Identifier: MIT */
/* Marks subsections, by the word, and the sections that come and go with them. */
#include "memmap/presence.h"

#include "memmap/atomic.h"

/* The part of a range that lies in one section, in subsections of it. */
struct piece {
	struct mmi_section *section;
	uint64_t first;
	uint64_t end;
};

/* Cuts the next piece off [*pfn, end_pfn), which is widened to whole subsections. */
static bool next_piece(const struct mmi_memmap *map, uint64_t *pfn, uint64_t end_pfn,
		       struct piece *piece)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	const uint64_t section_pfn = mmi_align_down(*pfn, section_pages);
	const uint64_t section_end = section_pfn + section_pages;
	const uint64_t end = section_end < end_pfn ? section_end : end_pfn;

	if (*pfn >= end_pfn)
		return false;
	*piece = (struct piece){
	    .section = mmi_pfn_section(map, *pfn),
	    .first = (*pfn - section_pfn) / sub_pages,
	    .end = (mmi_align_up(end, sub_pages) - section_pfn) / sub_pages,
	};
	*pfn = end;
	return true;
}

/* Bits of word number @word of a section's subsections that are in the piece. */
static uint64_t bits_in_word(const struct piece *piece, uint64_t word)
{
	const uint64_t low = word * 64, high = low + 64;
	const uint64_t first = piece->first > low ? piece->first : low;
	const uint64_t end = piece->end < high ? piece->end : high;

	if (first >= end)
		return 0;
	return (end - first == 64 ? ~0ull : (1ull << (end - first)) - 1) << (first - low);
}

void mmi_presence_add(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, int nid)
{
	struct piece piece;

	while (next_piece(map, &start_pfn, end_pfn, &piece)) {
		struct mmi_section *section = piece.section;
		if (section->state == MMI_SECTION_ABSENT) {
			section->nid = nid;
			mmi_atomic_publish32(&section->state, MMI_SECTION_PRESENT);
			map->nr_present_sections++;
		}
		for (unsigned word = 0; word < MMI_SUBSECTION_WORDS; word++) {
			const uint64_t bits = bits_in_word(&piece, word);
			if (bits)
				__atomic_fetch_or(&section->subsections[word], bits,
						  __ATOMIC_RELEASE);
		}
	}
}

void mmi_presence_remove(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	struct piece piece;

	while (next_piece(map, &start_pfn, end_pfn, &piece)) {
		struct mmi_section *section = piece.section;
		uint64_t left = 0;
		for (unsigned word = 0; word < MMI_SUBSECTION_WORDS; word++)
			left |= __atomic_and_fetch(&section->subsections[word],
						   ~bits_in_word(&piece, word), __ATOMIC_RELEASE);
		if (left || section->state == MMI_SECTION_ABSENT)
			continue;
		mmi_atomic_publish32(&section->state, MMI_SECTION_ABSENT);
		map->nr_present_sections--;
	}
}
