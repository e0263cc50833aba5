/* SPDX-License-Identifier: MIT */
/* Finds where two zones have pageblocks of one word, and so could lose each other's updates. */
#include "verify/meeting.h"

#define WORD_PAGEBLOCKS (64 / MMI_PAGEBLOCK_WORDS) /* of the 64 that a section may have */

unsigned mmi_meeting_shift(const struct mmi_geometry *g)
{
	const uint64_t nr_pages = WORD_PAGEBLOCKS * mmi_pageblock_pages(g);
	const unsigned shift = g->page_shift + (unsigned)__builtin_ctzll(nr_pages);

	return shift < g->section_shift ? shift : g->section_shift;
}

/* Words of a section begin where it does. */
static uint64_t word_pages(const struct mmi_geometry *g)
{
	return 1ull << (mmi_meeting_shift(g) - g->page_shift);
}

static bool is_of(const struct mmi_extent *extent, const struct mmi_meeting_side *side)
{
	return extent->nid == side->nid && extent->zone == side->zone;
}

static struct mmi_meeting_side side_of(const struct mmi_extent *extent)
{
	return (struct mmi_meeting_side){.nid = extent->nid, .zone = extent->zone};
}

/* Can the one zone of the pageblock at @start_pfn change its type?  Then it is *@side. */
static bool find_side(const struct mmi_extents *extents, const struct mmi_geometry *g,
		      uint64_t start_pfn, struct mmi_meeting_side *side)
{
	const uint64_t end_pfn = start_pfn + mmi_pageblock_pages(g);
	const size_t first = mmi_extents_find(extents, start_pfn);
	uint64_t nr_free = 0;

	for (size_t i = first; i < extents->nr && extents->items[i].start_pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (i == first)
			*side = side_of(extent);
		if (!is_of(extent, side))
			return false;
		if (extent->kind == MMI_EXTENT_FREE)
			nr_free += (extent->end_pfn < end_pfn ? extent->end_pfn : end_pfn) -
				   (extent->start_pfn > start_pfn ? extent->start_pfn : start_pfn);
	}
	return nr_free >= mmi_pageblock_pages(g) / 2 && side->zone != MMI_ZONE_MOVABLE;
}

static bool differ(const struct mmi_meeting_side *a, const struct mmi_meeting_side *b)
{
	return a->nid != b->nid || a->zone != b->zone;
}

/* The first two zones that can change types in the word at @start_pfn. */
static bool find_in_word(const struct mmi_extents *extents, const struct mmi_geometry *g,
			 uint64_t start_pfn, struct mmi_meeting *meeting)
{
	unsigned nr_sides = 0;

	meeting->start_pfn = start_pfn;
	meeting->end_pfn = start_pfn + word_pages(g);
	for (uint64_t pfn = start_pfn; nr_sides < 2 && pfn < meeting->end_pfn;
	     pfn += mmi_pageblock_pages(g)) {
		struct mmi_meeting_side *side = &meeting->sides[nr_sides];
		if (find_side(extents, g, pfn, side) &&
		    (!nr_sides || differ(side, &meeting->sides[0])))
			nr_sides++;
	}
	return nr_sides == 2;
}

bool mmi_meeting_find(const struct mmi_extents *extents, const struct mmi_geometry *g, uint64_t pfn,
		      struct mmi_meeting *meeting)
{
	const uint64_t nr_pages = word_pages(g);
	const struct mmi_extent *below = NULL;

	for (size_t i = mmi_extents_find(extents, mmi_align_down(pfn, nr_pages)); i < extents->nr;
	     i++) {
		const struct mmi_extent *extent = &extents->items[i];
		const uint64_t word_pfn = mmi_align_down(extent->start_pfn, nr_pages);
		if (extent->kind != MMI_EXTENT_FREE)
			continue;
		if (below && below->end_pfn > word_pfn && word_pfn + nr_pages > pfn &&
		    (below->nid != extent->nid || below->zone != extent->zone) &&
		    find_in_word(extents, g, word_pfn, meeting))
			return true;
		below = extent;
	}
	return false;
}
