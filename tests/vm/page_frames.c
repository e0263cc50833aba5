/* SPDX-License-Identifier: MIT */
/*
 * Prints what the kernel says of every page frame: runs "start-end state" of half-open,
 * hexadecimal PFNs, one a line.  States:
 *
 *   nopage     no struct page, or one that nobody may look at (offline memory)
 *   reserved   a struct page that no allocator owns
 *   page       any other: free or in use
 *
 * Runs inside a guest, as root, linked statically: a memory map without a C library around it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_PATH    "/proc/kpageflags" /* one word of flags a frame, from PFN 0 on */
#define FRAMES_A_READ  4096
#define FRAME_NO_PAGE  (1ull << 20)
#define FRAME_RESERVED (1ull << 32)

struct run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	const char *state;
};

static const char *frame_state(uint64_t flags)
{
	if (flags & FRAME_NO_PAGE)
		return "nopage";
	return flags & FRAME_RESERVED ? "reserved" : "page";
}

static void run_print(const struct run *run)
{
	if (run->end_pfn > run->start_pfn)
		printf("%" PRIx64 "-%" PRIx64 " %s\n", run->start_pfn, run->end_pfn, run->state);
}

static void run_add(struct run *run, const char *state)
{
	if (run->state != state) {
		run_print(run);
		run->start_pfn = run->end_pfn;
		run->state = state;
	}
	run->end_pfn++;
}

/* Returns 0, or the errno of what failed. */
static int print_frames(int fd)
{
	static uint64_t flags[FRAMES_A_READ];
	struct run run = {0, 0, ""};
	ssize_t nr_bytes;

	while ((nr_bytes = read(fd, flags, sizeof(flags))) > 0) {
		for (size_t i = 0; i < (size_t)nr_bytes / sizeof(flags[0]); i++)
			run_add(&run, frame_state(flags[i]));
	}
	if (nr_bytes < 0)
		return errno;
	run_print(&run);
	return fflush(stdout) == 0 ? 0 : errno;
}

int main(void)
{
	int fd = open(FRAMES_PATH, O_RDONLY);
	int error = fd < 0 ? errno : print_frames(fd);

	if (error) {
		fprintf(stderr, "page_frames: %s: %s\n", FRAMES_PATH, strerror(error));
		return 1;
	}
	close(fd);
	return 0;
}
