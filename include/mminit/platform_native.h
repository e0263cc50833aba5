/* SPDX-License-Identifier: MIT */
/*
 * The platforms that come with the library, and what they know of the machine below them.
 *
 *   native   threads of OpenMP, bound through hwloc; memory of mmap, placed on its node
 *   serial   the caller's thread only, memory without placement: the test double
 *
 * A *machine* has node ids of its own; the *host* is what this process runs on.  On a host with
 * several nodes mmi_native_map_nodes() says which host node stands for which node of the machine.
 *
 * Idle OpenMP threads that spin slow their neighbours down threefold.  The runtime reads how to
 * wait when it is loaded, so it is the program's affair: set OMP_WAIT_POLICY=passive in the
 * environment, or call mmi_native_reexec_passive() first thing in main().
 */
#ifndef MMINIT_PLATFORM_NATIVE_H
#define MMINIT_PLATFORM_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/error.h"
#include "mminit/platform.h"

MMI_DECLARATIONS_BEGIN

enum mmi_native_bind {
	MMI_NATIVE_BIND_AUTO, /* bind, unless OMP_PROC_BIND, OMP_PLACES or GOMP_CPU_AFFINITY is set */
	MMI_NATIVE_BIND_NEVER,
	MMI_NATIVE_BIND_ALWAYS,  /* whatever the OpenMP runtime has been told */
	MMI_NATIVE_BIND_RUNTIME, /* left to the OpenMP runtime */
};

struct mmi_native_options {
	enum mmi_native_bind bind;
	bool one_per_core; /* of CPUs that share a core, threads are bound to the first only */
};

/*
 * Makes a native platform; @options NULL: all defaults.  The caller owns *@platform.
 * Errors: -ENOMEM; -ENOSYS where the system offers no process-wide barrier (membarrier(2)).
 */
int mmi_platform_native_create(const struct mmi_native_options *options,
			       struct mmi_platform **platform, struct mmi_error *err);
void mmi_platform_native_destroy(struct mmi_platform *platform); /* NULL is allowed */

/*
 * Makes a serial platform.  run_team() runs 0..n-1 one after another on the caller; a wait() that
 * nobody could ever end, and a lock() of what is locked, abort with a message.  The caller owns
 * *@platform and uses it, and all made with it, from one thread.  Errors: -ENOMEM.
 */
int mmi_platform_serial_create(struct mmi_platform **platform, struct mmi_error *err);
void mmi_platform_serial_destroy(struct mmi_platform *platform); /* NULL is allowed */

#define MMI_NATIVE_MAX_NID 1023

/*
 * The machine's nodes, in the order of @nids, stand on the host's nodes in their order, round
 * robin.  Before the first call a nid is the host node of that number where there is one, and no
 * node at all where there is none.  @nids is copied.  Not while a team runs.
 * Host nodes without memory are left out, and those without CPUs where others have some.
 * Errors: -EINVAL (a nid that is negative or above MMI_NATIVE_MAX_NID); then all is as before.
 */
int mmi_native_map_nodes(struct mmi_platform *platform, const int *nids, size_t nr_nids);

/*
 * One node of the machine stands on @host_nid.  -EINVAL: @nid is out of range.  -ENOENT: the host
 * has no such node with memory.  Then all is as before.  Not while a team runs.
 */
int mmi_native_map_node(struct mmi_platform *platform, int nid, int host_nid);

/* The host's node that stands for @nid; -1: none. */
int mmi_native_host_nid(const struct mmi_platform *platform, int nid);

/*
 * Whether teams are bound and memory is placed, in words: "bound to the CPUs of their node",
 * "not bound: ...", "placed on its node", "not placed: ...".  Threads are never bound to CPUs that
 * this process was not given; a node without any is served by those of the nearest that has some.
 */
const char *mmi_native_bind_state(const struct mmi_platform *platform);
const char *mmi_native_memory_state(const struct mmi_platform *platform);

/* What of placement the system does not let us do, or does half; "" where there is nothing. */
const char *mmi_native_warning(const struct mmi_platform *platform);

/*
 * The host's node on which the page at @address lies.  -EFAULT: it has not been touched yet.
 * -ENOSYS: the system does not say.
 */
int mmi_native_memory_nid(const struct mmi_platform *platform, const void *address);

/*
 * The host's node of each of @nr_pages pages of the host from @start on; negative: the page was
 * not touched yet.  0, or -errno: the system does not say.
 */
int mmi_native_page_nodes(const struct mmi_platform *platform, const void *start, size_t nr_pages,
			  int *host_nids);

/* Where one thread of the last team ran.  CPU sets are lists, "0-3,8", cut when too long. */
#define MMI_NATIVE_CPUS_BYTES 128
struct mmi_native_binding {
	int nid;      /* the machine's node that was asked for; -1: none */
	int host_nid; /* the host's node whose CPUs serve it; -1: none */
	bool bound;   /* to host_nid's CPUs, by us */
	int cpu;      /* that it ran on when its work began; -1: not known */
	char cpus_before[MMI_NATIVE_CPUS_BYTES]; /* CPUs it was allowed before */
	char cpus_during[MMI_NATIVE_CPUS_BYTES]; /* and while it worked, read back */
	char ran_on[MMI_NATIVE_CPUS_BYTES]; /* CPUs it was seen on: at both ends, and at chunks */
};

/* Returns 0, or -ENOENT when the last team had no thread of this number.  Not while a team runs. */
int mmi_native_binding(const struct mmi_platform *platform, unsigned thread,
		       struct mmi_native_binding *binding);

/* How the memory of an address range is backed, as the system tells it. */
struct mmi_native_backing {
	uint64_t resident_bytes; /* in physical memory */
	uint64_t huge_bytes;     /* of these, in huge pages */
	uint64_t advised_bytes;  /* where huge pages have been asked for */
};

/*
 * Reads /proc/self/smaps.  A mapping that reaches out of [@start, @start + @size_bytes) counts for
 * at most its part inside.  Errors: -errno of reading the file.
 */
int mmi_native_backing_read(const void *start, size_t size_bytes,
			    struct mmi_native_backing *backing);

/* Physical memory of this process, now and at most so far. */
struct mmi_native_usage {
	uint64_t resident_bytes;
	uint64_t peak_bytes;
};
int mmi_native_usage_read(struct mmi_native_usage *usage); /* 0, or -errno of /proc/self/status */

/* What this process may use of the host. */
struct mmi_host_facts {
	unsigned nr_cpus;                /* that it was given */
	uint64_t memory_available_bytes; /* without swapping, and below every limit */
	uint64_t memory_limit_bytes;     /* the tightest of its control groups; UINT64_MAX: none */
};
int mmi_host_facts_read(struct mmi_host_facts *facts); /* 0, or -ENOENT: no /proc/meminfo */

/* What this host is; an empty text where it does not say. */
struct mmi_host_identity {
	char cpu_model[96];
	char kernel[200]; /* "Linux 6.1.0 x86_64" */
};
int mmi_host_identity_read(struct mmi_host_identity *identity); /* 0, or -errno of uname(2) */

/*
 * Executes this program again with OMP_WAIT_POLICY=passive, so that idle threads sleep.  First
 * thing in main(), with its arguments.  Returns 0 at once when nothing is to be done: the variable
 * is set, which also ends the second call, or one of the runtimes' own (GOMP_SPINCOUNT,
 * KMP_BLOCKTIME) is.  Returns -errno when the program could not be executed; it may go on then.
 */
int mmi_native_reexec_passive(int argc, char **argv);

MMI_DECLARATIONS_END

#endif
