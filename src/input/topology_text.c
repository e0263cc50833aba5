/* SPDX-License-Identifier: MIT */
/*
 * A machine from an hwloc topology, which is XML or a synthetic description.
 *
 * A topology has nodes, their sizes, CPUs and distances, and no addresses: memory is laid out as
 * that of a shape, node after node.
 *
 * hwloc takes what it is given: how much that would come to is counted before it sees it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/info.h"
#include "input/shape.h"
#include "input/topology_hwloc.h"

#define MIB                 (1ull << 20)
#define MAX_SYNTHETIC_BYTES 4096
#define MAX_OBJECTS         MMI_MAX_CPUS /* of one level of a synthetic description */

struct reading {
	char *text; /* terminated copy */
	size_t size_bytes;
	uint32_t first_line; /* of the copy, in what was given */
	hwloc_topology_t topology;
	struct mmi_shape *shape; /* lays memory out; its draft becomes the machine */
	struct mmi_input_info *info;
	struct mmi_error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Says that @expected should stand at @at. */
static int bad(const struct reading *r, const char *at, const char *expected)
{
	const char *line_start = r->text;
	uint32_t line = r->first_line;

	for (const char *p = r->text; p < at; p++)
		if (*p == '\n') {
			line++;
			line_start = p + 1;
		}
	return mmi_error_set_at(r->err, -EINVAL, line, (uint32_t)(at - line_start) + 1,
				"\"%.*s\": %s expected", (int)strcspn(at, "\r\n \t"), at, expected);
}

/*
 * The counts of "pack:2 [numa] core:26 pu:2" multiply; what is in brackets, with attributes in
 * parentheses, stands beside.
 */
static int check_synthetic(const struct reading *r)
{
	uint64_t nr_objects = 1;
	unsigned depth = 0;

	if (r->size_bytes > MAX_SYNTHETIC_BYTES)
		return mmi_error_set_at(r->err, -EINVAL, 1, 1,
					"%zu bytes: a synthetic topology of at most %d expected",
					r->size_bytes, MAX_SYNTHETIC_BYTES);
	for (const char *at = r->text; *at; at++) {
		depth += *at == '(' || *at == '[';
		depth -= depth && (*at == ')' || *at == ']');
		const bool is_count = *at >= '0' && *at <= '9' &&
				      (at == r->text || is_blank(at[-1]) || at[-1] == ':');
		if (depth || !is_count)
			continue;
		const unsigned long long count = strtoull(at, NULL, 10);
		if (!count || count > MAX_OBJECTS || nr_objects * count > MAX_OBJECTS)
			return bad(r, at, "a count from 1 on, in all at most 65536 CPUs");
		nr_objects *= count;
	}
	return 0;
}

static int check_xml(const struct reading *r)
{
	const char *at = strstr(r->text, "<topology");
	const char *end = at ? strchr(at, '>') : NULL;
	const char *version = at ? strstr(at, "version=\"") : NULL;

	if (!at || !end)
		return bad(r, r->text, "hwloc XML, with <topology>,");
	if (version && version < end && version[strlen("version=\"")] >= '3')
		return bad(r, version,
			   "hwloc XML of version 2, as `lstopo --export-xml-flags v2 FILE.xml` "
			   "writes it,");
	return 0;
}

/* From its first element on: where hwloc is built without libxml, a comment before is refused. */
static int set_xml(struct reading *r)
{
	const char *topology = strstr(r->text, "<topology");
	const size_t size_bytes = r->size_bytes - (size_t)(topology - r->text);

	return hwloc_topology_set_xmlbuffer(r->topology, topology, (int)size_bytes + 1);
}

static int load(struct reading *r)
{
	const bool is_xml = r->text[0] == '<';
	int ret = is_xml ? check_xml(r) : check_synthetic(r);

	if (ret)
		return ret;
	if (is_xml)
		ret = set_xml(r);
	else
		ret = hwloc_topology_set_synthetic(r->topology, r->text);
	if (!ret)
		ret = hwloc_topology_load(r->topology);
	if (!ret)
		return 0;
	return bad(r, r->text,
		   is_xml ? "hwloc XML, as `lstopo FILE.xml` writes it,"
			  : "a synthetic topology, such as \"numa:2 core:26 pu:2\",");
}

/* XML says where it came from; a synthetic machine is x86-64. */
static enum mmi_arch arch_of(const struct reading *r)
{
	const hwloc_obj_t root = hwloc_get_root_obj(r->topology);
	const hwloc_obj_t node = hwloc_get_obj_by_type(r->topology, HWLOC_OBJ_NUMANODE, 0);
	const char *name = hwloc_obj_get_info_by_name(root, "Architecture");
	const uint64_t page_bytes =
	    node->attr->numanode.page_types_len ? node->attr->numanode.page_types[0].size : 0;

	if (name && !strncmp(name, "ppc64", 5))
		return MMI_ARCH_PPC64_64K;
	if (!name || strcmp(name, "aarch64") != 0)
		return MMI_ARCH_X86_64;
	if (page_bytes == 65536)
		return MMI_ARCH_ARM64_64K;
	return page_bytes == 16384 ? MMI_ARCH_ARM64_16K : MMI_ARCH_ARM64_4K;
}

/* Sizes of the nodes into the shape, in their order; their numbers into @nids. */
static int read_sizes(struct reading *r, int *nids)
{
	struct mmi_shape *shape = r->shape;
	const uint64_t limit = 1ull << shape->draft.spec.geometry.max_physmem_bits;
	uint64_t sum = shape->start;

	for (int nid = 0; nid < MMI_MAX_NODES; nid++) {
		const hwloc_obj_t node =
		    hwloc_get_numanode_obj_by_os_index(r->topology, (unsigned)nid);
		if (!node)
			continue;
		const uint64_t size_bytes = node->attr->numanode.local_memory;
		/* The gap below 4 GiB is to fit, too. */
		if (size_bytes > limit || sum + size_bytes > limit - (1ull << 30))
			return mmi_error_set(
			    r->err, -EINVAL,
			    "memory of node %d: less than 2^%u bytes in all expected", nid,
			    shape->draft.spec.geometry.max_physmem_bits);
		sum += size_bytes;
		nids[shape->nr_nodes] = nid;
		shape->node_bytes[shape->nr_nodes++] = size_bytes;
	}
	if (sum == shape->start)
		return mmi_error_set(r->err, -EINVAL,
				     "no node has memory: a node with local_memory expected");
	return 0;
}

static int lay_out_memory(struct reading *r)
{
	const struct mmi_byte_span first_mib = {0, MIB};
	struct mmi_draft *draft = &r->shape->draft;
	int nids[MMI_MAX_NODES];
	int ret = read_sizes(r, nids);

	if (!ret && draft->spec.geometry.arch == MMI_ARCH_X86_64)
		ret = mmi_byte_ranges_put(&draft->reserved, first_mib, 0, r->err);
	if (!ret)
		ret = mmi_shape_place(r->shape);
	/* A shape's nodes are numbered from 0 on. */
	for (size_t i = 0; !ret && i < draft->memory.nr; i++)
		draft->memory.items[i].nid = nids[draft->memory.items[i].nid];
	return ret;
}

static int read_topology(struct reading *r, const struct mmi_input_options *options)
{
	struct mmi_shape *shape = r->shape;
	enum mmi_arch arch;
	int ret = load(r);

	if (ret)
		return ret;
	arch = arch_of(r);
	mmi_draft_init(&shape->draft, arch, options);
	if (arch != MMI_ARCH_X86_64 && arch != MMI_ARCH_PPC64_64K)
		shape->start = 1ull << 30;
	ret = mmi_topology_read(r->topology, &shape->draft, r->err);
	if (ret)
		return ret;
	mmi_info_add_note(r->info, "addresses are not known: nodes lie one after another");
	return lay_out_memory(r);
}

/* Keeps the word or document itself, without blanks around it and comments before it. */
static int keep_text(struct reading *r, const char *text, size_t size_bytes)
{
	const struct mmi_scan scan = mmi_shape_trim(text, size_bytes);
	char *copy;

	r->size_bytes = (size_t)(scan.end - scan.at);
	r->first_line = 1;
	for (const char *p = text; p < scan.at; p++)
		r->first_line += *p == '\n';
	copy = malloc(r->size_bytes + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, scan.at, r->size_bytes);
	copy[r->size_bytes] = '\0';
	r->text = copy;
	return 0;
}

static void reading_deinit(struct reading *r)
{
	if (r->topology)
		hwloc_topology_destroy(r->topology);
	if (r->shape)
		mmi_draft_deinit(&r->shape->draft);
	free(r->shape);
	free(r->text);
}

int mmi_input_topology(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		       const struct mmi_input_options *options, struct mmi_machine **machine,
		       struct mmi_input_info *info, struct mmi_error *err)
{
	struct reading r = {.info = info, .err = err};
	int ret = keep_text(&r, text, size_bytes);

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_TOPOLOGY);
	r.shape = calloc(1, sizeof(*r.shape));
	if (ret || !r.shape || hwloc_topology_init(&r.topology)) {
		reading_deinit(&r);
		return mmi_error_set(err, -ENOMEM, "no memory to read a topology");
	}
	r.shape->err = err;
	ret = read_topology(&r, options);
	if (!ret)
		ret = mmi_draft_finish(&r.shape->draft, platform, machine, err);
	if (!ret)
		mmi_info_add_source(info, "%s", r.text[0] == '<' ? "XML" : r.text);
	reading_deinit(&r);
	return ret;
}
