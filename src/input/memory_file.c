/* SPDX-License-Identifier: MIT */
/*
 * Copies of what a running system shows of its memory:
 *
 *   /proc/iomem          00001000-0009efff : System RAM
 *   /proc/zoneinfo       Node 0, zone   Normal
 *   firmware's table     /sys/firmware/memmap/0/start:0x0         (grep . on the files)
 *   memblock's "memory"     0: 0x0000000000001000..0x000000000009efff     (debugfs)
 *   lsmem --json         {"memory": [{"range": "0x0000000000000000-0x000000007fffffff", ...
 *
 * None says what machine it was: it is taken for x86-64.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/host_ranges.h"
#include "input/info.h"
#include "input/line_reader.h"
#include "input/memory_file.h"

#define MIB                 (1ull << 20)
#define MAX_VALUE_BYTES     64
#define MAX_FIRMWARE_NUMBER 65536

struct copy {
	struct mmi_draft draft;
	struct mmi_host_ranges ranges;
	struct mmi_input_info *info;
	struct mmi_error *err;
};

/* The first line that is not blank. */
static struct mmi_scan first_line(const char *text, size_t size_bytes)
{
	struct mmi_scan scan = {text, text + size_bytes};
	const char *line_end;

	while (!mmi_scan_is_done(&scan) && (*scan.at == '\n' || *scan.at == '\r'))
		scan.at++;
	line_end = memchr(scan.at, '\n', (size_t)(scan.end - scan.at));
	if (line_end)
		scan.end = line_end;
	return scan;
}

static bool is_iomem(struct mmi_scan scan)
{
	struct mmi_byte_span span;

	return !mmi_scan_inclusive_range(&scan, &span) && mmi_scan_word(&scan, " : ");
}

static bool is_zoneinfo(struct mmi_scan scan)
{
	int nid;

	return mmi_scan_word(&scan, "Node ") && !mmi_scan_nid(&scan, &nid) &&
	       mmi_scan_word(&scan, ", zone");
}

/* "0/start:0x0", with or without directories before. */
static bool scan_firmware(struct mmi_scan *scan, uint64_t *number, const char **part)
{
	static const char *const parts[] = {"start", "end", "type"};

	mmi_scan_find(scan, "memmap/");
	if (!mmi_scan_decimal(scan, number) || !mmi_scan_word(scan, "/"))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!mmi_scan_word(scan, parts[i]) || !mmi_scan_word(scan, ":"))
			continue;
		*part = parts[i];
		return true;
	}
	return false;
}

static bool is_firmware(struct mmi_scan scan)
{
	const char *part;
	uint64_t number;

	return scan_firmware(&scan, &number, &part);
}

/* "   0: 0x00001000..0x0009efff", newer kernels with a node and flags behind */
static bool scan_memblock(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	uint64_t number, last;

	mmi_scan_blanks(scan);
	if (!mmi_scan_decimal(scan, &number) || !mmi_scan_word(scan, ": ") ||
	    !mmi_scan_hex(scan, &span->start) || !mmi_scan_word(scan, "..") ||
	    !mmi_scan_hex(scan, &last) || last < span->start || last == UINT64_MAX)
		return false;
	span->end = last + 1;
	return true;
}

static bool is_memblock(struct mmi_scan scan)
{
	struct mmi_byte_span span;

	return scan_memblock(&scan, &span);
}

static int read_iomem(struct copy *copy, const char *text, size_t size_bytes)
{
	bool is_hidden;
	const int ret = mmi_proc_iomem_read(&copy->ranges, text, size_bytes, &is_hidden, copy->err);

	if (is_hidden)
		return mmi_error_set_at(copy->err, -EINVAL, 1, 1,
					"all addresses are 0: a copy of /proc/iomem that root made "
					"was expected");
	return ret < 0 ? ret : 0;
}

static int read_zoneinfo(struct copy *copy, const char *text, size_t size_bytes)
{
	struct mmi_zoneinfo zoneinfo = {0};
	int ret = mmi_zoneinfo_read(&zoneinfo, text, size_bytes, copy->err);

	if (!ret)
		ret = mmi_zoneinfo_memory(&zoneinfo, copy->draft.spec.geometry.page_shift,
					  &copy->ranges.memory, copy->err);
	mmi_zoneinfo_deinit(&zoneinfo);
	mmi_info_add_note(copy->info, "holes are not known: each zone's memory is taken to lie at "
				      "its beginning");
	return ret;
}

static int read_memblock(struct copy *copy, const char *text, size_t size_bytes)
{
	struct mmi_line_reader reader;
	struct mmi_line line;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, copy->err);

	while (!ret && mmi_line_reader_next(&reader, &line)) {
		struct mmi_scan scan = {line.text, line.end};
		struct mmi_byte_span span;
		mmi_scan_blanks(&scan);
		if (mmi_scan_is_done(&scan))
			continue;
		if (!scan_memblock(&scan, &span))
			return mmi_error_set_at(copy->err, -EINVAL, line.number,
						mmi_line_reader_column(&reader, scan.at),
						"a range of memblock, \"0: 0x1000..0x9efff\", "
						"expected");
		ret = mmi_byte_ranges_put(&copy->ranges.memory, span, line.number, copy->err);
	}
	mmi_info_add_note(copy->info, "reservations are not known");
	return ret;
}

/* The three lines of one entry come in any order, those of other entries between them. */
struct firmware_entry {
	char values[3][MAX_VALUE_BYTES]; /* start, end, type */
};

struct firmware_table {
	struct firmware_entry *entries; /* by number */
	size_t nr;
	size_t capacity;
};

static struct firmware_entry *firmware_entry(struct firmware_table *table, uint64_t number)
{
	if (number >= MAX_FIRMWARE_NUMBER)
		return NULL;
	if (number >= table->capacity) {
		size_t capacity = table->capacity ? table->capacity : 64;
		while (capacity <= number)
			capacity *= 2;
		struct firmware_entry *grown = realloc(table->entries, capacity * sizeof(*grown));
		if (!grown)
			return NULL;
		memset(grown + table->capacity, 0, (capacity - table->capacity) * sizeof(*grown));
		table->entries = grown;
		table->capacity = capacity;
	}
	if (number >= table->nr)
		table->nr = number + 1;
	return &table->entries[number];
}

static int read_firmware_line(struct firmware_table *table, struct mmi_line_reader *reader,
			      const struct mmi_line *line, struct mmi_error *err)
{
	struct mmi_scan scan = {line->text, line->end};
	const char *part = NULL;
	uint64_t number;

	if (mmi_scan_is_done(&scan))
		return 0;
	struct firmware_entry *entry = NULL;
	if (scan_firmware(&scan, &number, &part))
		entry = firmware_entry(table, number);
	const size_t length = (size_t)(scan.end - scan.at);
	if (!entry || length >= MAX_VALUE_BYTES)
		return mmi_error_set_at(err, -EINVAL, line->number,
					mmi_line_reader_column(reader, scan.at),
					"an entry of the firmware's table, \"memmap/0/start:0x0\", "
					"expected");
	char *value = entry->values[part[0] == 's' ? 0 : part[0] == 'e' ? 1 : 2];
	memcpy(value, scan.at, length);
	value[length] = '\0';
	return 0;
}

static int read_firmware(struct copy *copy, const char *text, size_t size_bytes)
{
	const struct mmi_byte_span first_page = {0, 4096};
	struct firmware_table table = {0};
	struct mmi_line_reader reader;
	struct mmi_line line;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, copy->err);

	while (!ret && mmi_line_reader_next(&reader, &line))
		ret = read_firmware_line(&table, &reader, &line, copy->err);
	for (size_t i = 0; !ret && i < table.nr; i++) {
		const struct firmware_entry *entry = &table.entries[i];
		if (entry->values[2][0])
			ret =
			    mmi_firmware_memmap_add(&copy->ranges, entry->values[0],
						    entry->values[1], entry->values[2], copy->err);
	}
	free(table.entries);
	/* x86 gives its first page away, whatever the firmware says. */
	return ret ? ret : mmi_byte_ranges_cut(&copy->ranges.memory, first_page, copy->err);
}

static int read_lsmem(struct copy *copy, const char *text, size_t size_bytes)
{
	return mmi_lsmem_read(&copy->draft, &copy->ranges.memory, text, size_bytes, copy->err);
}

static bool is_lsmem(struct mmi_scan scan)
{
	mmi_scan_blanks(&scan);
	return mmi_scan_word(&scan, "{");
}

static const struct {
	const char *name;
	bool (*is_it)(struct mmi_scan first_line);
	int (*read)(struct copy *copy, const char *text, size_t size_bytes);
} kinds[] = {
    {"/proc/iomem", is_iomem, read_iomem},
    {"/proc/zoneinfo", is_zoneinfo, read_zoneinfo},
    {"/sys/firmware/memmap", is_firmware, read_firmware},
    {"memblock in debugfs", is_memblock, read_memblock},
    {"lsmem --json", is_lsmem, read_lsmem},
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t kind_of(const char *text, size_t size_bytes)
{
	const struct mmi_scan line = first_line(text, size_bytes);
	size_t kind = 0;

	while (kind < NR_KINDS && !kinds[kind].is_it(line))
		kind++;
	return kind;
}

bool mmi_is_memory_file(const char *text, size_t size_bytes)
{
	return kind_of(text, size_bytes) < NR_KINDS;
}

/* Memory whose node is not said is node 0's. */
static int take_ranges(struct copy *copy)
{
	const struct mmi_byte_span first_mib = {0, MIB};
	struct mmi_draft *draft = &copy->draft;
	int ret = mmi_byte_ranges_resolve(&copy->ranges.memory, &draft->memory, copy->err);

	for (size_t i = 0; i < draft->memory.nr; i++)
		if (draft->memory.items[i].nid < 0)
			draft->memory.items[i].nid = 0;
	if (!ret)
		ret = mmi_byte_ranges_resolve(&copy->ranges.persistent, &draft->persistent,
					      copy->err);
	if (!ret)
		ret = mmi_byte_ranges_put(&copy->ranges.reserved, first_mib, 0, copy->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&copy->ranges.reserved, &draft->reserved, copy->err);
	if (!ret && !draft->memory.nr)
		ret = mmi_error_set(copy->err, -EINVAL, "no memory in it: ranges of RAM expected");
	return ret ? ret : mmi_draft_add_cpu(draft, draft->memory.items[0].nid, copy->err);
}

int mmi_input_memory_file(const struct mmi_platform *platform, const char *text, size_t size_bytes,
			  const struct mmi_input_options *options, struct mmi_machine **machine,
			  struct mmi_input_info *info, struct mmi_error *err)
{
	struct copy copy = {.info = info, .err = err};
	const size_t kind = kind_of(text, size_bytes);
	int ret;

	*machine = NULL;
	if (kind == NR_KINDS)
		return mmi_error_set_at(err, -EINVAL, 1, 1,
					"a copy of /proc/iomem, /proc/zoneinfo, "
					"/sys/firmware/memmap or memblock's memory, or lsmem "
					"--json, expected");
	mmi_info_init(info, MMI_INPUT_MEMORY_FILE);
	mmi_info_add_source(info, "%s", kinds[kind].name);
	mmi_info_add_note(info, "taken for x86-64 with one CPU");
	mmi_draft_init(&copy.draft, MMI_ARCH_X86_64, options);
	ret = kinds[kind].read(&copy, text, size_bytes);
	if (!ret)
		ret = take_ranges(&copy);
	if (!ret)
		ret = mmi_draft_finish(&copy.draft, platform, machine, err);
	mmi_host_ranges_deinit(&copy.ranges);
	mmi_draft_deinit(&copy.draft);
	return ret;
}
