/* SPDX-License-Identifier: MIT */
/* DIMMs of the emulator's command line: where they lie, and what their memory does at boot. */
#include "replay/boot_model.h"

#define DIMM_ALIGN_BYTES (2ull << 20)

/* Debian's kernels bring added memory online by themselves from 6.12 on. */
static enum mmi_online_type default_online(const struct mmi_boot_model *model)
{
	if (model->facts->has_default_online)
		return model->facts->default_online;
	return model->machine->linux_version >= MMI_LINUX_6_12 ? MMI_ONLINE : MMI_OFFLINE;
}

/* The first memory of an offline node: its zonelists alone are built, before it is online. */
static void add_node(struct mmi_boot_model *model, size_t node)
{
	if (model->counts.nodes[node].online)
		return;
	model->ops->built(model->ops->user, model, (int64_t)node,
			  mmi_buffer_pages(&model->counts, MMI_ZONE_MOVABLE));
	model->counts.nodes[node].online = true;
}

static int add_memory(struct mmi_boot_model *model, const struct mmi_byte_span *span, int nid)
{
	const uint64_t block_bytes = model->machine->memory_block_bytes;
	const enum mmi_online_type type = default_online(model);
	const uint64_t first = span->start / block_bytes, end = span->end / block_bytes;
	const int node = mmi_machine_node_index(model->machine, nid);
	int ret;

	if (node < 0 || span->start == span->end || span->start % block_bytes ||
	    span->end % block_bytes)
		return 0; /* Linux refuses what is not whole blocks */
	if (model->facts->memory_limit && span->end > model->facts->memory_limit)
		return 0; /* and while it boots, what "mem=" leaves out */
	add_node(model, (size_t)node);
	ret = mmi_block_table_add(&model->blocks, first, end, (size_t)node);
	for (uint64_t number = first; !ret && type != MMI_OFFLINE && number < end; number++)
		mmi_model_block_online(model, mmi_block_table_get(&model->blocks, number), type);
	return ret;
}

/* Has node number @node CPUs, while no message says which proximity domain it is? */
static bool is_unnamed(const struct mmi_boot_model *model, size_t node)
{
	const struct mmi_log_facts *facts = model->facts;

	for (size_t i = 0; i < facts->nr_pxms; i++)
		if (facts->pxms[i].nid == model->counts.nodes[node].nid)
			return false;
	return model->counts.nodes[node].nr_cpus > 0;
}

/*
 * The node of a DIMM's proximity domain.  A domain that has only CPUs is named by no message of
 * later kernels: it may be any node that has CPUs and no name, first the one of the same number.
 * Memory of a domain that the firmware's tables do not have joins the node of the first memory.
 */
static int dimm_nid(const struct mmi_boot_model *model, const struct mmi_log_dimm *dimm)
{
	const int named_nid = mmi_log_pxm_nid(model->facts, dimm->pxm);
	const int same_nid = dimm->pxm < MMI_MAX_NODES ? (int)dimm->pxm : -1;
	const int node = mmi_machine_node_index(model->machine, same_nid);

	if (named_nid >= 0)
		return named_nid;
	if (node >= 0 && is_unnamed(model, (size_t)node))
		return same_nid;
	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		if (is_unnamed(model, i))
			return model->counts.nodes[i].nid;
	return model->machine->memory[0].nid;
}

/* The lowest address from @start on where @size_bytes overlap none of @placed. */
static uint64_t first_fit(const struct mmi_byte_span *placed, size_t nr, uint64_t start,
			  uint64_t size_bytes)
{
	for (size_t i = 0; i < nr;) {
		if (start < placed[i].end && placed[i].start < start + size_bytes) {
			start = mmi_align_up(placed[i].end, DIMM_ALIGN_BYTES);
			i = 0;
		} else {
			i++;
		}
	}
	return start;
}

int mmi_model_add_dimms(struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;
	const struct mmi_log_facts *facts = model->facts;
	const uint64_t limit = 1ull << machine->geometry.max_physmem_bits;
	struct mmi_byte_span placed[MMI_MAX_LOG_DIMMS];
	size_t nr = 0;
	int ret = 0;

	if (!machine->nr_windows || machine->geometry.arch == MMI_ARCH_PPC64_64K)
		return 0; /* ppc64 finds them in the device tree, as memory like any other */
	const uint64_t base = machine->windows[0].start_pfn << machine->geometry.page_shift;
	for (size_t i = 0; !ret && i < facts->nr_dimms; i++) {
		const struct mmi_log_dimm *dimm = &facts->dimms[i];
		if (dimm->size_bytes > limit || dimm->address > limit)
			continue; /* beyond all addresses: its end might not even be a number */
		const uint64_t start = dimm->has_address
					   ? dimm->address
					   : first_fit(placed, nr, base, dimm->size_bytes);
		placed[nr] = (struct mmi_byte_span){start, start + dimm->size_bytes};
		ret = add_memory(model, &placed[nr++], dimm_nid(model, dimm));
	}
	return ret;
}
