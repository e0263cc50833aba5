/* SPDX-License-Identifier: MIT */
/*
 * DPDK's rte_mempool: objects of one size that never merge, with a cache of each core.  The ceiling
 * for pages from a per-CPU list.
 */
#include <stdio.h>

#include "patterns.h"

#ifdef BENCH_HAS_DPDK

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_version.h>

#define NR_OBJECTS    (2 * CONTENDER_NR_HELD - 1)
#define CACHE_OBJECTS 512 /* the most that it takes */

static void *held[CONTENDER_NR_HELD];

static void *take(void *pool)
{
	void *object;

	return rte_mempool_get(pool, &object) ? NULL : object;
}

static void give(void *pool, void *object)
{
	rte_mempool_put(pool, object);
}

static bool take_many(void *pool, void **objects, unsigned nr)
{
	return !rte_mempool_get_bulk(pool, objects, nr);
}

static void give_many(void *pool, void **objects, unsigned nr)
{
	rte_mempool_put_bulk(pool, objects, nr);
}

static uint64_t run_repeat(struct contender *contender, uint64_t nr)
{
	return pattern_repeat(contender->state, nr, take, give);
}

static uint64_t run_bulk(struct contender *contender, uint64_t nr)
{
	return pattern_bulk(contender->state, nr, take_many, give_many);
}

static uint64_t run_random(struct contender *contender, uint64_t nr)
{
	return pattern_random(contender->state, nr, held, CONTENDER_NR_HELD, take, give);
}

static void close_pool(struct contender *contender)
{
	rte_mempool_free(contender->state);
	rte_eal_cleanup();
	contender->state = NULL;
}

/* One core that floats over all CPUs: our own team is not to be kept off any. */
static bool open_pool(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	static char *args[] = {"peer_dpdk", "--no-huge", "--no-pci",         "--no-telemetry",
			       "-m",        "256",       "--lcores=0@(0-1)", NULL};

	rte_log_set_global_level(RTE_LOG_ERR);

	if (rte_eal_init((int)(sizeof(args) / sizeof(args[0])) - 1, args) < 0) {
		snprintf(why, CONTENDER_WHY_BYTES, "rte_eal_init: %s", rte_strerror(rte_errno));
		return false;
	}
	contender->state = rte_mempool_create("pages", NR_OBJECTS, 4096, CACHE_OBJECTS, 0, NULL,
					      NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	if (!contender->state) {
		snprintf(why, CONTENDER_WHY_BYTES, "rte_mempool_create: %s",
			 rte_strerror(rte_errno));
		rte_eal_cleanup();
		return false;
	}
	snprintf(contender->version, sizeof(contender->version), "%s", rte_version());
	return true;
}

struct contender contender_dpdk(void)
{
	return (struct contender){
	    .name = "DPDK",
	    .open = open_pool,
	    .close = close_pool,
	    .run = {run_repeat, run_bulk, run_random},
	};
}

#else

static bool is_missing(struct contender *contender, char why[CONTENDER_WHY_BYTES])
{
	(void)contender;
	snprintf(why, CONTENDER_WHY_BYTES, "built without libdpdk-dev");
	return false;
}

struct contender contender_dpdk(void)
{
	return (struct contender){.name = "DPDK", .open = is_missing};
}

#endif
