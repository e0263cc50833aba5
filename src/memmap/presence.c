/* SPDX-License-Identifier: MIT */
/* Marks subsections, by the word, and the sections that come and go with them; finds these. */
#include "memmap/presence.h"

#include "machine/minmax.h"
#include "memmap/atomic.h"
#include "memmap/section_tree.h"

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
	const uint64_t end = mmi_smaller(section_end, end_pfn);

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
	const uint64_t first = mmi_larger(piece->first, low);
	const uint64_t nr = mmi_excess(mmi_smaller(piece->end, high), first);

	return (nr == 64 ? ~0ull : (1ull << nr) - 1) << first % 64;
}

void mmi_presence_add(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, int nid)
{
	struct piece piece;

	while (next_piece(map, &start_pfn, end_pfn, &piece)) {
		struct mmi_section *section = piece.section;
		if (section->state == MMI_SECTION_ABSENT) {
			section->nid = nid;
			section->standing = 0;
			mmi_atomic_publish32(&section->state, MMI_SECTION_PRESENT);
			mmi_section_tree_set(&map->present, (uint64_t)(section - map->sections));
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
		mmi_section_tree_clear(&map->present, (uint64_t)(section - map->sections));
		map->nr_present_sections--;
	}
}

static uint64_t section_shift(const struct mmi_memmap *map)
{
	return map->geometry.section_shift - map->geometry.page_shift;
}

uint64_t mmi_memmap_next_present(const struct mmi_memmap *map, uint64_t pfn)
{
	if (pfn < map->start_pfn)
		pfn = map->start_pfn;
	if (pfn >= map->end_pfn)
		return map->end_pfn;
	const uint64_t number = (pfn - map->start_pfn) >> section_shift(map);
	const uint64_t found = mmi_section_tree_next(&map->present, number);
	if (found == MMI_NO_SECTION)
		return map->end_pfn;
	return found == number ? pfn : map->start_pfn + (found << section_shift(map));
}

uint64_t mmi_memmap_prev_present(const struct mmi_memmap *map, uint64_t pfn)
{
	if (pfn > map->end_pfn)
		pfn = map->end_pfn;
	if (pfn <= map->start_pfn)
		return map->start_pfn;
	const uint64_t number = (pfn - 1 - map->start_pfn) >> section_shift(map);
	const uint64_t found = mmi_section_tree_prev(&map->present, number);
	if (found == MMI_NO_SECTION)
		return map->start_pfn;
	return found == number ? pfn : map->start_pfn + ((found + 1) << section_shift(map));
}
