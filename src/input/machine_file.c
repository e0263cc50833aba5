/* SPDX-License-Identifier: MIT */
/*
 * mminit's own description of a machine, as `mminit import` writes it: a line a thing, in any order
 * but for the first; addresses are half-open; "#" begins a comment.
 *
 *   mminit-machine 1
 *   arch x86_64
 *   linux 6.1
 *   zone DMA end 0x1000000                   zones that are there, and where they end
 *   memory-block 0x8000000
 *   node 0 online                            without "online": possible
 *   cpus 0-3 node 0
 *   siblings 2-3                             share a core with CPUs before them
 *   memory 0x1000-0x9f000 node 0 hotplug mirror nomap driver-managed
 *   reserved 0x0-0x1000
 *   window 0x100000000-0x200000000 node 1
 *   persistent 0x100000000-0x140000000
 *   distances 0 1                            nodes of the rows and columns
 *   distance 10 20                           the rows, in that order
 *   kernelcore 131072p                       or 25%
 */
#include <errno.h>
#include <string.h>

#include "input/info.h"
#include "input/line_reader.h"
#include "input/machine_file.h"
#include "input/size.h"

#define FARTHEST_DISTANCE 254

static const char header[] = "mminit-machine";

struct file {
	struct mmi_draft draft;
	const struct mmi_input_options *options;
	uint32_t line;
	bool has_zones;
	size_t nr_rows; /* of distances, read so far */
	struct mmi_error *err;
};

/* A line's reader returns what was expected; NULL, or no_memory. */
static const char no_memory[] = "memory";

bool mmi_is_machine_file(const char *text, size_t size_bytes)
{
	struct mmi_scan scan = {text, text + size_bytes};

	for (mmi_scan_blanks(&scan); !mmi_scan_is_done(&scan); mmi_scan_blanks(&scan)) {
		if (*scan.at == '\n' || *scan.at == '\r')
			scan.at++;
		else if (*scan.at != '#')
			return mmi_scan_word(&scan, header);
		else if (!mmi_scan_find(&scan, "\n"))
			return false;
	}
	return false;
}

/* Passes a whole word. */
static bool scan_name(struct mmi_scan *scan, const char *name)
{
	struct mmi_scan at = *scan;

	mmi_scan_blanks(&at);
	if (!mmi_scan_word(&at, name) ||
	    !(mmi_scan_is_done(&at) || *at.at == ' ' || *at.at == '\t'))
		return false;
	*scan = at;
	return true;
}

/* The rest of the line as the name of something. */
static bool scan_last_name(struct mmi_scan *scan, const char *name)
{
	struct mmi_scan at = *scan;

	if (!scan_name(&at, name))
		return false;
	mmi_scan_blanks(&at);
	if (!mmi_scan_is_done(&at))
		return false;
	*scan = at;
	return true;
}

static const char *scan_address(struct mmi_scan *scan, uint64_t *address)
{
	mmi_scan_blanks(scan);
	return mmi_scan_size(scan, NULL, address) ? "an address or a size" : NULL;
}

/* "0x1000-0x9f000", half-open */
static const char *scan_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	const char *expected = scan_address(scan, &span->start);

	if (expected)
		return expected;
	if (!mmi_scan_word(scan, "-"))
		return "\"-\" and where the range ends";
	const char *before = scan->at;
	expected = scan_address(scan, &span->end);
	if (!expected && span->end <= span->start) {
		scan->at = before;
		return "an end above the start";
	}
	return expected;
}

static const char *scan_node(struct mmi_scan *scan, int *nid)
{
	if (!scan_name(scan, "node"))
		return "\"node\" and its number";
	return mmi_scan_nid(scan, nid);
}

static const char *add_range(struct file *file, struct mmi_byte_ranges *ranges,
			     struct mmi_byte_span span, int nid, uint32_t flags)
{
	const struct mmi_byte_range range = {.start = span.start,
					     .end = span.end,
					     .nid = nid,
					     .flags = flags,
					     .line = file->line,
					     .kind = 1,
					     .from_kinds = MMI_FROM_ANY};

	return mmi_byte_ranges_append(ranges, &range, file->err) ? no_memory : NULL;
}

static const char *take_header(struct file *file, struct mmi_scan *scan)
{
	(void)file;
	return scan_last_name(scan, "1") ? NULL : "version 1";
}

static const char *take_arch(struct file *file, struct mmi_scan *scan)
{
	for (int arch = 0; arch < MMI_NR_ARCHS; arch++) {
		if (!scan_last_name(scan, mmi_arch_name(arch)))
			continue;
		mmi_geometry_init(&file->draft.spec.geometry, arch);
		return NULL;
	}
	return "x86_64, arm64-4k, arm64-16k, arm64-64k or ppc64-64k";
}

static const char *take_linux(struct file *file, struct mmi_scan *scan)
{
	for (int version = 0; version < MMI_NR_LINUX_VERSIONS; version++) {
		if (!scan_last_name(scan, mmi_linux_version_name(version)))
			continue;
		if (!file->options || !file->options->has_linux_version)
			file->draft.spec.linux_version = version;
		return NULL;
	}
	return "4.13, 5.16, 6.1, 6.12 or 7.x";
}

/* The first of these lines says that the architecture's usual zones are not meant. */
static const char *take_zone(struct file *file, struct mmi_scan *scan)
{
	struct mmi_geometry *g = &file->draft.spec.geometry;
	uint64_t end = 0;
	int zone = 0;

	while (zone < MMI_NR_ZONES && !scan_name(scan, mmi_zone_type_name(zone)))
		zone++;
	if (zone == MMI_NR_ZONES)
		return "DMA, DMA32, Normal, Movable or Device";
	if (!file->has_zones) {
		g->dma_end_pfn = g->dma32_end_pfn = 0;
		g->zone_mask = 1u << MMI_ZONE_MOVABLE;
		file->has_zones = true;
	}
	g->zone_mask |= 1u << zone;
	if (zone > MMI_ZONE_DMA32)
		return NULL;
	if (!scan_name(scan, "end"))
		return "\"end\" and an address";
	const char *expected = scan_address(scan, &end);
	if (zone == MMI_ZONE_DMA)
		g->dma_end_pfn = end >> g->page_shift;
	else
		g->dma32_end_pfn = end >> g->page_shift;
	return expected;
}

static const char *take_memory_block(struct file *file, struct mmi_scan *scan)
{
	return scan_address(scan, &file->draft.spec.memory_block_bytes);
}

static const char *take_node(struct file *file, struct mmi_scan *scan)
{
	int nid;
	const char *expected = mmi_scan_nid(scan, &nid);

	if (expected)
		return expected;
	file->draft.is_possible[nid] = true;
	file->draft.is_online[nid] |= scan_name(scan, "online");
	return NULL;
}

/* "0-3" or "5", CPU numbers from 0 on */
static const char *scan_cpus(struct mmi_scan *scan, uint64_t *first, uint64_t *end)
{
	uint64_t last;

	mmi_scan_blanks(scan);
	if (!mmi_scan_decimal(scan, first))
		return "the number of a CPU";
	last = *first;
	if (mmi_scan_word(scan, "-") && !mmi_scan_decimal(scan, &last))
		return "the number of the last CPU";
	if (last < *first || last >= MMI_MAX_CPUS)
		return "CPUs in rising order, below 65536";
	*end = last + 1;
	return NULL;
}

static const char *take_cpus(struct file *file, struct mmi_scan *scan)
{
	uint64_t first, end;
	int nid;
	mmi_scan_blanks(scan);
	const char *before = scan->at;
	const char *expected = scan_cpus(scan, &first, &end);

	if (!expected && first != file->draft.nr_cpus) {
		scan->at = before;
		return "the CPU that follows those of the lines before";
	}
	if (!expected)
		expected = scan_node(scan, &nid);
	for (uint64_t cpu = first; !expected && cpu < end; cpu++)
		if (mmi_draft_add_cpu(&file->draft, nid, file->err))
			expected = no_memory;
	return expected;
}

static const char *take_siblings(struct file *file, struct mmi_scan *scan)
{
	uint64_t first, end;
	mmi_scan_blanks(scan);
	const char *before = scan->at;
	const char *expected = scan_cpus(scan, &first, &end);

	if (!expected && end > file->draft.nr_cpus) {
		scan->at = before;
		return "CPUs of the lines before";
	}
	for (uint64_t cpu = first; !expected && cpu < end; cpu++)
		file->draft.cpu_is_sibling[cpu] = true;
	return expected;
}

static uint32_t scan_flags(struct mmi_scan *scan)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} words[] = {{"hotplug", MMI_MEM_HOTPLUG},
		     {"mirror", MMI_MEM_MIRROR},
		     {"nomap", MMI_MEM_NOMAP},
		     {"driver-managed", MMI_MEM_DRIVER_MANAGED}};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (scan_name(scan, words[i].name))
			flags |= words[i].flag;
	return flags;
}

static const char *take_node_range(struct file *file, struct mmi_scan *scan,
				   struct mmi_byte_ranges *ranges)
{
	struct mmi_byte_span span;
	int nid;
	const char *expected = scan_range(scan, &span);

	if (!expected)
		expected = scan_node(scan, &nid);
	return expected ? expected : add_range(file, ranges, span, nid, scan_flags(scan));
}

static const char *take_memory(struct file *file, struct mmi_scan *scan)
{
	return take_node_range(file, scan, &file->draft.memory);
}

static const char *take_window(struct file *file, struct mmi_scan *scan)
{
	return take_node_range(file, scan, &file->draft.windows);
}

static const char *take_reserved(struct file *file, struct mmi_scan *scan)
{
	struct mmi_byte_span span;
	const char *expected = scan_range(scan, &span);

	return expected ? expected : add_range(file, &file->draft.reserved, span, -1, 0);
}

static const char *take_persistent(struct file *file, struct mmi_scan *scan)
{
	struct mmi_byte_span span;
	const char *expected = scan_range(scan, &span);

	return expected ? expected : add_range(file, &file->draft.persistent, span, -1, 0);
}

static const char *take_distances(struct file *file, struct mmi_scan *scan)
{
	int nids[MMI_MAX_NODES];
	size_t nr = 0;

	if (file->draft.nr_distance_nodes)
		return "one such line";
	for (mmi_scan_blanks(scan); !mmi_scan_is_done(scan); mmi_scan_blanks(scan)) {
		if (nr == MMI_MAX_NODES)
			return "at most 1024 nodes";
		const char *expected = mmi_scan_nid(scan, &nids[nr++]);
		if (expected)
			return expected;
	}
	if (mmi_draft_alloc_distances(&file->draft, nr, file->err))
		return no_memory;
	memcpy(file->draft.distance_nids, nids, nr * sizeof(*nids));
	return NULL;
}

static const char *take_distance(struct file *file, struct mmi_scan *scan)
{
	struct mmi_draft *draft = &file->draft;
	const size_t nr = draft->nr_distance_nodes;
	uint64_t distance;

	if (file->nr_rows == nr)
		return "a line \"distances\" with as many nodes before";
	for (size_t i = 0; i < nr; i++) {
		mmi_scan_blanks(scan);
		if (!mmi_scan_decimal(scan, &distance) || distance > FARTHEST_DISTANCE)
			return "a distance of each node of the line \"distances\", up to 254";
		draft->distances[file->nr_rows * nr + i] = (uint16_t)distance;
	}
	file->nr_rows++;
	return NULL;
}

static const char *scan_amount(struct mmi_scan *scan, struct mmi_amount *amount)
{
	mmi_scan_blanks(scan);
	if (!mmi_scan_decimal(scan, &amount->value))
		return "a number of pages (131072p) or percents (25%)";
	if (mmi_scan_word(scan, "p"))
		amount->unit = MMI_AMOUNT_PAGES;
	else if (mmi_scan_word(scan, "%") && amount->value <= 100)
		amount->unit = MMI_AMOUNT_PERCENT;
	else
		return "\"p\", or \"%\" and at most 100";
	return NULL;
}

static const char *take_kernelcore(struct file *file, struct mmi_scan *scan)
{
	return scan_amount(scan, &file->draft.spec.kernelcore);
}

static const char *take_movablecore(struct file *file, struct mmi_scan *scan)
{
	return scan_amount(scan, &file->draft.spec.movablecore);
}

static const struct {
	const char *name;
	const char *(*take)(struct file *file, struct mmi_scan *scan);
} things[] = {
    {header, take_header},
    {"arch", take_arch},
    {"linux", take_linux},
    {"zone", take_zone},
    {"memory-block", take_memory_block},
    {"node", take_node},
    {"cpus", take_cpus},
    {"siblings", take_siblings},
    {"memory", take_memory},
    {"reserved", take_reserved},
    {"window", take_window},
    {"persistent", take_persistent},
    {"distances", take_distances},
    {"distance", take_distance},
    {"kernelcore", take_kernelcore},
    {"movablecore", take_movablecore},
};

static const char *take_line(struct file *file, struct mmi_scan *scan)
{
	const char *expected = "arch, linux, zone, node, cpus, memory, reserved or another word of "
			       "mminit-machine(5)";

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (!scan_name(scan, things[i].name))
			continue;
		expected = things[i].take(file, scan);
		break;
	}
	mmi_scan_blanks(scan);
	return expected || mmi_scan_is_done(scan) ? expected : "the end of the line";
}

/* The line without its comment and the blanks around. */
static struct mmi_scan strip(const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	const char *comment = memchr(scan.at, '#', (size_t)(scan.end - scan.at));

	if (comment)
		scan.end = comment;
	mmi_scan_blanks(&scan);
	while (scan.end > scan.at && (scan.end[-1] == ' ' || scan.end[-1] == '\t'))
		scan.end--;
	return scan;
}

static int read_lines(struct file *file, const char *text, size_t size_bytes)
{
	struct mmi_line_reader reader;
	struct mmi_line line;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, file->err);

	while (!ret && mmi_line_reader_next(&reader, &line)) {
		struct mmi_scan scan = strip(&line);
		if (mmi_scan_is_done(&scan))
			continue;
		file->line = line.number;
		const char *expected = take_line(file, &scan);
		if (expected == no_memory)
			return -ENOMEM;
		if (expected)
			return mmi_error_set_at(
			    file->err, -EINVAL, line.number,
			    mmi_line_reader_column(&reader, scan.at), "\"%.*s\": %s expected",
			    (int)(scan.end - scan.at > 40 ? 40 : scan.end - scan.at), scan.at,
			    expected);
	}
	if (!ret && !(file->draft.spec.geometry.zone_mask >> MMI_ZONE_NORMAL & 1))
		ret = mmi_error_set(file->err, -EINVAL, "a line \"zone Normal\" expected");
	if (!ret && file->nr_rows < file->draft.nr_distance_nodes)
		ret = mmi_error_set(file->err, -EINVAL,
				    "%zu lines \"distance\": one for each of %zu nodes expected",
				    file->nr_rows, file->draft.nr_distance_nodes);
	return ret;
}

int mmi_input_machine_file(const struct mmi_platform *platform, const char *text, size_t size_bytes,
			   const struct mmi_input_options *options, struct mmi_machine **machine,
			   struct mmi_input_info *info, struct mmi_error *err)
{
	struct file file = {.options = options, .err = err};
	int ret;

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_MACHINE_FILE);
	mmi_draft_init(&file.draft, MMI_ARCH_X86_64, options);
	ret = read_lines(&file, text, size_bytes);
	if (!ret)
		ret = mmi_draft_finish(&file.draft, platform, machine, err);
	mmi_draft_deinit(&file.draft);
	return ret;
}
