/* SPDX-License-Identifier: MIT */
/* Makes machines for benchmarks. */
#include "bench_machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "mminit/platform_native.h"

#define START_BYTES (4 * BENCH_GIB)

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

bool bench_memory_allows(uint64_t size_bytes)
{
	struct mmi_host_facts facts;

	return !mmi_host_facts_read(&facts) &&
	       facts.memory_available_bytes > size_bytes + BENCH_GIB;
}
