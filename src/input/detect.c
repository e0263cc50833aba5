/* SPDX-License-Identifier: MIT */
/* Tells the formats apart, and has a text read as what it is. */
#include <string.h>

#include "input/device_tree.h"
#include "input/machine_file.h"
#include "input/memory_file.h"
#include "input/shape.h"

#define MAX_SHAPE_BYTES 65536 /* 1024 nodes with sizes, CPUs and a few options */

/* A shape is one short word on a line of its own, behind comments; a log has words and lines. */
static bool is_shape(const char *text, size_t size_bytes)
{
	struct mmi_scan scan = mmi_shape_trim(text, size_bytes);

	if (mmi_scan_is_done(&scan) || scan.end - scan.at > MAX_SHAPE_BYTES)
		return false;
	for (const char *at = scan.at; at < scan.end; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
			return false;
	return true;
}

/* A log may begin with "<6>". */
static bool is_xml(const char *text, size_t size_bytes)
{
	struct mmi_scan scan = mmi_shape_trim(text, size_bytes);

	return mmi_scan_word(&scan, "<?xml") || mmi_scan_word(&scan, "<!DOCTYPE") ||
	       mmi_scan_word(&scan, "<topology");
}

int mmi_input_text(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		   const struct mmi_input_options *options, struct mmi_machine **machine,
		   struct mmi_input_info *info, struct mmi_error *err)
{
	if (mmi_is_device_tree(text, size_bytes))
		return mmi_input_device_tree(platform, text, size_bytes, options, machine, info,
					     err);
	if (mmi_is_machine_file(text, size_bytes))
		return mmi_input_machine_file(platform, text, size_bytes, options, machine, info,
					      err);
	if (mmi_is_memory_file(text, size_bytes))
		return mmi_input_memory_file(platform, text, size_bytes, options, machine, info,
					     err);
	if (is_xml(text, size_bytes))
		return mmi_input_topology(platform, text, size_bytes, options, machine, info, err);
	if (is_shape(text, size_bytes))
		return mmi_input_shape(platform, text, size_bytes, options, machine, info, err);
	return mmi_input_boot_log(platform, text, size_bytes, options, machine, info, err);
}
