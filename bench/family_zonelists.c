/* SPDX-License-Identifier: MIT */
/*
 * Zonelists: a full rebuild of all nodes, built aside, published, and the old ones freed.
 *
 * Limits, on one thread: 1,024 nodes in less than 100 ms, 64 nodes in less than 1 ms; held in pairs/.
 */
#include "families.h"

#include <stdio.h>

#include "page_alloc/alloc_cpu.h"

static const struct mmi_platform *platform;

static void run(struct bench_state *state)
{
	const size_t nr_nodes = (size_t)bench_arg(state, 0);
	struct mmi_machine *machine =
	    bench_nodes_create(platform, nr_nodes, (unsigned)bench_arg(state, 1));
	const struct mmi_system_options options = {0};
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};
	uint64_t elapsed_ns = 0;
	char label[64];

	int ret = machine ? mmi_system_create(machine, &options, &system, &err) : -1;
	struct mmi_alloc *alloc = ret ? NULL : mmi_system_alloc(system, &err);
	while (bench_next(state)) {
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		if (alloc && !ret)
			ret = mmi_zonelists_rebuild(alloc);
		elapsed_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
		bench_set_time_ns(state, elapsed_ns);
	}
	if (alloc && !ret) {
		ret = mmi_zonelists_check(alloc->zonelists, &system->mem, &err);
		bench_set_counter(state, "bytes", (double)alloc->zonelists->size_bytes);
	}
	bench_verified(state, ret || !alloc ? "no zonelists, or wrong ones" : NULL);
	bench_set_work(state, nr_nodes, 0);
	bench_set_counter(state, "ns/list", (double)elapsed_ns / (double)nr_nodes);
	snprintf(label, sizeof(label), "limit %s", nr_nodes > 64 ? "100 ms" : "1 ms");
	bench_set_label(state, label);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static const struct bench_family family = {
    "zonelists/rebuild", run, {{"nodes", {64, 1024}, 2}, {"distances", {2, 5, 240}, 3}}, 2, 5,
    BENCH_REPETITIONS};

void bench_register_zonelists(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&family);
}
