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

/*
 * By the time a stream's error is seen errno may be another's.  What was lost fails as it did when
 * a byte more is written; where it does not, nobody knows.
 */
static const char *reason_of_loss(FILE *stream)
{
	return write(fileno(stream), "\n", 1) < 0 ? strerror(errno) : "output lost";
}

bool mmi_out_complain(FILE *stream, const char *name)
{
	errno = 0;
	if (!fflush(stream) && !ferror(stream))
		return false;
	mmi_complain(MMI_EXIT_FAILED, "%s: cannot write: %s", name,
		     errno ? strerror(errno) : reason_of_loss(stream));
	return true;
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
	bool failed = false;

	/* To standard output main() sees. */
	if (!is_stdout(file)) {
		failed = mmi_out_complain(file->stream, file->path);
		if (fclose(file->stream) && !failed) {
			mmi_complain(MMI_EXIT_FAILED, "%s: cannot write: %s", file->path,
				     strerror(errno));
			failed = true;
		}
	}
	file->stream = NULL;
	if (!failed)
		return MMI_EXIT_GOOD;
	remove_regular(file->path);
	return MMI_EXIT_FAILED;
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
