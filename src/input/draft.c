/* SPDX-License-Identifier: MIT */
/* A machine in the making, and how it becomes one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/distance_matrix.h"
#include "input/draft.h"

void mmi_draft_init(struct mmi_draft *draft, enum mmi_arch arch,
		    const struct mmi_input_options *options)
{
	*draft = (struct mmi_draft){.spec.linux_version = MMI_LINUX_6_1, .options = options};
	mmi_geometry_init(&draft->spec.geometry, arch);
	if (options && options->has_linux_version)
		draft->spec.linux_version = options->linux_version;
}

void mmi_draft_deinit(struct mmi_draft *draft)
{
	mmi_byte_ranges_deinit(&draft->memory);
	mmi_byte_ranges_deinit(&draft->reserved);
	mmi_byte_ranges_deinit(&draft->windows);
	mmi_byte_ranges_deinit(&draft->persistent);
	free(draft->cpu_nids);
	free(draft->cpu_is_sibling);
	free(draft->distance_nids);
	free(draft->distances);
	*draft = (struct mmi_draft){0};
}

static int grow_cpus(struct mmi_draft *draft, struct mmi_error *err)
{
	const size_t capacity = draft->cpu_capacity ? draft->cpu_capacity * 2 : 64;
	int *cpu_nids = realloc(draft->cpu_nids, capacity * sizeof(*cpu_nids));
	bool *cpu_is_sibling = NULL;

	if (cpu_nids) {
		draft->cpu_nids = cpu_nids;
		cpu_is_sibling = realloc(draft->cpu_is_sibling, capacity * sizeof(*cpu_is_sibling));
	}
	if (!cpu_is_sibling)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu CPUs", capacity);
	draft->cpu_is_sibling = cpu_is_sibling;
	draft->cpu_capacity = capacity;
	return 0;
}

int mmi_draft_add_cpu(struct mmi_draft *draft, int nid, struct mmi_error *err)
{
	if (draft->nr_cpus == MMI_MAX_CPUS)
		return mmi_error_set(err, -EINVAL, "too many CPUs: at most %u expected",
				     MMI_MAX_CPUS);
	if (draft->nr_cpus == draft->cpu_capacity && grow_cpus(draft, err))
		return -ENOMEM;
	draft->cpu_is_sibling[draft->nr_cpus] = false;
	draft->cpu_nids[draft->nr_cpus++] = nid;
	return 0;
}

int mmi_draft_alloc_distances(struct mmi_draft *draft, size_t nr, struct mmi_error *err)
{
	free(draft->distance_nids);
	free(draft->distances);
	draft->nr_distance_nodes = nr;
	draft->distance_nids = calloc(nr ? nr : 1, sizeof(*draft->distance_nids));
	draft->distances = calloc(nr ? nr * nr : 1, sizeof(*draft->distances));
	if (draft->distance_nids && draft->distances)
		return 0;
	return mmi_error_set(err, -ENOMEM, "no memory for the distances of %zu nodes", nr);
}

/* @ranges as the machine room takes them; the caller frees it. */
static struct mmi_spec_range *spec_ranges(const struct mmi_byte_ranges *ranges)
{
	struct mmi_spec_range *spec = malloc((ranges->nr ? ranges->nr : 1) * sizeof(*spec));

	if (!spec)
		return NULL;
	for (size_t i = 0; i < ranges->nr; i++) {
		const struct mmi_byte_range *range = &ranges->items[i];
		spec[i] = (struct mmi_spec_range){.start = range->start,
						  .end = range->end,
						  .nid = range->nid,
						  .flags = range->flags,
						  .line = range->line};
	}
	return spec;
}

static size_t fill_nodes(const struct mmi_draft *draft, struct mmi_spec_node *nodes)
{
	size_t nr = 0;

	for (int nid = 0; nid < MMI_MAX_NODES; nid++)
		if (draft->is_possible[nid] || draft->is_online[nid])
			nodes[nr++] = (struct mmi_spec_node){nid, draft->is_online[nid]};
	return nr;
}

/* Makes the machine anew, with the distances that the user gave for its nodes. */
static int replace_distances(const struct mmi_draft *draft, struct mmi_machine_spec *spec,
			     const struct mmi_platform *platform, struct mmi_machine **machine,
			     struct mmi_error *err)
{
	const struct mmi_input_options *options = draft->options;
	const size_t nr_nodes = (*machine)->nr_nodes;
	uint16_t *distances = malloc(nr_nodes * nr_nodes * sizeof(*distances));
	int nids[MMI_MAX_NODES];
	int ret = distances ? 0 : mmi_error_set(err, -ENOMEM, "no memory for distances");

	for (size_t i = 0; i < nr_nodes; i++)
		nids[i] = (*machine)->nodes[i].nid;
	if (!ret) {
		memcpy(distances, (*machine)->distances, nr_nodes * nr_nodes * sizeof(*distances));
		ret = mmi_distance_matrix_read(
		    distances, nids, nr_nodes, options->distances, options->distances_bytes,
		    options->distances_err ? options->distances_err : err);
	}
	mmi_machine_destroy(*machine);
	*machine = NULL;
	spec->distance_nids = nids;
	spec->distances = distances;
	spec->nr_distance_nodes = nr_nodes;
	if (!ret)
		ret = mmi_machine_create(platform, spec, machine, err);
	free(distances);
	return ret;
}

int mmi_draft_finish(const struct mmi_draft *draft, const struct mmi_platform *platform,
		     struct mmi_machine **machine, struct mmi_error *err)
{
	struct mmi_machine_spec spec = draft->spec;
	struct mmi_spec_node nodes[MMI_MAX_NODES];
	struct mmi_spec_range *memory = spec_ranges(&draft->memory);
	struct mmi_spec_range *reserved = spec_ranges(&draft->reserved);
	struct mmi_spec_range *windows = spec_ranges(&draft->windows);
	struct mmi_spec_range *persistent = spec_ranges(&draft->persistent);
	int ret;

	spec.memory = memory;
	spec.nr_memory = draft->memory.nr;
	spec.reserved = reserved;
	spec.nr_reserved = draft->reserved.nr;
	spec.windows = windows;
	spec.nr_windows = draft->windows.nr;
	spec.persistent = persistent;
	spec.nr_persistent = draft->persistent.nr;
	spec.nodes = nodes;
	spec.nr_nodes = fill_nodes(draft, nodes);
	spec.cpu_nids = draft->cpu_nids;
	spec.cpu_is_sibling = draft->cpu_is_sibling;
	spec.nr_cpus = draft->nr_cpus;
	spec.distance_nids = draft->distance_nids;
	spec.distances = draft->distances;
	spec.nr_distance_nodes = draft->nr_distance_nodes;
	if (memory && reserved && windows && persistent)
		ret = mmi_machine_create(platform, &spec, machine, err);
	else
		ret = mmi_error_set(err, -ENOMEM, "no memory for %zu ranges", spec.nr_memory);
	if (!ret && draft->options && draft->options->distances)
		ret = replace_distances(draft, &spec, platform, machine, err);
	free(memory);
	free(reserved);
	free(windows);
	free(persistent);
	return ret;
}
