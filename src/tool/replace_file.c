/* SPDX-License-Identifier: MIT */
/* Writes beside the old file, then takes its name. */
#define _GNU_SOURCE /* asprintf() */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/interrupt.h"
#include "tool/replace_file.h"

/* As many as Linux follows. */
#define MAX_LINKS 40

/* Names that earlier runs of the same process number may have left after a power cut. */
#define MAX_PART_NAMES 100

/* The bytes of @path up to its last name: "", or ending in a slash. */
static int folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash + 1 - path) : 0;
}

/* @name beside @path, or by itself when it starts at the root; NULL: no memory. */
static char *name_beside(const char *path, const char *name)
{
	char *beside;
	const int length = name[0] == '/' ? 0 : folder_length(path);

	return asprintf(&beside, "%.*s%s", length, path, name) < 0 ? NULL : beside;
}

/* What @path stands for when links are followed, be it there or not; NULL: no memory. */
static char *follow_links(const char *path)
{
	char *name = strdup(path);
	char link[PATH_MAX];

	for (int nr_links = 0; name && nr_links < MAX_LINKS; nr_links++) {
		const ssize_t length = readlink(name, link, sizeof(link) - 1);

		if (length < 0)
			break;
		link[length] = '\0';
		char *next = name_beside(name, link);
		free(name);
		name = next;
	}
	return name;
}

static int can_create_in(const char *target)
{
	char *folder = name_beside(target, ".");

	if (!folder)
		return -ENOMEM;
	const int ret = faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) ? -errno : 0;
	free(folder);
	return ret;
}

int mmi_replace_file_can_create(const char *path)
{
	char *target = follow_links(path);

	if (!target)
		return -ENOMEM;
	int ret = can_create_in(target);
	if (!*target)
		ret = -ENOENT;
	else if (!ret && !target[folder_length(target)])
		ret = -EISDIR;
	free(target);
	return ret;
}

static int write_all(int fd, const char *bytes, size_t size_bytes)
{
	while (size_bytes) {
		const ssize_t written = write(fd, bytes, size_bytes);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			size_bytes -= (size_t)written;
		}
	}
	return 0;
}

static int end_writing(int fd, int ret)
{
	return close(fd) && !ret ? -errno : ret;
}

static int keep_status(int fd, const struct stat *old)
{
	struct stat own;

	if (fstat(fd, &own))
		return -errno;
	/* Before the mode: it loses bits when the owner changes. */
	if ((own.st_uid != old->st_uid || own.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return -errno;
	return fchmod(fd, old->st_mode & 07777) ? -errno : 0;
}

/* A file that was not there, beside @target; its name is the caller's to free. */
static int create_part(const char *target, char **part)
{
	int fd = -1;

	for (int i = 0; i < MAX_PART_NAMES; i++) {
		if (asprintf(part, "%.*s.mminit-%ld-%d", folder_length(target), target,
			     (long)getpid(), i) < 0)
			return -ENOMEM;
		fd = open(*part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			return fd;
		const int error = errno;
		free(*part);
		if (error != EEXIST)
			return -error;
	}
	return -EEXIST;
}

/* @old: NULL when there is none.  @is_refused: not by what was written, but before or after it. */
static int write_beside(const char *target, const struct stat *old, const char *bytes,
			size_t size_bytes, bool *is_refused)
{
	char *part;
	const int fd = create_part(target, &part);

	*is_refused = true;
	if (fd < 0)
		return fd;
	int ret = old ? keep_status(fd, old) : 0;
	if (!ret) {
		ret = write_all(fd, bytes, size_bytes);
		*is_refused = !ret;
	}
	ret = end_writing(fd, ret);
	if (!ret && rename(part, target))
		ret = -errno;
	if (ret)
		unlink(part);
	free(part);
	return ret;
}

static int write_in_place(const char *target, const char *bytes, size_t size_bytes)
{
	const int fd = open(target, O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd < 0 ? -errno : end_writing(fd, write_all(fd, bytes, size_bytes));
}

/* The folder does not let us, or the file is a mount of its own, as containers have them. */
static bool is_about_folder(int ret)
{
	return ret == -EACCES || ret == -EPERM || ret == -EROFS || ret == -EBUSY || ret == -EXDEV;
}

int mmi_replace_file(const char *path, const char *bytes, size_t size_bytes)
{
	char *target = follow_links(path);
	struct stat old;
	bool is_refused;

	if (!target)
		return -ENOMEM;
	const bool has_old = !stat(target, &old);
	mmi_interrupt_hold();
	int ret = write_beside(target, has_old ? &old : NULL, bytes, size_bytes, &is_refused);
	if (has_old && is_refused && is_about_folder(ret))
		ret = write_in_place(target, bytes, size_bytes);
	mmi_interrupt_release();
	free(target);
	return ret;
}
