/* SPDX-License-Identifier: MIT */
/* Memory hotplug of a machine: made, asked, and its blocks added and removed. */
#include <errno.h>
#include <string.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/backing.h"

static const char *const type_names[MMI_NR_ONLINE_TYPES] = {
    [MMI_ONLINE] = "online",
    [MMI_ONLINE_KERNEL] = "online_kernel",
    [MMI_ONLINE_MOVABLE] = "online_movable",
    [MMI_OFFLINE] = "offline",
};

const char *mmi_online_type_name(enum mmi_online_type type)
{
	return type_names[type];
}

static bool is_word(const char *word, const char *name)
{
	while (*word && *word == *name) {
		word++;
		name++;
	}
	return *word == *name;
}

bool mmi_online_type_read(const char *word, enum mmi_online_type *type)
{
	for (int i = 0; i < MMI_NR_ONLINE_TYPES; i++) {
		if (is_word(word, type_names[i])) {
			*type = i;
			return true;
		}
	}
	return false;
}

void mmi_hotplug_lock(struct mmi_hotplug *hotplug)
{
	hotplug->platform->ops->lock(hotplug->platform->ctx, &hotplug->lock);
}

void mmi_hotplug_unlock(struct mmi_hotplug *hotplug)
{
	hotplug->platform->ops->unlock(hotplug->platform->ctx, &hotplug->lock);
}

int mmi_hotplug_create(struct mmi_alloc *alloc, const struct mmi_hotplug_options *options,
		       struct mmi_hotplug **hotplug_out, struct mmi_error *err)
{
	struct mmi_mem *mem = alloc->mem;
	const struct mmi_platform *p = mem->platform;
	struct mmi_hotplug *hotplug = p->ops->alloc(p->ctx, sizeof(*hotplug));

	*hotplug_out = NULL;
	if (!hotplug)
		return mmi_error_set(err, -ENOMEM, "no memory for memory hotplug");
	hotplug->alloc = alloc;
	hotplug->mem = mem;
	hotplug->platform = p;
	hotplug->lock.rank = MMI_LOCK_HOTPLUG;
	if (options)
		hotplug->options = *options;
	int ret = mmi_block_table_init(&hotplug->blocks, &mem->layout, &mem->extents);
	if (ret)
		mmi_error_set(err, ret, "no memory for the memory blocks");
	else
		ret = mmi_cpu_create(alloc, -1, &hotplug->cpu, err);
	if (ret)
		mmi_hotplug_destroy(hotplug);
	else
		*hotplug_out = hotplug;
	return ret;
}

void mmi_hotplug_destroy(struct mmi_hotplug *hotplug)
{
	if (!hotplug)
		return;
	const struct mmi_platform *p = hotplug->platform;
	while (hotplug->devices) {
		struct mmi_device_range *next = hotplug->devices->next;
		p->ops->free(p->ctx, hotplug->devices, sizeof(*hotplug->devices));
		hotplug->devices = next;
	}
	mmi_cpu_destroy(hotplug->cpu);
	mmi_block_table_deinit(&hotplug->blocks);
	p->ops->free(p->ctx, hotplug, sizeof(*hotplug));
}

int mmi_hotplug_check_aligned(const struct mmi_hotplug *hotplug, uint64_t start_pfn,
			      uint64_t end_pfn, struct mmi_error *err)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;

	if (start_pfn < end_pfn && !(start_pfn % block_pages) && !(end_pfn % block_pages))
		return 0;
	return mmi_error_set(err, -EINVAL,
			     "PFNs 0x%llx-0x%llx: whole memory blocks of 0x%llx pages expected",
			     (unsigned long long)start_pfn, (unsigned long long)end_pfn,
			     (unsigned long long)block_pages);
}

/* The end of what may be memory of node @nid from @pfn on; @pfn: nothing. */
static uint64_t allowed_end(const struct mmi_mem_range *ranges, size_t nr, int nid, uint64_t pfn)
{
	uint64_t end_pfn = pfn;

	for (size_t i = 0; i < nr; i++)
		if (ranges[i].nid == nid && ranges[i].start_pfn <= pfn &&
		    ranges[i].end_pfn > end_pfn)
			end_pfn = ranges[i].end_pfn;
	return end_pfn;
}

/* Windows of the node cover the range, or memory of it did at boot. */
static int check_allowed(const struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn,
			 uint64_t end_pfn, struct mmi_error *err)
{
	const struct mmi_machine *machine = hotplug->mem->machine;
	const struct mmi_memmap *map = &hotplug->mem->map;

	if (start_pfn < map->start_pfn || end_pfn > map->end_pfn)
		return mmi_error_set(
		    err, -ERANGE, "PFNs 0x%llx-0x%llx: the memmap spans 0x%llx-0x%llx",
		    (unsigned long long)start_pfn, (unsigned long long)end_pfn,
		    (unsigned long long)map->start_pfn, (unsigned long long)map->end_pfn);
	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		uint64_t end = allowed_end(machine->windows, machine->nr_windows, nid, pfn);
		if (end == pfn)
			end = allowed_end(machine->memory, machine->nr_memory, nid, pfn);
		if (end == pfn)
			return mmi_error_set(err, -ERANGE,
					     "PFN 0x%llx lies in no hotplug window of node %d",
					     (unsigned long long)pfn, nid);
		pfn = end;
	}
	return 0;
}

static int check_unused(const struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			struct mmi_error *err)
{
	const struct mmi_block_table *blocks = &hotplug->blocks;
	const size_t i = mmi_block_table_find(blocks, start_pfn / blocks->block_pages);

	if (i < blocks->nr && blocks->items[i].number < end_pfn / blocks->block_pages)
		return mmi_error_set(err, -EEXIST, "memory block %llu is there already",
				     (unsigned long long)blocks->items[i].number);
	const struct mmi_device_range *device =
	    mmi_hotplug_find_device(hotplug, start_pfn, end_pfn);
	if (device)
		return mmi_error_set(err, -EEXIST, "device memory at PFN 0x%llx is there already",
				     (unsigned long long)device->start_pfn);
	return 0;
}

/* The lists of a node are built before it is online, as Linux has it. */
static int bring_node_online(struct mmi_hotplug *hotplug, size_t node, struct mmi_error *err)
{
	struct mmi_node *n = &hotplug->mem->nodes[node];
	const uint32_t states = mmi_atomic_read32(&n->states);

	if (states & MMI_NODE_ONLINE)
		return 0;
	if (mmi_zonelists_rebuild_node(hotplug->alloc, n->nid))
		return mmi_error_set(err, -ENOMEM, "no memory for the zonelists of node %d",
				     n->nid);
	mmi_atomic_publish32(&n->states, states | MMI_NODE_ONLINE);
	return 0;
}

static int add_locked(struct mmi_hotplug *hotplug, size_t node, uint64_t start_pfn,
		      uint64_t end_pfn, struct mmi_error *err)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;
	const struct mmi_machine *machine = hotplug->mem->machine;
	const int nid = hotplug->mem->nodes[node].nid;
	int ret = check_unused(hotplug, start_pfn, end_pfn, err);

	if (!ret)
		ret = mmi_memmap_back_range(&hotplug->mem->map, machine, start_pfn, end_pfn, nid,
					    err);
	if (ret)
		return ret;
	if (mmi_block_table_add(&hotplug->blocks, start_pfn / block_pages, end_pfn / block_pages,
				node))
		return mmi_error_set(err, -ENOMEM, "no memory for the memory blocks");
	ret = bring_node_online(hotplug, node, err);
	if (ret)
		mmi_block_table_remove(&hotplug->blocks, start_pfn / block_pages,
				       end_pfn / block_pages);
	return ret;
}

int mmi_hotplug_add(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		    struct mmi_error *err)
{
	const struct mmi_machine *machine = hotplug->mem->machine;
	const int node = mmi_machine_node_index(machine, nid);
	int ret = mmi_hotplug_check_aligned(hotplug, start_pfn, end_pfn, err);

	if (!ret && node < 0)
		ret = mmi_error_set(err, -EINVAL, "node %d: the machine has none", nid);
	if (!ret)
		ret = check_allowed(hotplug, nid, start_pfn, end_pfn, err);
	if (ret)
		return ret;
	mmi_hotplug_lock(hotplug);
	ret = add_locked(hotplug, (size_t)node, start_pfn, end_pfn, err);
	mmi_hotplug_unlock(hotplug);
	return ret;
}

static int check_removable(const struct mmi_hotplug *hotplug, uint64_t first, uint64_t end,
			   struct mmi_error *err)
{
	for (uint64_t number = first; number < end; number++) {
		const struct mmi_memory_block *block =
		    mmi_block_table_get(&hotplug->blocks, number);
		if (!block)
			return mmi_error_set(err, -EINVAL, "memory block %llu: there is none",
					     (unsigned long long)number);
		if (block->online)
			return mmi_error_set(err, -EBUSY, "memory block %llu is online",
					     (unsigned long long)number);
	}
	return 0;
}

/*
 * A node that has lost its last block, and has no CPU, is of no use; but for one that spans
 * something still: device memory, or its part of a block that goes by another node.
 */
static void retire_nodes(struct mmi_hotplug *hotplug, const struct mmi_nodemask *touched)
{
	const struct mmi_machine *machine = hotplug->mem->machine;
	struct mmi_nodemask used = {0}; /* by node number, as @touched */

	for (size_t i = 0; i < hotplug->blocks.nr; i++)
		mmi_nodemask_add(&used, (int)hotplug->blocks.items[i].node);
	for (size_t i = 0; i < machine->nr_nodes; i++) {
		struct mmi_node *node = &hotplug->mem->nodes[i];
		if (mmi_nodemask_has(touched, (int)i) && !mmi_nodemask_has(&used, (int)i) &&
		    !machine->nodes[i].nr_cpus && !node->nr_spanned_pages)
			mmi_atomic_publish32(&node->states,
					     node->states & ~(uint32_t)MMI_NODE_ONLINE);
	}
}

static void remove_locked(struct mmi_hotplug *hotplug, uint64_t first, uint64_t end)
{
	struct mmi_nodemask touched = {0};

	for (uint64_t number = first; number < end; number++)
		mmi_nodemask_add(&touched,
				 (int)mmi_block_table_get(&hotplug->blocks, number)->node);
	mmi_block_table_remove(&hotplug->blocks, first, end);
	retire_nodes(hotplug, &touched);
}

int mmi_hotplug_remove(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		       struct mmi_error *err)
{
	const uint64_t first = start_pfn / hotplug->blocks.block_pages;
	const uint64_t end = end_pfn / hotplug->blocks.block_pages;
	int ret = mmi_hotplug_check_aligned(hotplug, start_pfn, end_pfn, err);

	if (ret)
		return ret;
	mmi_hotplug_lock(hotplug);
	ret = check_removable(hotplug, first, end, err);
	if (!ret)
		remove_locked(hotplug, first, end);
	mmi_hotplug_unlock(hotplug);
	return ret;
}

int mmi_hotplug_write_state(struct mmi_hotplug *hotplug, uint64_t number, enum mmi_online_type type,
			    struct mmi_error *err)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;

	if (number > UINT64_MAX / block_pages - 1)
		return mmi_error_set(err, -EINVAL, "memory block %llu: there is none",
				     (unsigned long long)number);
	const uint64_t start_pfn = number * block_pages;
	if (type == MMI_OFFLINE)
		return mmi_hotplug_offline(hotplug, start_pfn, start_pfn + block_pages, err);
	return mmi_hotplug_online(hotplug, start_pfn, start_pfn + block_pages, type, err);
}

static void fill_view(struct mmi_hotplug *hotplug, const struct mmi_memory_block *block,
		      struct mmi_block_view *view)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;
	const uint64_t start_pfn = block->number * block_pages;

	*view = (struct mmi_block_view){.number = block->number,
					.nid = hotplug->mem->nodes[block->node].nid,
					.online = block->online};
	if (!block->online) {
		mmi_alloc_counts_read(hotplug->alloc);
		view->nr_valid_zones =
		    mmi_online_zones(&hotplug->alloc->counts, block->node, start_pfn,
				     start_pfn + block_pages, view->valid_zones);
	} else if (block->zone >= 0) {
		view->nr_valid_zones = 1;
		view->valid_zones[0] = block->zone;
	}
}

bool mmi_hotplug_next_block(struct mmi_hotplug *hotplug, uint64_t number,
			    struct mmi_block_view *view)
{
	mmi_hotplug_lock(hotplug);
	const size_t index = mmi_block_table_find(&hotplug->blocks, number);
	const bool found = index < hotplug->blocks.nr;
	if (found)
		fill_view(hotplug, &hotplug->blocks.items[index], view);
	mmi_hotplug_unlock(hotplug);
	return found;
}

bool mmi_hotplug_block(struct mmi_hotplug *hotplug, uint64_t number, struct mmi_block_view *view)
{
	return mmi_hotplug_next_block(hotplug, number, view) && view->number == number;
}

void mmi_hotplug_counts(struct mmi_hotplug *hotplug, struct mmi_mem_counts *counts)
{
	struct mmi_node_counts *nodes = counts->nodes;

	mmi_hotplug_lock(hotplug);
	mmi_alloc_counts_read(hotplug->alloc);
	*counts = hotplug->alloc->counts;
	counts->nodes = nodes;
	memcpy(nodes, hotplug->alloc->counts.nodes, counts->nr_nodes * sizeof(*nodes));
	mmi_hotplug_unlock(hotplug);
}

void mmi_hotplug_set_callback(struct mmi_hotplug *hotplug,
			      bool (*keeps)(void *user, uint64_t start_pfn, unsigned order),
			      void *user)
{
	mmi_hotplug_lock(hotplug);
	hotplug->keeps = keeps;
	hotplug->keeps_user = user;
	mmi_hotplug_unlock(hotplug);
}
