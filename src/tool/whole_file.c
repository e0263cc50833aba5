/* SPDX-License-Identifier: MIT */
/* Reads a file or standard input, growing as it goes: pipes and /proc do not tell their size. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/whole_file.h"

#define FIRST_BYTES ((size_t)64 << 10)

static int open_input(const char *path, struct mmi_error *err)
{
	struct stat status;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return mmi_error_set(err, -errno, "cannot read: %s", strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return fd;
	if (fd != STDIN_FILENO)
		close(fd);
	return mmi_error_set(err, -EISDIR, "a directory: expected a file");
}

/* Makes room for more; one byte above the limit, so that its end is seen. */
static int grow(struct mmi_text *text, size_t *capacity, struct mmi_error *err)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST_BYTES;
	char *bytes;

	if (text->size_bytes > MMI_TEXT_MAX_BYTES)
		return mmi_error_set(err, -EFBIG, "larger than %zu MiB: expected a smaller file",
				     MMI_TEXT_MAX_BYTES >> 20);
	if (wanted > MMI_TEXT_MAX_BYTES + 1)
		wanted = MMI_TEXT_MAX_BYTES + 1;
	bytes = realloc(text->bytes, wanted);
	if (!bytes)
		return mmi_error_set(err, -ENOMEM, "no memory to read it: %zu bytes", wanted);
	text->bytes = bytes;
	*capacity = wanted;
	return 0;
}

static int read_all(struct mmi_text *text, int fd, struct mmi_error *err)
{
	size_t capacity = 0;

	for (;;) {
		if (text->size_bytes == capacity) {
			const int ret = grow(text, &capacity, err);
			if (ret)
				return ret;
		}
		const ssize_t got =
		    read(fd, text->bytes + text->size_bytes, capacity - text->size_bytes);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return mmi_error_set(err, -errno, "cannot read: %s", strerror(errno));
		if (got > 0)
			text->size_bytes += (size_t)got;
	}
}

int mmi_text_read(struct mmi_text *text, const char *path, struct mmi_error *err)
{
	const int fd = open_input(path, err);
	int ret;

	*text = (struct mmi_text){0};
	if (fd < 0)
		return fd;
	ret = read_all(text, fd, err);
	if (ret)
		mmi_text_release(text);
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}

void mmi_text_release(struct mmi_text *text)
{
	free(text->bytes);
	*text = (struct mmi_text){0};
}
