/* SPDX-License-Identifier: MIT */
/* The options of a shape: a table of names and of what reads their values. */
#include <errno.h>
#include <string.h>

#include "input/shape.h"
#include "input/size.h"

#define MAX_DISTANCE 254 /* of ACPI; 255 says "no way there" */

/* Read already, before all others. */
static int read_arch(struct mmi_shape *shape)
{
	shape->scan.at += strlen(mmi_arch_name(shape->draft.spec.geometry.arch));
	return 0;
}

static int read_linux(struct mmi_shape *shape)
{
	const char *before = shape->scan.at;
	uint64_t major, minor = 0;

	if (!mmi_scan_decimal(&shape->scan, &major) || !mmi_scan_word(&shape->scan, ".") ||
	    (!mmi_scan_word(&shape->scan, "x") && !mmi_scan_decimal(&shape->scan, &minor)) ||
	    major > 999 || minor > 999)
		return mmi_shape_bad(shape, before, "a version of Linux: 6.1, 6.12, 7.x, ...");
	shape->draft.spec.linux_version = mmi_linux_version_of((unsigned)major, (unsigned)minor);
	return 0;
}

static int add_cpus(struct mmi_shape *shape, size_t nid, uint64_t nr_cpus, const char *at)
{
	int ret = 0;

	if (nr_cpus > MMI_MAX_CPUS - shape->draft.nr_cpus)
		return mmi_shape_bad(shape, at, "at most 65536 CPUs in all");
	for (uint64_t i = 0; !ret && i < nr_cpus; i++)
		ret = mmi_draft_add_cpu(&shape->draft, (int)nid, shape->err);
	return ret;
}

static int read_cpus(struct mmi_shape *shape)
{
	const char *before = shape->scan.at;
	uint64_t nr_cpus = 0;
	size_t nid = 0;
	int ret = 0;

	do {
		const char *at = shape->scan.at;
		if (nid == shape->nr_nodes || !mmi_scan_decimal(&shape->scan, &nr_cpus))
			return mmi_shape_bad(shape, at,
					     "a number of CPUs for each node, or one for all");
		ret = add_cpus(shape, nid++, nr_cpus, at);
	} while (!ret && mmi_scan_word(&shape->scan, "/"));
	if (!ret && nid != 1 && nid != shape->nr_nodes)
		return mmi_shape_bad(shape, shape->scan.at,
				     "a number of CPUs for each node, or one for all");
	if (!ret && nid == 1) /* one number: the same for every node */
		for (; !ret && nid < shape->nr_nodes; nid++)
			ret = add_cpus(shape, nid, nr_cpus, before);
	if (!ret && !shape->draft.nr_cpus)
		return mmi_shape_bad(shape, before, "at least one CPU on some node");
	return ret;
}

enum topology { RING, LINE, FLAT };

static uint16_t topology_distance(enum topology topology, size_t nr, size_t from, size_t to)
{
	size_t nr_hops = from < to ? to - from : from - to;

	if (topology == FLAT)
		nr_hops = nr_hops > 0;
	if (topology == RING && nr_hops > nr / 2)
		nr_hops = nr - nr_hops;
	const size_t distance = MMI_LOCAL_DISTANCE * (1 + nr_hops);
	return distance < MAX_DISTANCE ? (uint16_t)distance : MAX_DISTANCE;
}

static int read_matrix(struct mmi_shape *shape)
{
	const size_t nr = shape->nr_nodes;
	uint64_t value;

	for (size_t i = 0; i < nr * nr; i++) {
		const char *at = shape->scan.at;
		if ((i && !mmi_scan_word(&shape->scan, "/")) ||
		    !mmi_scan_decimal(&shape->scan, &value))
			return mmi_shape_bad(shape, shape->scan.at,
					     "ring, line, flat or a distance for every two nodes, "
					     "row by row");
		at += i > 0;
		if (i % (nr + 1) == 0 && value != MMI_LOCAL_DISTANCE)
			return mmi_shape_bad(shape, at, "10, the distance of a node to itself");
		if (value < MMI_LOCAL_DISTANCE || value > MAX_DISTANCE)
			return mmi_shape_bad(shape, at, "a distance of 10 to 254");
		shape->draft.distances[i] = (uint16_t)value;
	}
	return 0;
}

static int read_distance(struct mmi_shape *shape)
{
	static const char *const names[] = {[RING] = "ring", [LINE] = "line", [FLAT] = "flat"};
	struct mmi_draft *draft = &shape->draft;
	const size_t nr = shape->nr_nodes;
	const int ret = mmi_draft_alloc_distances(draft, nr, shape->err);

	if (ret)
		return ret;
	for (size_t i = 0; i < nr; i++)
		draft->distance_nids[i] = (int)i;
	for (enum topology topology = RING; topology <= FLAT; topology++) {
		if (!mmi_scan_word(&shape->scan, names[topology]))
			continue;
		for (size_t i = 0; i < nr * nr; i++)
			draft->distances[i] = topology_distance(topology, nr, i / nr, i % nr);
		return 0;
	}
	return read_matrix(shape);
}

static int read_start(struct mmi_shape *shape)
{
	shape->start_at = shape->scan.at;
	return mmi_shape_read_size(shape, &shape->start);
}

static int read_pci(struct mmi_shape *shape)
{
	const char *before = shape->scan.at;
	const int ret = mmi_shape_read_size(shape, &shape->pci_bytes);

	if (ret)
		return ret;
	shape->has_pci = true;
	if (shape->pci_bytes && shape->draft.spec.geometry.arch != MMI_ARCH_X86_64)
		return mmi_shape_bad(shape, before, "no gap below 4G but on x86_64");
	if (shape->pci_bytes > 4ull << 30)
		return mmi_shape_bad(shape, before, "a gap of at most 4G");
	return 0;
}

static int read_interleave(struct mmi_shape *shape)
{
	shape->interleave_at = shape->scan.at;
	const int ret = mmi_shape_read_size(shape, &shape->interleave_bytes);

	if (!ret && !shape->interleave_bytes)
		return mmi_shape_bad(shape, shape->interleave_at, "a size above 0");
	return ret;
}

/* size "@" address */
static int read_range(struct mmi_shape *shape, struct mmi_byte_range *range)
{
	const uint64_t limit = 1ull << shape->draft.spec.geometry.max_physmem_bits;
	const char *size_at = shape->scan.at;
	uint64_t size_bytes = 0;
	int ret = mmi_shape_read_size(shape, &size_bytes);

	if (!ret && !size_bytes)
		ret = mmi_shape_bad(shape, size_at, "a size above 0");
	if (!ret && !mmi_scan_word(&shape->scan, "@"))
		ret = mmi_shape_bad(shape, shape->scan.at, "\"@\" and an address");
	const char *address_at = shape->scan.at;
	if (!ret)
		ret = mmi_shape_read_size(shape, &range->start);
	if (!ret && (range->start >= limit || size_bytes > limit - range->start))
		ret = mmi_shape_bad(shape, address_at, "a range below the architecture's limit");
	range->end = range->start + size_bytes;
	return ret;
}

static int read_edit(struct mmi_shape *shape, uint8_t kind)
{
	struct mmi_byte_range edit = {.nid = -1, .kind = kind, .from_kinds = MMI_FROM_ANY};
	const int ret = read_range(shape, &edit);

	return ret ? ret : mmi_byte_ranges_append(&shape->edits, &edit, shape->err);
}

static int read_hole(struct mmi_shape *shape)
{
	return read_edit(shape, MMI_SHAPE_ABSENT);
}

static int read_persistent(struct mmi_shape *shape)
{
	return read_edit(shape, MMI_SHAPE_PERSISTENT);
}

static int read_reserved(struct mmi_shape *shape)
{
	struct mmi_byte_range range = {.nid = -1};
	const int ret = read_range(shape, &range);

	return ret ? ret : mmi_byte_ranges_append(&shape->draft.reserved, &range, shape->err);
}

static int read_hotplug(struct mmi_shape *shape)
{
	struct mmi_byte_range window = {.flags = MMI_MEM_HOTPLUG};
	int ret = read_range(shape, &window);

	if (ret)
		return ret;
	if (!mmi_scan_word(&shape->scan, "/"))
		return mmi_shape_bad(shape, shape->scan.at, "\"/\" and a node id");
	const char *expected = mmi_scan_nid(&shape->scan, &window.nid);
	if (expected)
		return mmi_shape_bad(shape, shape->scan.at, expected);
	return mmi_byte_ranges_append(&shape->draft.windows, &window, shape->err);
}

static int read_amount(struct mmi_shape *shape, struct mmi_amount *amount)
{
	const char *before = shape->scan.at;
	uint64_t value = 0;
	const int ret = mmi_shape_read_size(shape, &value);

	if (ret)
		return ret;
	if (!mmi_scan_word(&shape->scan, "%")) {
		amount->unit = MMI_AMOUNT_PAGES;
		amount->value = value >> shape->draft.spec.geometry.page_shift;
		return 0;
	}
	if (value > 100)
		return mmi_shape_bad(shape, before, "a percentage of at most 100%");
	amount->unit = MMI_AMOUNT_PERCENT;
	amount->value = value;
	return 0;
}

static int read_kernelcore(struct mmi_shape *shape)
{
	return read_amount(shape, &shape->draft.spec.kernelcore);
}

static int read_movablecore(struct mmi_shape *shape)
{
	return read_amount(shape, &shape->draft.spec.movablecore);
}

static const struct {
	const char *name;
	int (*read)(struct mmi_shape *shape);
	bool may_repeat;
} options[] = {
    {"arch=", read_arch, false},
    {"linux=", read_linux, false},
    {"cpus=", read_cpus, false},
    {"distance=", read_distance, false},
    {"start=", read_start, false},
    {"pci=", read_pci, false},
    {"hole=", read_hole, true},
    {"reserved=", read_reserved, true},
    {"persistent=", read_persistent, true},
    {"interleave=", read_interleave, false},
    {"kernelcore=", read_kernelcore, false},
    {"movablecore=", read_movablecore, false},
    {"hotplug=", read_hotplug, true},
};

int mmi_shape_option(struct mmi_shape *shape)
{
	const char *before = shape->scan.at;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!mmi_scan_word(&shape->scan, options[i].name))
			continue;
		if (shape->given >> i & 1 && !options[i].may_repeat)
			return mmi_shape_bad(shape, before, "this option only once");
		shape->given |= 1u << i;
		return options[i].read(shape);
	}
	return mmi_shape_bad(shape, before,
			     "an option: arch, linux, cpus, distance, start, pci, hole, reserved, "
			     "persistent, interleave, kernelcore, movablecore or hotplug");
}
