/* SPDX-License-Identifier: MIT */
/* Reads a shape: the nodes, then the options, then the machine. */
#include <errno.h>
#include <stdlib.h>

#include "input/info.h"
#include "input/shape.h"
#include "input/size.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct mmi_scan mmi_shape_trim(const char *text, size_t size_bytes)
{
	struct mmi_scan scan = {text, text + size_bytes};

	for (;;) {
		while (scan.at < scan.end && is_blank(*scan.at))
			scan.at++;
		if (scan.at == scan.end || *scan.at != '#')
			break;
		while (scan.at < scan.end && *scan.at != '\n')
			scan.at++;
	}
	while (scan.end > scan.at && is_blank(scan.end[-1]))
		scan.end--;
	return scan;
}

int mmi_shape_bad(const struct mmi_shape *shape, const char *at, const char *expected)
{
	const char *line_start = shape->text;
	const char *word_end = at;
	uint32_t line = 1;

	for (const char *p = shape->text; p < at; p++) {
		if (*p != '\n')
			continue;
		line++;
		line_start = p + 1;
	}
	while (word_end < shape->scan.end && *word_end != ',' && word_end - at < 40)
		word_end++;
	const uint32_t column = (uint32_t)(at - line_start) + 1;
	if (at == shape->scan.end)
		return mmi_error_set_at(shape->err, -EINVAL, line, column,
					"the shape ends here: %s expected", expected);
	return mmi_error_set_at(shape->err, -EINVAL, line, column, "\"%.*s\": %s expected",
				(int)(word_end - at), at, expected);
}

/* The architecture counts before anything that is said in pages or sections. */
static int read_arch(const struct mmi_shape *shape, enum mmi_arch *arch)
{
	struct mmi_scan scan = shape->scan;

	*arch = MMI_ARCH_X86_64;
	if (!mmi_scan_find(&scan, ",arch="))
		return 0;
	for (int i = 0; i < MMI_NR_ARCHS; i++) {
		struct mmi_scan word = scan;
		if (!mmi_scan_word(&word, mmi_arch_name(i)))
			continue;
		if (!mmi_scan_is_done(&word) && *word.at != ',')
			continue;
		*arch = i;
		return 0;
	}
	return mmi_shape_bad(shape, scan.at, "x86_64, arm64-4k, arm64-16k, arm64-64k or ppc64-64k");
}

int mmi_shape_read_size(struct mmi_shape *shape, uint64_t *size_bytes)
{
	const char *expected = mmi_scan_size(&shape->scan, &shape->draft.spec.geometry, size_bytes);

	return expected ? mmi_shape_bad(shape, shape->scan.at, expected) : 0;
}

/* "2n:64G": false where the text is not of this form */
static bool scan_node_count(struct mmi_scan *scan, uint64_t *count)
{
	struct mmi_scan ahead = *scan;

	if (!mmi_scan_decimal(&ahead, count) || !mmi_scan_word(&ahead, "n:"))
		return false;
	*scan = ahead;
	return true;
}

static int read_equal_nodes(struct mmi_shape *shape, uint64_t count)
{
	uint64_t size_bytes = 0;

	if (!count || count > MMI_MAX_NODES)
		return mmi_shape_bad(shape, shape->nodes_at, "1 to 1024 nodes");
	const int ret = mmi_shape_read_size(shape, &size_bytes);
	if (ret)
		return ret;
	for (; shape->nr_nodes < count; shape->nr_nodes++)
		shape->node_bytes[shape->nr_nodes] = size_bytes;
	return 0;
}

static int read_nodes(struct mmi_shape *shape)
{
	uint64_t count, sum = 0;
	int ret = 0;

	shape->nodes_at = shape->scan.at;
	if (scan_node_count(&shape->scan, &count)) {
		ret = read_equal_nodes(shape, count);
	} else {
		do {
			if (shape->nr_nodes == MMI_MAX_NODES)
				return mmi_shape_bad(shape, shape->scan.at, "at most 1024 nodes");
			ret = mmi_shape_read_size(shape, &shape->node_bytes[shape->nr_nodes++]);
		} while (!ret && mmi_scan_word(&shape->scan, "+"));
	}
	for (size_t i = 0; !ret && i < shape->nr_nodes; i++) {
		if (shape->node_bytes[i] > UINT64_MAX - sum)
			return mmi_shape_bad(shape, shape->nodes_at, "less than 2^64 bytes in all");
		sum += shape->node_bytes[i];
		shape->draft.is_possible[i] = true;
	}
	if (!ret && !sum)
		ret = mmi_shape_bad(shape, shape->nodes_at, "a size above 0 for at least one node");
	return ret;
}

/* What the word left open. */
static int fill_defaults(struct mmi_shape *shape)
{
	const struct mmi_byte_span first_mib = {0, MIB};
	int ret = 0;

	if (!shape->draft.nr_cpus)
		for (size_t nid = 0; !ret && nid < shape->nr_nodes; nid++)
			ret = mmi_draft_add_cpu(&shape->draft, (int)nid, shape->err);
	if (!ret && shape->draft.spec.geometry.arch == MMI_ARCH_X86_64)
		ret = mmi_byte_ranges_put(&shape->draft.reserved, first_mib, 0, shape->err);
	return ret;
}

static int read_shape(struct mmi_shape *shape, const struct mmi_input_options *options)
{
	enum mmi_arch arch;
	int ret = read_arch(shape, &arch);

	if (ret)
		return ret;
	mmi_draft_init(&shape->draft, arch, options);
	shape->draft.spec.virtual_machine = true;
	if (arch != MMI_ARCH_X86_64 && arch != MMI_ARCH_PPC64_64K)
		shape->start = GIB;
	ret = read_nodes(shape);
	while (!ret && mmi_scan_word(&shape->scan, ","))
		ret = mmi_shape_option(shape);
	if (!ret && !mmi_scan_is_done(&shape->scan))
		ret = mmi_shape_bad(shape, shape->scan.at, "\",\" and an option");
	if (!ret)
		ret = fill_defaults(shape);
	if (options && options->has_linux_version)
		shape->draft.spec.linux_version = options->linux_version;
	return ret ? ret : mmi_shape_place(shape);
}

int mmi_input_shape(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		    const struct mmi_input_options *options, struct mmi_machine **machine,
		    struct mmi_input_info *info, struct mmi_error *err)
{
	struct mmi_shape *shape = calloc(1, sizeof(*shape));
	int ret;

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_SHAPE);
	if (!shape)
		return mmi_error_set(err, -ENOMEM, "no memory to read a shape");
	shape->text = text;
	shape->scan = mmi_shape_trim(text, size_bytes);
	shape->err = err;
	ret = read_shape(shape, options);
	if (!ret)
		ret = mmi_draft_finish(&shape->draft, platform, machine, err);
	if (!ret)
		mmi_info_add_source(info, "the shape itself");
	mmi_byte_ranges_deinit(&shape->edits);
	mmi_draft_deinit(&shape->draft);
	free(shape);
	return ret;
}
