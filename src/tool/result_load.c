/* SPDX-License-Identifier: MIT */
/* A result file: read whole, then parsed. */
#include <string.h>

#include "tool/result_load.h"
#include "tool/whole_file.h"

enum mmi_exit mmi_result_load(const char *path, struct mmi_result **result)
{
	const char *name = strcmp(path, "-") ? path : "<stdin>";
	struct mmi_error err = {0};
	struct mmi_text text;

	*result = NULL;
	if (mmi_text_read(&text, path, &err))
		return mmi_complain_at(name, &err);
	const int ret = mmi_result_parse(name, text.bytes, text.size_bytes, result, &err);
	mmi_text_release(&text);
	return ret ? mmi_complain_at(name, &err) : MMI_EXIT_GOOD;
}
