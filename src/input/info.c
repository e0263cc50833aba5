/* SPDX-License-Identifier: MIT */
/* What a description was read from, in words. */
#include <string.h>

#include "input/info.h"

static const char *const format_names[] = {
    [MMI_INPUT_BOOT_LOG] = "boot log",         [MMI_INPUT_SHAPE] = "shape",
    [MMI_INPUT_THIS_MACHINE] = "this machine", [MMI_INPUT_TOPOLOGY] = "hwloc topology",
    [MMI_INPUT_MACHINE_FILE] = "machine file", [MMI_INPUT_MEMORY_FILE] = "copied file",
    [MMI_INPUT_DEVICE_TREE] = "device tree",
};

void mmi_info_init(struct mmi_input_info *info, enum mmi_input_format format)
{
	if (!info)
		return;
	*info = (struct mmi_input_info){.format = format};
	mmi_format(info->format_name, sizeof(info->format_name), "%s", format_names[format]);
}

static void append(char *list, size_t size_bytes, const char *separator, const char *format,
		   va_list args)
{
	size_t length = strlen(list);

	if (length)
		length += mmi_format(list + length, size_bytes - length, "%s", separator);
	mmi_vformat(list + length, size_bytes - length, format, args);
}

void mmi_info_add_source(struct mmi_input_info *info, const char *format, ...)
{
	va_list args;

	if (!info)
		return;
	va_start(args, format);
	append(info->sources, sizeof(info->sources), ", ", format, args);
	va_end(args);
}

void mmi_info_add_note(struct mmi_input_info *info, const char *format, ...)
{
	va_list args;

	if (!info)
		return;
	va_start(args, format);
	append(info->notes, sizeof(info->notes), "; ", format, args);
	va_end(args);
}
