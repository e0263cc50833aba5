/* SPDX-License-Identifier: MIT */
/*
 * Miniatures: the sections of a machine at which something can go wrong, and a few others.
 *
 * A section in which memory or a node begins or ends is worth more than one that is memory
 * throughout, and the third of those shows what the first two did.  Worth most is one where two
 * zones meet: some things can only go wrong there.
 */
#include <errno.h>
#include <stdlib.h>

#include "mminit/explore.h"
#include "verify/meeting.h"

/* Sections of the span of a machine: tables of them are walked, also where nothing is present. */
#define MAX_SPANNED_SECTIONS 65536

struct miniature {
	const struct mmi_machine *machine;
	struct mmi_extents extents; /* of the machine */
	struct mmi_geometry geometry;
	uint64_t nr_left; /* sections that may still be kept */
	uint64_t *kept;   /* their first PFNs */
	size_t nr_kept;
	struct mmi_spec_range *memory;
	size_t nr_memory;
	struct mmi_spec_range *reserved;
	size_t nr_reserved;
};

/*
 * A section behind all others in which memory may come.  That a machine has windows elsewhere says
 * nothing here: the tables of what lies between would be walked in each schedule.
 */
static bool make_window(const struct miniature *m, struct mmi_spec_range *window)
{
	const struct mmi_geometry *g = &m->geometry;
	const uint64_t section_bytes = 1ull << g->section_shift;
	const uint64_t start = (m->kept[m->nr_kept - 1] << g->page_shift) + section_bytes;

	*window = (struct mmi_spec_range){
	    .start = start, .end = start + section_bytes, .nid = m->memory[m->nr_memory - 1].nid};
	return window->end <= 1ull << g->max_physmem_bits;
}

/* As small as they can be with two max-order blocks in each, or a word of pageblocks. */
static void shrink_sections(struct miniature *m, bool has_words)
{
	const struct mmi_machine *machine = m->machine;
	struct mmi_geometry *g = &m->geometry;
	const uint64_t span_pages =
	    machine->memory[machine->nr_memory - 1].end_pfn - machine->memory[0].start_pfn;
	unsigned shift = g->page_shift + g->max_page_order + 1;

	if (has_words && shift < mmi_meeting_shift(g))
		shift = mmi_meeting_shift(g);
	if (shift < g->subsection_shift)
		shift = g->subsection_shift;
	while (span_pages >> (shift - g->page_shift) > MAX_SPANNED_SECTIONS)
		shift++;
	if (shift < g->section_shift)
		g->section_shift = shift;
}

static uint64_t section_of(const struct miniature *m, uint64_t pfn)
{
	return mmi_align_down(pfn, mmi_section_pages(&m->geometry));
}

static void keep(struct miniature *m, uint64_t pfn)
{
	const uint64_t section_pfn = section_of(m, pfn);

	for (size_t i = 0; i < m->nr_kept; i++)
		if (m->kept[i] == section_pfn)
			return;
	if (!m->nr_left)
		return;
	m->nr_left--;
	m->kept[m->nr_kept++] = section_pfn;
}

/* @nr sections in which two zones meet, as long as there are any. */
static void keep_meetings(struct miniature *m, uint64_t nr)
{
	struct mmi_meeting meeting = {0};

	for (; nr && m->nr_left &&
	       mmi_meeting_find(&m->extents, &m->geometry, meeting.end_pfn, &meeting);
	     nr--)
		keep(m, meeting.start_pfn);
}

/* One section with memory that is reserved, if there is any. */
static void keep_reserved(struct miniature *m)
{
	for (size_t i = 0; i < m->extents.nr; i++)
		if (m->extents.items[i].kind == MMI_EXTENT_RESERVED) {
			keep(m, m->extents.items[i].start_pfn);
			return;
		}
}

/*
 * What is worth most comes first: a meeting of two zones, of each node one section, the other
 * meetings, then borders, then any.
 */
static void choose_sections(struct miniature *m, bool has_words)
{
	const struct mmi_machine *machine = m->machine;
	const uint64_t section_pages = mmi_section_pages(&m->geometry);

	keep_meetings(m, 1);
	if (has_words)
		keep_reserved(m);
	for (size_t n = 0; n < machine->nr_nodes; n++)
		for (size_t i = 0; i < machine->nr_memory; i++)
			if (machine->memory[i].nid == machine->nodes[n].nid) {
				keep(m, machine->memory[i].end_pfn - 1);
				break;
			}
	keep_meetings(m, UINT64_MAX);
	for (size_t i = 0; i < machine->nr_memory; i++) {
		keep(m, machine->memory[i].start_pfn);
		keep(m, machine->memory[i].end_pfn - 1);
	}
	for (size_t i = 0; i < machine->nr_memory; i++)
		for (uint64_t pfn = section_of(m, machine->memory[i].start_pfn);
		     m->nr_left && pfn < machine->memory[i].end_pfn; pfn += section_pages)
			keep(m, pfn);
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Appends what lies in the kept sections of [start_pfn, end_pfn). */
static void clip(const struct miniature *m, uint64_t start_pfn, uint64_t end_pfn, int nid,
		 uint32_t flags, struct mmi_spec_range *ranges, size_t *nr)
{
	const struct mmi_geometry *g = &m->geometry;

	for (size_t i = 0; i < m->nr_kept; i++) {
		const uint64_t kept_end = m->kept[i] + mmi_section_pages(g);
		const uint64_t start = start_pfn > m->kept[i] ? start_pfn : m->kept[i];
		const uint64_t end = end_pfn < kept_end ? end_pfn : kept_end;
		if (start < end)
			ranges[(*nr)++] = (struct mmi_spec_range){.start = start << g->page_shift,
								  .end = end << g->page_shift,
								  .nid = nid,
								  .flags = flags};
	}
}

static int create(struct miniature *m, struct mmi_machine **miniature, struct mmi_error *err)
{
	const struct mmi_machine *machine = m->machine;

	qsort(m->kept, m->nr_kept, sizeof(*m->kept), compare);
	for (size_t i = 0; i < machine->nr_memory; i++)
		clip(m, machine->memory[i].start_pfn, machine->memory[i].end_pfn,
		     machine->memory[i].nid, machine->memory[i].flags, m->memory, &m->nr_memory);
	for (size_t i = 0; i < machine->nr_reserved; i++)
		clip(m, machine->reserved[i].start_pfn, machine->reserved[i].end_pfn, -1, 0,
		     m->reserved, &m->nr_reserved);
	struct mmi_spec_range window;
	const bool has_window = make_window(m, &window);
	const struct mmi_machine_spec spec = {
	    .geometry = m->geometry,
	    .linux_version = machine->linux_version,
	    .memory = m->memory,
	    .nr_memory = m->nr_memory,
	    .reserved = m->reserved,
	    .nr_reserved = m->nr_reserved,
	    .windows = &window,
	    .nr_windows = has_window,
	    .memory_block_bytes = 1ull << m->geometry.section_shift,
	    .cpu_nids = machine->cpu_nids,
	    .nr_cpus = machine->nr_cpus,
	};
	return mmi_machine_create(machine->platform, &spec, miniature, err);
}

static int make(struct miniature *m, uint64_t nr_pages, bool has_words,
		struct mmi_machine **miniature, struct mmi_error *err)
{
	const struct mmi_machine *machine = m->machine;
	int ret = -ENOMEM;

	shrink_sections(m, has_words);
	const uint64_t nr_sections = nr_pages / mmi_section_pages(&m->geometry);
	const size_t nr_kept =
	    (machine->nr_nodes > nr_sections ? machine->nr_nodes : nr_sections) + 1 + has_words;
	m->nr_left = nr_kept;
	m->kept = calloc(nr_kept, sizeof(*m->kept));
	m->memory = calloc(machine->nr_memory + nr_kept, sizeof(*m->memory));
	m->reserved = calloc(machine->nr_reserved + nr_kept, sizeof(*m->reserved));
	if (m->kept && m->memory && m->reserved) {
		choose_sections(m, has_words);
		ret = create(m, miniature, err);
	} else {
		mmi_error_set(err, ret, "no memory for a smaller machine");
	}
	free(m->kept);
	free(m->memory);
	free(m->reserved);
	return ret;
}

static int shrink(const struct mmi_machine *machine, uint64_t nr_pages, bool has_words,
		  struct mmi_machine **miniature, struct mmi_error *err)
{
	struct miniature m = {.machine = machine, .geometry = machine->geometry};
	struct mmi_layout layout;
	int ret = mmi_layout_init(&layout, machine, err);

	if (ret)
		return ret;
	ret = mmi_extents_init(&m.extents, &layout, err);
	if (!ret)
		ret = make(&m, nr_pages, has_words, miniature, err);
	mmi_extents_deinit(&m.extents);
	mmi_layout_deinit(&layout);
	return ret;
}

int mmi_machine_miniature(const struct mmi_machine *machine, uint64_t nr_pages,
			  struct mmi_machine **miniature, struct mmi_error *err)
{
	return shrink(machine, nr_pages, false, miniature, err);
}

int mmi_machine_miniature_of_words(const struct mmi_machine *machine, uint64_t nr_pages,
				   struct mmi_machine **miniature, struct mmi_error *err)
{
	return shrink(machine, nr_pages, true, miniature, err);
}
