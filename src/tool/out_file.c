/* SPDX-License-Identifier: MIT */
/* Opens, ends and drops the files that commands write. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/out_file.h"

bool mmi_out_file_is_apart(const char *path, bool stdout_is_taken)
{
	return !path || !stdout_is_taken || strcmp(path, "-") != 0;
}

static bool is_stdout(const struct mmi_out_file *file)
{
	return file->stream == stdout;
}

/* Devices and pipes are not ours to remove. */
static void remove_regular(const char *path)
{
	struct stat status;

	if (!stat(path, &status) && S_ISREG(status.st_mode))
		unlink(path);
}

enum mmi_exit mmi_out_file_open(struct mmi_out_file *file, const char *path)
{
	*file = (struct mmi_out_file){.path = path};
	file->stream = strcmp(path, "-") ? fopen(path, "we") : stdout;
	return file->stream
		   ? MMI_EXIT_GOOD
		   : mmi_complain(MMI_EXIT_FAILED, "%s: cannot write: %s", path, strerror(errno));
}

enum mmi_exit mmi_out_file_close(struct mmi_out_file *file)
{
	const bool to_stdout = is_stdout(file);
	bool failed = ferror(file->stream) != 0;

	errno = 0;
	/* Of standard output main() sees to the rest. */
	if (fflush(file->stream) != 0 || (!to_stdout && fclose(file->stream) != 0))
		failed = true;
	file->stream = NULL;
	if (!failed || to_stdout)
		return MMI_EXIT_GOOD;
	const int error = errno;
	remove_regular(file->path);
	return mmi_complain(MMI_EXIT_FAILED, "%s: cannot write: %s", file->path,
			    error ? strerror(error) : "output lost");
}

void mmi_out_file_drop(struct mmi_out_file *file)
{
	if (!file->stream)
		return;
	if (!is_stdout(file)) {
		fclose(file->stream);
		remove_regular(file->path);
	}
	file->stream = NULL;
}
