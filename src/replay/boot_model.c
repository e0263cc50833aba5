/* SPDX-License-Identifier: MIT */
/* Walks a boot's counted pages through its moments. */
#include "replay/boot_model.h"

#include <errno.h>
#include <stdlib.h>

#include "deferred/split.h"

#define HUGE_PAGES_LEAST_BYTES (512ull << 20) /* below, huge pages are off by default */

static void fill_zone(struct mmi_zone_counts *zone, const struct mmi_zone_span *span)
{
	zone->start_pfn = span->start_pfn;
	zone->nr_spanned_pages = span->end_pfn - span->start_pfn;
	zone->nr_present_pages = span->nr_present_pages;
}

static void fill_counts(struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;

	model->counts.geometry = machine->geometry;
	model->counts.version = machine->linux_version;
	model->counts.nr_nodes = machine->nr_nodes;
	model->counts.nr_cpus = (unsigned)machine->nr_cpus;
	model->counts.movable_node = model->facts->movable_node;
	for (size_t i = 0; i < machine->nr_nodes; i++) {
		struct mmi_node_counts *node = &model->counts.nodes[i];
		node->nid = machine->nodes[i].nid;
		node->online = machine->nodes[i].online;
		node->nr_cpus = machine->nodes[i].nr_cpus;
		node->has_memory = machine->nodes[i].nr_present_pages > 0;
		for (int z = 0; z < MMI_NR_ZONES; z++)
			fill_zone(&node->zones[z], &model->layout.nodes[i].zones[z]);
	}
}

/* Fake nodes share the CPUs of the node that they were cut from. */
static void fill_cpus(struct mmi_boot_model *model)
{
	const struct mmi_log_facts *facts = model->facts;

	for (size_t i = 0; facts->fakes_nodes && i < model->counts.nr_nodes; i++)
		model->counts.nodes[i].nr_cpus = model->counts.nr_cpus;
	for (size_t i = 0; i < facts->nr_node_cpus; i++) {
		const int node = mmi_machine_node_index(model->machine, facts->node_cpus[i].nid);
		if (node >= 0)
			model->counts.nodes[node].nr_cpus = facts->node_cpus[i].nr_cpus;
	}
}

/*
 * The kernel image is the lowest reservation of the first memblock dump that could hold it.
 * Without a dump: where x86-64 kernels stand by default.
 */
static void find_image(struct mmi_boot_model *model)
{
	const struct mmi_log_facts *facts = model->facts;
	const struct mmi_geometry *geometry = &model->machine->geometry;
	const struct mmi_byte_span *best = NULL;

	for (size_t i = 0; facts->image_bytes && i < facts->first_reserved.nr; i++) {
		const struct mmi_byte_span *span = &facts->first_reserved.items[i];
		const bool is_initrd =
		    span->start < facts->initrd.end && facts->initrd.start < span->end;
		if (span->end - span->start < facts->image_bytes ||
		    (is_initrd && span->end - span->start <
				      facts->image_bytes + facts->initrd.end - facts->initrd.start))
			continue;
		if (!best || span->start < best->start)
			best = span;
	}
	model->has_image = best || geometry->arch == MMI_ARCH_X86_64;
	model->image_pfn = best ? best->start >> geometry->page_shift : 4096;
}

int mmi_boot_model_init(struct mmi_boot_model *model, const struct mmi_machine *machine,
			const struct mmi_log_facts *facts, const struct mmi_boot_model_ops *ops,
			struct mmi_error *err)
{
	int ret;

	*model = (struct mmi_boot_model){.machine = machine, .facts = facts, .ops = ops};
	ret = mmi_layout_init(&model->layout, machine, err);
	if (!ret)
		ret = mmi_extents_init(&model->extents, &model->layout, err);
	if (ret)
		return ret;
	model->splits = calloc(machine->nr_nodes, sizeof(*model->splits));
	model->counts.nodes = calloc(machine->nr_nodes, sizeof(*model->counts.nodes));
	if (!model->splits || !model->counts.nodes)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu nodes", machine->nr_nodes);
	mmi_splits_fill(model->splits, &model->layout, false);
	fill_counts(model);
	fill_cpus(model);
	find_image(model);
	for (size_t i = 0; i < facts->cma.nr; i++)
		model->nr_cma_pages += (facts->cma.items[i].end - facts->cma.items[i].start) >>
				       machine->geometry.page_shift;
	/* On most architectures a CPU joins its node when it starts, after the first build. */
	model->cpus_known = machine->geometry.arch == MMI_ARCH_PPC64_64K;
	if (mmi_block_table_init(&model->blocks, &model->layout, &model->extents))
		return mmi_error_set(err, -ENOMEM, "no memory for the memory blocks");
	return 0;
}

void mmi_boot_model_deinit(struct mmi_boot_model *model)
{
	free(model->given_back);
	mmi_block_table_deinit(&model->blocks);
	free(model->counts.nodes);
	free(model->splits);
	mmi_extents_deinit(&model->extents);
	mmi_layout_deinit(&model->layout);
	*model = (struct mmi_boot_model){0};
}

static uint64_t managed_pages(const struct mmi_boot_model *model)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_pages += model->counts.nodes[i].zones[z].nr_managed_pages;
	return nr_pages;
}

static void note_policy_zone(struct mmi_boot_model *model)
{
	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = (int)model->policy_zone + 1; z <= MMI_ZONE_NORMAL; z++)
			if (model->counts.nodes[i].zones[z].nr_present_pages)
				model->policy_zone = z;
}

void mmi_model_rebuild(struct mmi_boot_model *model)
{
	note_policy_zone(model);
	model->ops->built(model->ops->user, model, -1,
			  mmi_buffer_pages(&model->counts, MMI_ZONE_MOVABLE));
}

/* Pages of memory below PFN @end_pfn that are not free at hand-over. */
static uint64_t taken_pages_below(const struct mmi_boot_model *model, uint64_t end_pfn)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < model->extents.nr; i++) {
		const struct mmi_extent *extent = &model->extents.items[i];
		const uint64_t end = extent->end_pfn < end_pfn ? extent->end_pfn : end_pfn;
		if (extent->kind == MMI_EXTENT_RESERVED && extent->start_pfn < end)
			nr_pages += end - extent->start_pfn;
	}
	return nr_pages;
}

/* The first build counts what is there, before 6.12 less what will be taken at once. */
static void build_first(struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;
	const bool has_dma_reserve = machine->geometry.arch == MMI_ARCH_X86_64;
	const uint64_t nr_dma_reserve =
	    has_dma_reserve ? taken_pages_below(model, machine->geometry.dma_end_pfn) : 0;

	for (size_t i = 0; i < model->counts.nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			struct mmi_zone_counts *zone = &model->counts.nodes[i].zones[z];
			zone->nr_managed_pages = zone->nr_present_pages;
			if (machine->linux_version >= MMI_LINUX_6_12)
				continue;
			zone->nr_managed_pages = mmi_zone_initial_pages(&machine->geometry, zone);
			if (z == MMI_ZONE_DMA && zone->nr_managed_pages > nr_dma_reserve)
				zone->nr_managed_pages -= nr_dma_reserve;
		}
	}
	mmi_model_rebuild(model);
}

static void hand_over_booted(struct mmi_boot_model *model)
{
	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			model->counts.nodes[i].zones[z].nr_managed_pages =
			    model->booted->mem.nodes[i].zones[z].nr_managed_pages;
}

static void hand_over_counted(struct mmi_boot_model *model)
{
	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			model->counts.nodes[i].zones[z].nr_managed_pages = 0;
	for (size_t i = 0; i < model->extents.nr; i++) {
		const struct mmi_extent *extent = &model->extents.items[i];
		const int node = mmi_machine_node_index(model->machine, extent->nid);
		if (extent->kind == MMI_EXTENT_FREE)
			model->counts.nodes[node].zones[extent->zone].nr_managed_pages +=
			    extent->end_pfn - extent->start_pfn;
	}
}

/* Where the boot stands between its moments. */
struct boot_walk {
	struct mmi_boot_model *model;
	bool postcore_done;
	bool subsys_done;
	bool deferred_done;
	size_t nr_acts;
	int ret;
};

static void note_given_back(struct boot_walk *walk, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_boot_model *model = walk->model;

	if (model->nr_given_back == model->given_back_capacity) {
		const size_t capacity =
		    model->given_back_capacity ? model->given_back_capacity * 2 : 16;
		struct mmi_pfn_range *grown = realloc(model->given_back, capacity * sizeof(*grown));
		if (!grown) {
			walk->ret = -ENOMEM;
			return;
		}
		model->given_back = grown;
		model->given_back_capacity = capacity;
	}
	model->given_back[model->nr_given_back++] = (struct mmi_pfn_range){start_pfn, end_pfn};
}

/* Adds to the managed pages of the zone that @pfn is linked to. */
static void manage_pages(struct mmi_boot_model *model, uint64_t pfn, uint64_t nr_pages)
{
	enum mmi_zone_type zone;
	size_t node;

	if (mmi_model_page_link(model, pfn, &node, &zone))
		model->counts.nodes[node].zones[zone].nr_managed_pages += nr_pages;
	else
		model->nr_lost_pages += nr_pages;
}

static void give_back_range(struct boot_walk *walk, uint64_t start_pfn, uint64_t end_pfn)
{
	if (start_pfn >= end_pfn)
		return;
	manage_pages(walk->model, start_pfn, end_pfn - start_pfn);
	note_given_back(walk, start_pfn, end_pfn);
}

/* A page that comes before its node's deferred part is initialised is lost for ever. */
static bool is_lost(const struct boot_walk *walk, uint64_t pfn)
{
	const struct mmi_boot_model *model = walk->model;
	enum mmi_zone_type zone;
	size_t node;

	return !walk->deferred_done && mmi_model_page_link(model, pfn, &node, &zone) &&
	       model->splits[node].has_deferred && pfn >= model->splits[node].first_deferred_pfn;
}

static void take_freed_range(struct boot_walk *walk, const struct mmi_byte_span *span)
{
	const struct mmi_geometry *g = &walk->model->machine->geometry;
	const uint64_t start_pfn =
	    mmi_align_up(span->start, 1ull << g->page_shift) >> g->page_shift;
	const uint64_t end_pfn = span->end >> g->page_shift;

	if (start_pfn < end_pfn && is_lost(walk, start_pfn))
		walk->model->nr_lost_pages += end_pfn - start_pfn;
	else
		give_back_range(walk, start_pfn, end_pfn);
}

static void take_freeing(struct boot_walk *walk, const struct mmi_log_event *event)
{
	struct mmi_boot_model *model = walk->model;
	const struct mmi_geometry *g = &model->machine->geometry;
	const uint64_t nr_pages = event->kib >> (g->page_shift - 10);
	const struct mmi_byte_span *initrd = &model->facts->initrd;

	if (event->is_initrd && initrd->start < initrd->end) {
		const uint64_t start_pfn =
		    mmi_align_up(initrd->start, 1ull << g->page_shift) >> g->page_shift;
		give_back_range(walk, start_pfn, start_pfn + nr_pages);
		return;
	}
	manage_pages(model, model->image_pfn, nr_pages);
	model->nr_unplaced_pages += nr_pages;
}

static void reach_postcore(struct boot_walk *walk)
{
	struct mmi_boot_model *model = walk->model;
	const struct mmi_byte_spans *cma = &model->facts->cma;
	const unsigned page_shift = model->machine->geometry.page_shift;

	if (walk->postcore_done)
		return;
	walk->postcore_done = true;
	model->cpus_known = true;
	for (size_t i = 0; i < cma->nr; i++)
		give_back_range(walk, cma->items[i].start >> page_shift,
				cma->items[i].end >> page_shift);
	model->nr_cma_pages = 0;
	mmi_figures_set(&model->counts);
}

/* Where they are switched off, min_free_kbytes is all the same computed again (not in 4.13). */
static void set_up_huge_pages(struct mmi_boot_model *model)
{
	struct mmi_mem_counts *counts = &model->counts;

	counts->huge_pages = !model->facts->huge_pages_never;
	if (counts->huge_pages)
		mmi_watermarks_set(counts, mmi_min_free_raised_kbytes(counts));
	else if (counts->version >= MMI_LINUX_5_16)
		mmi_watermarks_set(counts, mmi_min_free_kbytes(counts));
	mmi_pcp_set(counts);
}

static void reach_subsys(struct boot_walk *walk)
{
	struct mmi_boot_model *model = walk->model;
	const unsigned page_shift = model->machine->geometry.page_shift;

	if (walk->subsys_done)
		return;
	reach_postcore(walk);
	walk->subsys_done = true;
	if (managed_pages(model) >= HUGE_PAGES_LEAST_BYTES >> page_shift)
		set_up_huge_pages(model);
	if (!walk->ret)
		walk->ret = mmi_model_add_dimms(model);
}

static void take_act(struct boot_walk *walk, const struct mmi_log_event *event)
{
	struct mmi_boot_model *model = walk->model;
	struct mmi_memory_block *block = mmi_block_table_get(&model->blocks, event->block);

	walk->nr_acts++;
	if (mmi_model_refuses(model, block, event->type))
		model->ops->refused(model->ops->user, event, walk->nr_acts);
	else if (event->ok && event->type == MMI_OFFLINE)
		mmi_model_block_offline(model, block);
	else if (event->ok)
		mmi_model_block_online(model, block, event->type);
}

static void take_step(struct boot_walk *walk, size_t step)
{
	struct mmi_boot_model *model = walk->model;

	model->ops->step(model->ops->user, model, step);
	/* The dumps of a step read lowmem_reserve_ratio last, which recomputes protection. */
	mmi_protection_set(&model->counts);
}

static void take_event(struct boot_walk *walk, const struct mmi_log_event *event)
{
	struct mmi_boot_model *model = walk->model;

	switch (event->kind) {
	case MMI_LOG_MEMORY_LINE:
		model->ops->memory_line(model->ops->user, model);
		break;
	case MMI_LOG_FREEING:
		if (event->is_late)
			reach_subsys(walk);
		take_freeing(walk, event);
		break;
	case MMI_LOG_FREED_RANGE:
		take_freed_range(walk, &event->range);
		break;
	case MMI_LOG_DEFERRED_END:
		walk->deferred_done = true;
		break;
	case MMI_LOG_POSTCORE:
		reach_postcore(walk);
		break;
	case MMI_LOG_SUBSYS:
		reach_subsys(walk);
		break;
	case MMI_LOG_ACT:
		reach_subsys(walk);
		take_act(walk, event);
		break;
	case MMI_LOG_STEP:
		reach_subsys(walk);
		take_step(walk, event->step);
		break;
	}
}

int mmi_boot_model_run(struct mmi_boot_model *model, struct mmi_error *err)
{
	struct boot_walk walk = {.model = model};

	build_first(model);
	if (model->booted)
		hand_over_booted(model);
	else
		hand_over_counted(model);
	for (size_t i = 0; i < model->facts->nr_events; i++) {
		take_event(&walk, &model->facts->events[i]);
		/* 7.x recomputes protection whenever managed pages change. */
		if (walk.postcore_done && model->machine->linux_version >= MMI_LINUX_7_X)
			mmi_protection_set(&model->counts);
	}
	if (walk.ret)
		return mmi_error_set(err, walk.ret, "no memory for the memory blocks");
	return 0;
}
