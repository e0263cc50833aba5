/* SPDX-License-Identifier: MIT */
/*
 * What a boot with memblock=debug says of memblock: dumps of all it holds, and its changes.
 *
 *   MEMBLOCK configuration:
 *    memory.cnt  = 0x4
 *    memory[0x0]   [0x...-0x...], 0x... bytes on node 0 flags: 0x0     node and flags optional
 *    reserved[0x0] [0x...-0x...], 0x... bytes flags: 0x0
 *   memblock_reserve: [0x...-0x...] function+0x...                     7.x: __memblock_reserve
 *
 * A dump replaces what was known.  What is reserved and freed behind it counts up to the hand-over
 * to the page allocator; later changes are bookkeeping only.
 */
#include <errno.h>

#include "input/boot_log.h"

enum change { RESERVE, FREE, ADD, REMOVE };

static const struct {
	const char *word;
	enum change change;
} changes[] = {
    {"memblock_reserve: ", RESERVE}, {"__memblock_reserve: ", RESERVE},
    {"memblock_phys_free: ", FREE},  {"memblock_free: ", FREE},
    {"__memblock_free: ", FREE},     {"memblock_add: ", ADD},
    {"memblock_add_node: ", ADD},    {"memblock_remove: ", REMOVE},
    {"__memblock_remove: ", REMOVE},
};

static int begin_dump(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_log_source_state *state = &log->sources[MMI_LOG_MEMBLOCK];

	log->memory.nr = 0;
	log->reserved.nr = 0;
	log->dump_line = line->number;
	log->dump_nr_memory = 0;
	log->dump_nr_reserved = 0;
	log->nr_memblock_lines = 0;
	state->error = (struct mmi_error){0}; /* whatever it was about is superseded */
	mmi_log_note_line(log, MMI_LOG_MEMBLOCK, line);
	return 1;
}

/* "memory.cnt  = 0x4": how many ranges the dump will list */
static int count_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		      uint64_t *count)
{
	uint64_t value;

	mmi_scan_blanks(scan);
	if (!mmi_scan_word(scan, "="))
		return mmi_log_bad_line(log, MMI_LOG_MEMBLOCK, line, scan, "\"=\" and a count");
	mmi_scan_blanks(scan);
	if (!mmi_scan_hex(scan, &value) || value > MMI_MAX_RANGES)
		return mmi_log_bad_line(log, MMI_LOG_MEMBLOCK, line, scan, "a count of ranges");
	*count = value;
	return 1;
}

/* ", 0x... bytes on node 0 flags: 0x0" behind a dumped range */
static const char *scan_tail(struct mmi_scan *scan, bool must_have_flags,
			     struct mmi_byte_range *range)
{
	uint64_t value;

	if (!mmi_scan_word(scan, ","))
		return "\",\" and the size in bytes";
	mmi_scan_blanks(scan);
	if (!mmi_scan_hex(scan, &value) || !mmi_scan_word(scan, " bytes"))
		return "the size in bytes";
	mmi_scan_blanks(scan);
	if (mmi_scan_word(scan, "on node")) {
		const char *expected = mmi_scan_nid(scan, &range->nid);
		if (expected)
			return expected;
		mmi_scan_blanks(scan);
	}
	if (!mmi_scan_word(scan, "flags: "))
		return must_have_flags || !mmi_scan_is_done(scan) ? "\"flags: \" and a number"
								  : NULL;
	if (!mmi_scan_hex(scan, &value))
		return "the flags, a number";
	range->flags = (uint32_t)value;
	return NULL;
}

/* What stands behind "memory[" or "reserved[" */
static int range_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		      bool is_memory)
{
	struct mmi_byte_range range = {
	    .nid = -1, .line = line->number, .kind = 1, .from_kinds = MMI_FROM_ANY};
	uint64_t *left = is_memory ? &log->dump_nr_memory : &log->dump_nr_reserved;
	const char *expected = NULL;
	struct mmi_byte_span span;
	uint64_t index;

	if (!mmi_scan_hex(scan, &index) || !mmi_scan_word(scan, "]"))
		expected = "the number of the range and \"]\"";
	mmi_scan_blanks(scan);
	if (!expected)
		expected = mmi_scan_bracket_range(scan, &span);
	if (!expected)
		expected = scan_tail(scan, line->unterminated, &range);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_MEMBLOCK, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_MEMBLOCK, line);
	if (*left == index + 1)
		*left = 0; /* the last one that was announced */
	range.start = span.start;
	range.end = span.end;
	if (!is_memory) { /* whose reservation it is makes no difference */
		range.nid = -1;
		range.flags = 0;
	}
	return mmi_log_taken(
	    mmi_byte_ranges_append(is_memory ? &log->memory : &log->reserved, &range, log->err));
}

static int change_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		       enum change change)
{
	struct mmi_byte_range edit = {.nid = -1, .line = line->number};
	struct mmi_byte_span span;

	mmi_scan_blanks(scan);
	const char *expected = mmi_scan_bracket_range(scan, &span);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_MEMBLOCK, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_MEMBLOCK, line);
	log->nr_memblock_lines++;
	edit.start = span.start;
	edit.end = span.end;
	edit.kind = change == RESERVE || change == ADD;
	/* What is there already keeps its node and flags. */
	edit.from_kinds = edit.kind ? MMI_FROM_NOTHING : MMI_FROM_ANY;
	return mmi_log_taken(mmi_byte_ranges_append(
	    change == RESERVE || change == FREE ? &log->reserved : &log->memory, &edit, log->err));
}

int mmi_log_memblock_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	if (log->is_handed_over)
		return 0;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (mmi_scan_word(&scan, changes[i].word))
			return change_line(log, line, &scan, changes[i].change);
	if (mmi_scan_word(&scan, "MEMBLOCK configuration"))
		return begin_dump(log, line);
	if (!log->dump_line)
		return 0;
	if (mmi_scan_word(&scan, "memory.cnt"))
		return count_line(log, line, &scan, &log->dump_nr_memory);
	if (mmi_scan_word(&scan, "reserved.cnt"))
		return count_line(log, line, &scan, &log->dump_nr_reserved);
	if (mmi_scan_word(&scan, "memory["))
		return range_line(log, line, &scan, true);
	if (mmi_scan_word(&scan, "reserved["))
		return range_line(log, line, &scan, false);
	return 0;
}
