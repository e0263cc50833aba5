/* SPDX-License-Identifier: MIT */
/* Makes machines for benchmarks. */
#include "bench_machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "mminit/platform_native.h"

#define START_BYTES (4 * BENCH_GIB)
#define NODE_BYTES  (128ull << 20)

/* One page of every @every_bytes, in the middle. */
static struct mmi_spec_range *make_reserved(uint64_t size_bytes, uint64_t every_bytes, size_t *nr)
{
	*nr = every_bytes ? (size_t)(size_bytes / every_bytes) : 0;
	struct mmi_spec_range *reserved = calloc(*nr ? *nr : 1, sizeof(*reserved));

	for (size_t i = 0; reserved && i < *nr; i++) {
		const uint64_t start = START_BYTES + i * every_bytes + every_bytes / 2;
		reserved[i] = (struct mmi_spec_range){.start = start, .end = start + 4096};
	}
	return reserved;
}

struct mmi_machine *bench_machine_create(const struct mmi_platform *platform, uint64_t size_bytes,
					 uint64_t reserve_every_bytes)
{
	const struct mmi_spec_range memory = {.start = START_BYTES,
					      .end = START_BYTES + size_bytes};
	struct mmi_machine_spec spec = {
	    .linux_version = MMI_LINUX_6_1, .memory = &memory, .nr_memory = 1};
	static const int cpu_nids[] = {0, 0}; /* so that teams are bound to the node */
	struct mmi_spec_range *reserved =
	    make_reserved(size_bytes, reserve_every_bytes, &spec.nr_reserved);
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {0};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_X86_64);
	spec.reserved = reserved;
	spec.cpu_nids = cpu_nids;
	spec.nr_cpus = sizeof(cpu_nids) / sizeof(cpu_nids[0]);
	if (!reserved || mmi_machine_create(platform, &spec, &machine, &err))
		fprintf(stderr, "bench: no machine of %llu bytes: %s\n",
			(unsigned long long)size_bytes, err.text);
	free(reserved);
	return machine;
}

/* Groups of 4, of 16, of 64 nodes, ...: the farther, the smaller the group that both are in. */
static uint16_t distance(size_t from, size_t to, unsigned nr_distances, uint32_t *seed)
{
	unsigned level = 0;

	if (from == to)
		return MMI_LOCAL_DISTANCE;
	if (nr_distances > 8) {
		*seed = *seed * 1664525 + 1013904223;
		return (uint16_t)(MMI_LOCAL_DISTANCE + 1 + (*seed >> 16) % nr_distances);
	}
	while (level + 1 < nr_distances && from >> 2 * (level + 1) != to >> 2 * (level + 1))
		level++;
	return (uint16_t)(12 + 10 * level);
}

static void fill_nodes(struct mmi_spec_range *memory, int *nids, uint16_t *distances,
		       size_t nr_nodes, unsigned nr_distances)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < nr_nodes; i++) {
		const uint64_t start = START_BYTES + i * NODE_BYTES;
		memory[i] = (struct mmi_spec_range){start, start + NODE_BYTES, (int)i, 0, 0};
		nids[i] = (int)i;
		for (size_t j = 0; j < nr_nodes; j++)
			distances[i * nr_nodes + j] = distance(i, j, nr_distances, &seed);
	}
}

struct mmi_machine *bench_nodes_create(const struct mmi_platform *platform, size_t nr_nodes,
				       unsigned nr_distances)
{
	struct mmi_spec_range *memory = calloc(nr_nodes, sizeof(*memory));
	uint16_t *distances = calloc(nr_nodes * nr_nodes, sizeof(*distances));
	int *nids = calloc(nr_nodes, sizeof(*nids));
	struct mmi_machine_spec spec = {.linux_version = MMI_LINUX_6_1,
					.memory = memory,
					.nr_memory = nr_nodes,
					.cpu_nids = nids,
					.nr_cpus = nr_nodes,
					.distance_nids = nids,
					.distances = distances,
					.nr_distance_nodes = nr_nodes};
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {.text = "no memory"};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_X86_64);
	if (memory && distances && nids)
		fill_nodes(memory, nids, distances, nr_nodes, nr_distances);
	if (!memory || !distances || !nids || mmi_machine_create(platform, &spec, &machine, &err))
		fprintf(stderr, "bench: no machine of %zu nodes: %s\n", nr_nodes, err.text);
	free(memory);
	free(distances);
	free(nids);
	return machine;
}

bool bench_memory_allows(uint64_t size_bytes)
{
	struct mmi_host_facts facts;

	return !mmi_host_facts_read(&facts) &&
	       facts.memory_available_bytes > size_bytes + BENCH_GIB;
}
