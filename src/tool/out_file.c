/* SPDX-License-Identifier: MIT */
/* Opens, ends and drops the files that commands write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/out_file.h"
#include "tool/replace_file.h"

bool mmi_out_file_is_apart(const char *path, bool stdout_is_taken)
{
	return !path || !stdout_is_taken || strcmp(path, "-") != 0;
}

/*
 * By the time a stream's error is seen errno may be another's.  What was lost fails as it did when
 * a byte more is written; where it does not, nobody knows.
 */
static const char *reason_of_loss(FILE *stream)
{
	return write(fileno(stream), "\n", 1) < 0 ? strerror(errno) : "output lost";
}

static enum mmi_exit complain(const char *name, const char *reason)
{
	return mmi_complain(MMI_EXIT_FAILED, "%s: cannot write: %s", name, reason);
}

bool mmi_out_complain(FILE *stream, const char *name)
{
	errno = 0;
	if (!fflush(stream) && !ferror(stream))
		return false;
	complain(name, errno ? strerror(errno) : reason_of_loss(stream));
	return true;
}

/* Not what stands under its name is meant then, but what somebody has open. */
static bool is_stdout(const struct stat *status)
{
	struct stat out;

	return !fstat(STDOUT_FILENO, &out) && out.st_dev == status->st_dev &&
	       out.st_ino == status->st_ino;
}

static int hold(struct mmi_out_file *file)
{
	file->is_held = true;
	file->stream = open_memstream(&file->bytes, &file->size_bytes);
	return file->stream ? 0 : -errno;
}

/* Takes @fd, which is open for writing. */
static int open_existing(struct mmi_out_file *file, int fd)
{
	struct stat status;
	int ret = fstat(fd, &status) ? -errno : 0;

	if (!ret && !S_ISREG(status.st_mode)) {
		file->stream = fdopen(fd, "w");
		if (file->stream)
			return 0;
		ret = -errno;
	}
	close(fd);
	if (ret)
		return ret;
	if (!is_stdout(&status))
		return hold(file);
	file->stream = stdout;
	return 0;
}

static int open_path(struct mmi_out_file *file)
{
	if (!strcmp(file->path, "-")) {
		file->stream = stdout;
		return 0;
	}
	const int fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		return open_existing(file, fd);
	const int ret = errno == ENOENT ? mmi_replace_file_can_create(file->path) : -errno;
	return ret ? ret : hold(file);
}

enum mmi_exit mmi_out_file_open(struct mmi_out_file *file, const char *path)
{
	*file = (struct mmi_out_file){.path = path};
	const int ret = open_path(file);
	return ret ? complain(path, strerror(-ret)) : MMI_EXIT_GOOD;
}

/* What a stream in memory loses it loses for want of memory. */
static int put_held(struct mmi_out_file *file)
{
	bool is_lost = ferror(file->stream);

	is_lost |= fclose(file->stream) != 0;
	const int ret =
	    is_lost ? -ENOMEM : mmi_replace_file(file->path, file->bytes, file->size_bytes);
	free(file->bytes);
	return ret;
}

static enum mmi_exit close_held(struct mmi_out_file *file)
{
	const int ret = put_held(file);

	return ret ? complain(file->path, strerror(-ret)) : MMI_EXIT_GOOD;
}

static enum mmi_exit close_direct(struct mmi_out_file *file)
{
	const bool is_lost = mmi_out_complain(file->stream, file->path);

	if (fclose(file->stream) && !is_lost)
		return complain(file->path, strerror(errno));
	return is_lost ? MMI_EXIT_FAILED : MMI_EXIT_GOOD;
}

enum mmi_exit mmi_out_file_close(struct mmi_out_file *file)
{
	enum mmi_exit exit = MMI_EXIT_GOOD;

	if (file->is_held)
		exit = close_held(file);
	else if (file->stream != stdout) /* to standard output main() sees */
		exit = close_direct(file);
	file->stream = NULL;
	return exit;
}

void mmi_out_file_drop(struct mmi_out_file *file)
{
	if (!file->stream)
		return;
	if (file->stream != stdout)
		fclose(file->stream);
	free(file->bytes);
	file->stream = NULL;
}
