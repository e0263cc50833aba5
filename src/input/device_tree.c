/* SPDX-License-Identifier: MIT */
/*
 * A flattened device tree: /memory, /reserved-memory and the reservation block, the nodes of memory
 * and CPUs (numa-node-id), and /distance-map.
 *
 * It does not say how large a page is; arm64 is taken to have 4 KiB pages.
 */
#include <errno.h>
#include <libfdt.h>
#include <string.h>

#include "input/device_tree.h"
#include "input/info.h"

#define MAX_DEPTH_NAME 64

struct tree {
	const void *blob;
	struct mmi_draft draft;
	struct mmi_input_info *info;
	struct mmi_error *err;
};

bool mmi_is_device_tree(const char *bytes, size_t size_bytes)
{
	static const char magic[] = {(char)0xd0, 0x0d, (char)0xfe, (char)0xed};

	return size_bytes >= sizeof(magic) && !memcmp(bytes, magic, sizeof(magic));
}

static int bad(const struct tree *tree, int offset, const char *expected)
{
	char path[MAX_DEPTH_NAME] = "/";

	fdt_get_path(tree->blob, offset, path, sizeof(path));
	return mmi_error_set(tree->err, -EINVAL, "device tree: %s: %s expected", path, expected);
}

static bool is_device(const struct tree *tree, int offset, const char *type)
{
	int length = 0;
	const char *found = fdt_getprop(tree->blob, offset, "device_type", &length);

	return found && (size_t)length == strlen(type) + 1 && !memcmp(found, type, (size_t)length);
}

/* Memory and CPUs without the property are node 0's. */
static int nid_of(const struct tree *tree, int offset, int *nid)
{
	int length;
	const fdt32_t *value = fdt_getprop(tree->blob, offset, "numa-node-id", &length);

	*nid = 0;
	if (!value)
		return 0;
	if (length != sizeof(*value) || fdt32_to_cpu(*value) >= MMI_MAX_NODES)
		return bad(tree, offset, "numa-node-id, a number below 1024,");
	*nid = (int)fdt32_to_cpu(*value);
	return 0;
}

static uint64_t read_cells(const fdt32_t *cells, int nr)
{
	uint64_t value = 0;

	for (int i = 0; i < nr; i++)
		value = value << 32 | fdt32_to_cpu(cells[i]);
	return value;
}

/* Appends the ranges of the property @name of @offset, whose parent is @parent. */
static int take_reg(const struct tree *tree, int parent, int offset, const char *name,
		    struct mmi_byte_range range, struct mmi_byte_ranges *ranges)
{
	const int nr_address = fdt_address_cells(tree->blob, parent);
	const int nr_size = fdt_size_cells(tree->blob, parent);
	int length, ret = 0;
	const fdt32_t *cells = fdt_getprop(tree->blob, offset, name, &length);

	if (!cells)
		return 0;
	if (nr_address < 1 || nr_address > 2 || nr_size < 1 || nr_size > 2)
		return bad(tree, parent, "#address-cells and #size-cells of 1 or 2");
	const int nr = nr_address + nr_size;
	if (length % (nr * (int)sizeof(*cells)))
		return bad(tree, offset, "whole ranges in \"reg\"");
	for (int i = 0; !ret && i < length / (nr * (int)sizeof(*cells)); i++) {
		range.start = read_cells(cells + i * nr, nr_address);
		const uint64_t size_bytes = read_cells(cells + i * nr + nr_address, nr_size);
		if (__builtin_add_overflow(range.start, size_bytes, &range.end))
			return bad(tree, offset, "ranges below 2^64");
		ret = mmi_byte_ranges_append(ranges, &range, tree->err);
	}
	return ret;
}

static int take_memory(struct tree *tree, int offset, struct mmi_byte_ranges *ranges)
{
	struct mmi_byte_range range = {.kind = 1, .from_kinds = MMI_FROM_ANY};
	const bool is_limited =
	    fdt_getprop(tree->blob, offset, "linux,usable-memory", NULL) != NULL;
	const int ret = nid_of(tree, offset, &range.nid);

	if (fdt_getprop(tree->blob, offset, "hotpluggable", NULL))
		range.flags = MMI_MEM_HOTPLUG;
	return ret ? ret
		   : take_reg(tree, 0, offset, is_limited ? "linux,usable-memory" : "reg", range,
			      ranges);
}

/* Reservations of a fixed place; others are made by the kernel where it likes. */
static int take_reserved(struct tree *tree, struct mmi_byte_ranges *reserved)
{
	const struct mmi_byte_range taken = {.nid = -1, .kind = 1, .from_kinds = MMI_FROM_ANY};
	const int parent = fdt_path_offset(tree->blob, "/reserved-memory");
	int offset, ret = 0;

	for (int i = 0; !ret && i < fdt_num_mem_rsv(tree->blob); i++) {
		struct mmi_byte_range range = taken;
		uint64_t size_bytes;
		fdt_get_mem_rsv(tree->blob, i, &range.start, &size_bytes);
		if (__builtin_add_overflow(range.start, size_bytes, &range.end))
			return bad(tree, 0, "reservations below 2^64");
		ret = mmi_byte_ranges_append(reserved, &range, tree->err);
	}
	if (parent < 0)
		return ret;
	fdt_for_each_subnode(offset, tree->blob, parent) if (!ret) ret =
	    take_reg(tree, parent, offset, "reg", taken, reserved);
	return ret;
}

static int take_cpus(struct tree *tree)
{
	const int parent = fdt_path_offset(tree->blob, "/cpus");
	int offset, nid, ret = 0;

	if (parent >= 0)
		fdt_for_each_subnode(offset, tree->blob, parent)
		{
			if (ret || !is_device(tree, offset, "cpu"))
				continue;
			ret = nid_of(tree, offset, &nid);
			if (!ret)
				ret = mmi_draft_add_cpu(&tree->draft, nid, tree->err);
		}
	if (!ret && !tree->draft.nr_cpus) {
		mmi_info_add_note(tree->info, "CPUs unknown: one assumed on node 0");
		ret = mmi_draft_add_cpu(&tree->draft, 0, tree->err);
	}
	return ret;
}

/* Triples: from, to, distance; what is said one way holds the other way too. */
static int take_distances(struct tree *tree)
{
	const int offset = fdt_path_offset(tree->blob, "/distance-map");
	struct mmi_draft *draft = &tree->draft;
	size_t index[MMI_MAX_NODES], nr = 0;
	int length;
	const fdt32_t *cells =
	    offset < 0 ? NULL : fdt_getprop(tree->blob, offset, "distance-matrix", &length);

	if (!cells)
		return 0;
	if (length % (3 * (int)sizeof(*cells)))
		return bad(tree, offset, "distance-matrix of whole triples");
	const int nr_cells = length / (int)sizeof(*cells);
	memset(index, 0xff, sizeof(index));
	for (int i = 0; i < nr_cells; i++) {
		const uint32_t value = fdt32_to_cpu(cells[i]);
		if (value >= (i % 3 == 2 ? 255u : (uint32_t)MMI_MAX_NODES))
			return bad(tree, offset, "nodes below 1024 and distances below 255");
		if (i % 3 != 2 && index[value] == SIZE_MAX)
			index[value] = nr++;
	}
	if (mmi_draft_alloc_distances(draft, nr, tree->err))
		return -ENOMEM;
	for (size_t i = 0; i < nr * nr; i++)
		draft->distances[i] = i % (nr + 1) ? MMI_REMOTE_DISTANCE : MMI_LOCAL_DISTANCE;
	for (int nid = 0; nid < MMI_MAX_NODES; nid++)
		if (index[nid] != SIZE_MAX)
			draft->distance_nids[index[nid]] = nid;
	for (int i = 0; i < nr_cells; i += 3) {
		const size_t from = index[fdt32_to_cpu(cells[i])];
		const size_t to = index[fdt32_to_cpu(cells[i + 1])];
		draft->distances[from * nr + to] = (uint16_t)fdt32_to_cpu(cells[i + 2]);
		draft->distances[to * nr + from] = (uint16_t)fdt32_to_cpu(cells[i + 2]);
	}
	return 0;
}

static int read_tree(struct tree *tree)
{
	struct mmi_byte_ranges memory = {0}, reserved = {0};
	int offset, ret = 0;

	fdt_for_each_subnode(offset, tree->blob, 0) if (!ret && is_device(tree, offset, "memory"))
	    ret = take_memory(tree, offset, &memory);
	if (!ret)
		ret = take_reserved(tree, &reserved);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&memory, &tree->draft.memory, tree->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&reserved, &tree->draft.reserved, tree->err);
	if (!ret && !tree->draft.memory.nr)
		ret = bad(tree, 0, "a node with device_type \"memory\" and \"reg\"");
	if (!ret)
		ret = take_cpus(tree);
	mmi_byte_ranges_deinit(&memory);
	mmi_byte_ranges_deinit(&reserved);
	return ret ? ret : take_distances(tree);
}

/*
 * Versions before 16 (2005) have whole paths for names.  libfdt's check (1.6.1) takes for granted
 * that the root has a name, and reads at address 0 where it is no path.
 */
static bool is_old(const char *blob)
{
	return fdt_magic(blob) == FDT_MAGIC && fdt_version(blob) < 16;
}

int mmi_input_device_tree(const struct mmi_platform *platform, const char *blob, size_t size_bytes,
			  const struct mmi_input_options *options, struct mmi_machine **machine,
			  struct mmi_input_info *info, struct mmi_error *err)
{
	struct tree tree = {.blob = blob, .info = info, .err = err};
	int ret;

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_DEVICE_TREE);
	if (size_bytes < sizeof(struct fdt_header) || is_old(blob) ||
	    fdt_check_full(blob, size_bytes))
		return mmi_error_set(err, -EINVAL,
				     "a damaged device tree: a whole blob of version 16 or 17, as "
				     "dtc writes it, expected");
	mmi_draft_init(&tree.draft, MMI_ARCH_ARM64_4K, options);
	mmi_info_add_note(info, "taken for arm64 with 4 KiB pages");
	ret = read_tree(&tree);
	if (!ret)
		ret = mmi_draft_finish(&tree.draft, platform, machine, err);
	mmi_draft_deinit(&tree.draft);
	return ret;
}
