/* SPDX-License-Identifier: MIT */
/*
 * A witness of where a program's threads ran and where its memmap lay, that takes no word of the
 * program for it.  Loaded in front of its libraries (LD_PRELOAD), it stands in two calls:
 *
 *   sched_setaffinity   a worker is bound before its work and let go after it: before each change
 *                       of a mask, what the kernel says of the calling thread
 *   munmap              when a memmap is about to go: where each of its pages lies
 *
 * Written to the file that MMINIT_WITNESS names, one fact a line (CPUS: a list such as 0-3,8):
 *
 *   thread TID ran NS cpu CPU allowed CPUS     at a change of the mask; NS: CPU time so far
 *   memmap ADDRESS BYTES                       of what is given back
 *   pages START END nid N lies H               pages [START, END) of it hold struct pages of node
 *                                              N and lie on the guest's node H
 *   numa_maps LINE                             /proc/self/numa_maps, as far as it is the memmap
 *   task TID cpu CPU allowed CPUS              every thread at that time
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mminit/memmap.h"

#define HOST_PAGE_BYTES   4096
#define PAGES_A_HOST_PAGE (HOST_PAGE_BYTES / MMI_PAGE_BYTES)
#define PAGES_A_QUERY     1024
#define MEMMAP_MIN_BYTES  ((size_t)1 << 20)
#define LINE_BYTES        1024

/* The functions behind ours.  ISO C has no way from dlsym()'s pointer to a function, POSIX has. */
static struct {
	int (*setaffinity)(pid_t, size_t, const cpu_set_t *);
	int (*munmap)(void *, size_t);
} real;

__attribute__((constructor)) static void find_real(void)
{
	*(void **)&real.setaffinity = dlsym(RTLD_NEXT, "sched_setaffinity");
	*(void **)&real.munmap = dlsym(RTLD_NEXT, "munmap");
}

/* Each line is one write to the end of the file: threads do not mix. */
static void say(const char *format, ...)
{
	const char *path = getenv("MMINIT_WITNESS");
	const int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	va_list args;

	if (fd < 0)
		return;
	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
	close(fd);
}

/* The CPUs that a thread may run on, from its status file; "?" when it has ended. */
static void read_allowed(long tid, char cpus[LINE_BYTES])
{
	char path[64], line[LINE_BYTES];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/status", tid);
	strcpy(cpus, "?");
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Cpus_allowed_list: %1023s", cpus) == 1)
			break;
	fclose(file);
}

/* The CPU that a thread ran on last: field 39 of its stat file, 37 behind the name's ')'. */
static int read_last_cpu(long tid)
{
	char path[64], line[LINE_BYTES] = "";
	const char *word;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	word = strrchr(line, ')');
	for (int i = 0; word && i < 37; i++)
		word = strchr(word + 1, ' ');
	return word ? atoi(word) : -1;
}

static uint64_t thread_ran_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int sched_setaffinity(pid_t tid, size_t size_bytes, const cpu_set_t *cpus)
{
	const long self = syscall(SYS_gettid);
	char allowed[LINE_BYTES];

	if (tid == 0 || tid == self) {
		read_allowed(self, allowed);
		say("thread %ld ran %" PRIu64 " cpu %d allowed %s\n", self, thread_ran_ns(),
		    sched_getcpu(), allowed);
	}
	return real.setaffinity(tid, size_bytes, cpus);
}

/* Nodes of up to PAGES_A_QUERY pages at @start; negative where a page is not there. */
static void read_nodes(const char *start, size_t nr_pages, int *nodes)
{
	const void *pages[PAGES_A_QUERY];

	for (size_t i = 0; i < nr_pages; i++) {
		pages[i] = start + i * HOST_PAGE_BYTES;
		nodes[i] = -ENOENT;
	}
	if (syscall(SYS_move_pages, 0, nr_pages, pages, NULL, nodes, 0) < 0)
		say("move_pages: %s\n", strerror(errno));
}

/* Most struct pages stand on no list, and then lru points at itself; nothing else looks so. */
static bool holds_struct_pages(const struct mmi_page *pages)
{
	int nr_self = 0;

	for (int i = 0; i < PAGES_A_HOST_PAGE; i++)
		nr_self += pages[i].lru.next == &pages[i].lru;
	return nr_self >= PAGES_A_HOST_PAGE / 2;
}

/* A run of the memmap's pages that are alike. */
struct page_run {
	size_t start, end;
	int nid, host_nid; /* host_nid < 0: not there */
};

static void page_run_end(struct page_run *run)
{
	if (run->end > run->start && run->host_nid >= 0)
		say("pages %zu %zu nid %d lies %d\n", run->start, run->end, run->nid,
		    run->host_nid);
}

static void page_run_add(struct page_run *run, int nid, int host_nid)
{
	if (run->nid != nid || run->host_nid != host_nid) {
		page_run_end(run);
		*run = (struct page_run){run->end, run->end, nid, host_nid};
	}
	run->end++;
}

static void say_pages(const char *start, size_t nr_pages)
{
	struct page_run run = {.host_nid = -1};
	int nodes[PAGES_A_QUERY];

	for (size_t first = 0; first < nr_pages; first += PAGES_A_QUERY) {
		const size_t nr =
		    nr_pages - first < PAGES_A_QUERY ? nr_pages - first : PAGES_A_QUERY;
		read_nodes(start + first * HOST_PAGE_BYTES, nr, nodes);
		for (size_t i = 0; i < nr; i++) {
			const struct mmi_page *page =
			    (const struct mmi_page *)(start + (first + i) * HOST_PAGE_BYTES);
			page_run_add(&run,
				     nodes[i] < 0 ? -1 : (int)(page->flags >> MMI_PG_NODE_SHIFT),
				     nodes[i] < 0 ? -1 : nodes[i]);
		}
	}
	page_run_end(&run);
}

static void say_numa_maps(const char *start, size_t size_bytes)
{
	FILE *file = fopen("/proc/self/numa_maps", "r");
	char line[LINE_BYTES];

	while (file && fgets(line, sizeof(line), file)) {
		const uintptr_t address = (uintptr_t)strtoull(line, NULL, 16);
		if (address >= (uintptr_t)start && address < (uintptr_t)start + size_bytes)
			say("numa_maps %s", line);
	}
	if (file)
		fclose(file);
}

static void say_tasks(void)
{
	DIR *dir = opendir("/proc/self/task");
	char allowed[LINE_BYTES];
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const long tid = atol(entry->d_name);
		if (tid <= 0)
			continue;
		read_allowed(tid, allowed);
		say("task %ld cpu %d allowed %s\n", tid, read_last_cpu(tid), allowed);
	}
	if (dir)
		closedir(dir);
}

/* Whether the first page that is there holds struct pages. */
static bool is_memmap(const char *start, size_t nr_pages)
{
	int nid;

	for (size_t i = 0; i < nr_pages; i++) {
		const char *page = start + i * HOST_PAGE_BYTES;
		read_nodes(page, 1, &nid);
		if (nid >= 0)
			return holds_struct_pages((const struct mmi_page *)page);
	}
	return false;
}

int munmap(void *start, size_t size_bytes)
{
	const size_t nr_pages = size_bytes / HOST_PAGE_BYTES;

	if (size_bytes >= MEMMAP_MIN_BYTES && is_memmap(start, nr_pages)) {
		say("memmap %p %zu\n", start, size_bytes);
		say_pages(start, nr_pages);
		say_numa_maps(start, size_bytes);
		say_tasks();
	}
	return real.munmap(start, size_bytes);
}
