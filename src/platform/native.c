/* SPDX-License-Identifier: MIT */
/* The native platform: its table of operations, and the parts that stand behind it. */
#include "mminit/platform_native.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/die.h"
#include "platform/host_ops.h"
#include "platform/lock_futex.h"
#include "platform/memory_mmap.h"
#include "platform/page_nodes.h"
#include "platform/team_openmp.h"

struct native {
	struct mmi_platform platform; /* its ctx is this struct */
	struct mmi_placement placement;
	struct mmi_team_log last_team;
	int barrier_command; /* of membarrier(2) */
};

static struct native *native_of(const struct mmi_platform *platform)
{
	return platform->ctx;
}

static int commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	const struct native *native = ctx;

	return mmi_mmap_commit(&native->placement, start, size_bytes, backing);
}

static unsigned run_team(void *ctx, unsigned nr_threads, const int *nids,
			 void (*work)(void *arg, unsigned thread), void *arg)
{
	struct native *native = ctx;

	return mmi_team_run(&native->placement, &native->last_team, nr_threads, nids, work, arg);
}

static int on_node(void *ctx, int nid)
{
	const struct native *native = ctx;

	return mmi_team_on_node(&native->placement, nid);
}

static int pages_on_node(void *ctx, const void *start, size_t size_bytes, int nid,
			 uint64_t *nr_there, uint64_t *nr_elsewhere)
{
	const struct native *native = ctx;

	return mmi_placement_pages_on_node(&native->placement, start, size_bytes, nid, nr_there,
					   nr_elsewhere);
}

static unsigned thread_self(void *ctx)
{
	(void)ctx;
	return mmi_team_self();
}

/*
 * Threads of this process that run are interrupted (PRIVATE_EXPEDITED, microseconds); where that
 * is missing, before Linux 4.14, the barrier waits for a grace period of the whole system (GLOBAL,
 * milliseconds).
 */
static int find_barrier_command(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
		return MEMBARRIER_CMD_PRIVATE_EXPEDITED;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return MEMBARRIER_CMD_GLOBAL;
	return -ENOSYS;
}

static void process_barrier(void *ctx)
{
	const struct native *native = ctx;

	if (syscall(SYS_membarrier, native->barrier_command, 0, 0) < 0)
		mmi_platform_die("membarrier(%d) failed with errno %d after it had worked",
				 native->barrier_command, errno);
}

static const struct mmi_platform_ops native_ops = {
    .alloc = mmi_mmap_alloc,
    .free = mmi_mmap_free,
    .reserve = mmi_mmap_reserve,
    .commit = commit,
    .release = mmi_mmap_release,
    .run_team = run_team,
    .thread_self = thread_self,
    .lock = mmi_futex_lock,
    .unlock = mmi_futex_unlock,
    .wait = mmi_futex_wait,
    .wake = mmi_futex_wake,
    .process_barrier = process_barrier,
    .clock_ns = mmi_host_clock_ns,
    .yield_point = mmi_host_yield_point,
    .on_node = on_node,
    .pages_on_node = pages_on_node,
    .relax = mmi_futex_relax,
};

int mmi_platform_native_create(const struct mmi_native_options *options,
			       struct mmi_platform **platform, struct mmi_error *err)
{
	struct native *native = calloc(1, sizeof(*native));
	int ret;

	if (!native)
		return mmi_error_set(err, -ENOMEM, "no memory for the native platform");
	native->barrier_command = find_barrier_command();
	if (native->barrier_command < 0) {
		ret = mmi_error_set(err, -ENOSYS,
				    "membarrier(2) is not available: expected a "
				    "Linux kernel from 4.3 on that allows it");
		goto fail;
	}
	ret = mmi_placement_init(&native->placement, options, err);
	if (ret < 0)
		goto fail;
	native->platform.ops = &native_ops;
	native->platform.ctx = native;
	*platform = &native->platform;
	return 0;
fail:
	free(native);
	return ret;
}

void mmi_platform_native_destroy(struct mmi_platform *platform)
{
	struct native *native;

	if (!platform)
		return;
	native = native_of(platform);
	mmi_team_log_deinit(&native->last_team);
	mmi_placement_deinit(&native->placement);
	free(native);
}

int mmi_native_map_nodes(struct mmi_platform *platform, const int *nids, size_t nr_nids)
{
	return mmi_placement_map_nodes(&native_of(platform)->placement, nids, nr_nids);
}

int mmi_native_map_node(struct mmi_platform *platform, int nid, int host_nid)
{
	return mmi_placement_map_node(&native_of(platform)->placement, nid, host_nid);
}

int mmi_native_host_nid(const struct mmi_platform *platform, int nid)
{
	return mmi_placement_host_nid(&native_of(platform)->placement, nid);
}

int mmi_native_memory_nid(const struct mmi_platform *platform, const void *address)
{
	return mmi_placement_memory_nid(&native_of(platform)->placement, address);
}

int mmi_native_page_nodes(const struct mmi_platform *platform, const void *start, size_t nr_pages,
			  int *host_nids)
{
	if (!hwloc_topology_is_thissystem(native_of(platform)->placement.topology))
		return -ENOSYS;
	return mmi_page_nodes_read(start, nr_pages, host_nids);
}

const char *mmi_native_warning(const struct mmi_platform *platform)
{
	return native_of(platform)->placement.warning;
}

const char *mmi_native_memory_state(const struct mmi_platform *platform)
{
	return native_of(platform)->placement.memory_state;
}

const char *mmi_native_bind_state(const struct mmi_platform *platform)
{
	return native_of(platform)->placement.bind_state;
}

int mmi_native_binding(const struct mmi_platform *platform, unsigned thread,
		       struct mmi_native_binding *binding)
{
	const struct mmi_team_log *log = &native_of(platform)->last_team;

	if (thread >= log->nr_threads)
		return -ENOENT;
	*binding = log->bindings[thread];
	return 0;
}
