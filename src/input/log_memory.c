/* SPDX-License-Identifier: MIT */
/* What memory a boot log describes: ranges, their nodes, and what of it is reserved. */
#include <errno.h>

#include "input/info.h"
#include "input/log_machine.h"

#define MIB (1ull << 20)

/* Which node an address belongs to: by the early node ranges, else by SRAT. */
static int make_map(struct mmi_log *log, struct mmi_byte_ranges *map)
{
	if (log->early_nodes.nr)
		return mmi_byte_ranges_resolve(&log->early_nodes, map, log->err);
	if (log->params.has_fake_nodes)
		return 0;
	const int ret = mmi_byte_ranges_check_nodes(&log->srat, MMI_SRAT_HOTPLUG, log->err);
	return ret ? ret : mmi_byte_ranges_resolve(&log->srat, map, log->err);
}

/* Ranges of @kind are memory; where one has no node yet, the map and then node 0 decide. */
static int take_memory(struct mmi_log *log, const struct mmi_byte_ranges *sorted, uint8_t kind,
		       struct mmi_draft *draft)
{
	struct mmi_byte_ranges map = {0};
	int ret = make_map(log, &map);

	for (size_t i = 0; !ret && i < sorted->nr; i++) {
		const struct mmi_byte_range *range = &sorted->items[i];
		if (range->kind != kind)
			continue;
		ret = range->nid >= 0
			  ? mmi_byte_ranges_append(&draft->memory, range, log->err)
			  : mmi_byte_ranges_append_by_map(&draft->memory, range, &map, 0, log->err);
	}
	mmi_byte_ranges_deinit(&map);
	return ret;
}

/* The same of edits, whose ranges are memory or nothing. */
static int take_edited_memory(struct mmi_log *log, const struct mmi_byte_ranges *edits,
			      struct mmi_draft *draft)
{
	struct mmi_byte_ranges sorted = {0};
	int ret = mmi_byte_ranges_check_nodes(edits, 0, log->err);

	if (!ret)
		ret = mmi_byte_ranges_resolve(edits, &sorted, log->err);
	if (!ret)
		ret = take_memory(log, &sorted, 1, draft);
	mmi_byte_ranges_deinit(&sorted);
	return ret;
}

/* Without memblock=debug: the reservations that other messages name, and x86's first MiB. */
static int take_known_reservations(struct mmi_log *log, struct mmi_draft *draft,
				   struct mmi_input_info *info)
{
	const struct mmi_byte_span first_mib = {0, MIB};
	int ret = 0;

	if (draft->spec.geometry.arch == MMI_ARCH_X86_64)
		ret = mmi_byte_ranges_put(&log->allocated, first_mib, 0, log->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&log->allocated, &draft->reserved, log->err);
	mmi_info_add_note(info, "no memblock dump: reservations are incomplete (the kernel's image "
				"and tables are missing)");
	return ret;
}

static int from_memblock(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	int ret = take_edited_memory(log, &log->memory, draft);

	if (!ret && !draft->memory.nr)
		ret = mmi_error_set_at(log->err, -EINVAL, log->dump_line, 0,
				       "a memblock dump of which no memory is left: ranges that "
				       "are not removed expected");
	if (!ret)
		ret = mmi_byte_ranges_resolve(&log->reserved, &draft->reserved, log->err);
	mmi_info_add_source(info, "memblock dump at line %u and %u later lines", log->dump_line,
			    log->nr_memblock_lines);
	return ret;
}

/* Memory of any other source than memblock. */
static int from_lines(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info,
		      enum mmi_log_source source, const char *name)
{
	int ret = mmi_log_source_error(log, source);

	if (!ret && source == MMI_LOG_EARLY_NODES)
		ret = take_edited_memory(log, &log->early_nodes, draft);
	else if (!ret)
		ret = take_memory(log, &log->firmware, MMI_E820_USABLE, draft);
	if (!ret && !draft->memory.nr)
		ret = mmi_error_set_at(log->err, -EINVAL, log->sources[source].first_line, 0,
				       "%s without memory: usable ranges expected", name);
	if (!ret)
		ret = take_known_reservations(log, draft, info);
	mmi_info_add_source(info, "%s at line %u", name, log->sources[source].first_line);
	return ret;
}

/* A dump that lost lines, to a full console buffer say, is no use. */
static bool has_dump(const struct mmi_log *log)
{
	return log->dump_line && log->memory.nr && !log->dump_nr_memory && !log->dump_nr_reserved;
}

static int refuse(struct mmi_log *log)
{
	if (log->dump_line)
		return mmi_error_set_at(log->err, -EINVAL, log->dump_line, 0,
					"a memblock dump that is not complete: all the ranges that "
					"it announces expected");
	return mmi_error_set_at(log->err, -EINVAL, 1, 1,
				"nothing about memory in %u lines: a boot log with e820 or EFI "
				"lines, \"Early memory node ranges\" or a memblock dump expected",
				log->last_line);
}

static int choose_memory(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	if (log->dump_line) {
		const int ret = mmi_log_source_error(log, MMI_LOG_MEMBLOCK);
		if (ret || has_dump(log))
			return ret ? ret : from_memblock(log, draft, info);
		if (log->early_nodes.nr || log->e820.nr)
			mmi_info_add_note(info, "the memblock dump at line %u is not complete",
					  log->dump_line);
	}
	if (log->sources[MMI_LOG_EARLY_NODES].nr_lines)
		return from_lines(log, draft, info, MMI_LOG_EARLY_NODES, "early node ranges");
	if (log->sources[MMI_LOG_E820].nr_lines)
		return from_lines(log, draft, info, MMI_LOG_E820, "e820 table");
	if (log->sources[MMI_LOG_EFI].nr_lines)
		return from_lines(log, draft, info, MMI_LOG_EFI, "EFI memory map");
	return refuse(log);
}

/* Hotplug windows of SRAT; addresses end where the architecture says. */
static int take_windows(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	const uint64_t limit = 1ull << draft->spec.geometry.max_physmem_bits;
	uint32_t nr_cut = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < log->srat.nr; i++) {
		struct mmi_byte_range window = log->srat.items[i];
		if (!(window.flags & MMI_SRAT_HOTPLUG))
			continue;
		nr_cut += window.end > limit;
		if (window.start >= limit)
			continue;
		if (window.end > limit)
			window.end = limit;
		window.flags = MMI_MEM_HOTPLUG;
		ret = mmi_byte_ranges_append(&draft->windows, &window, log->err);
	}
	if (nr_cut)
		mmi_info_add_note(info, "%u hotplug windows reach past the end of addresses",
				  nr_cut);
	return ret;
}

/* Persistent and soft-reserved memory: of the firmware's table, with nodes where SRAT has them. */
static int take_persistent(struct mmi_log *log, struct mmi_draft *draft)
{
	const struct mmi_byte_ranges *table = &log->firmware;
	struct mmi_byte_ranges map = {0};
	int ret = 0;

	if (!log->params.has_fake_nodes)
		ret = mmi_byte_ranges_resolve(&log->srat, &map, log->err);
	for (size_t i = 0; !ret && i < table->nr; i++)
		if (table->items[i].kind >= MMI_E820_PERSISTENT)
			ret = mmi_byte_ranges_append_by_map(&draft->persistent, &table->items[i],
							    &map, -1, log->err);
	mmi_byte_ranges_deinit(&map);
	return ret;
}

int mmi_log_conclude_memory(struct mmi_log *log, struct mmi_draft *draft,
			    struct mmi_input_info *info)
{
	int ret = mmi_byte_ranges_resolve(log->e820.nr ? &log->e820 : &log->efi, &log->firmware,
					  log->err);

	if (!ret)
		ret = choose_memory(log, draft, info);
	if (!ret && log->sources[MMI_LOG_SRAT].nr_lines) {
		ret = mmi_log_source_error(log, MMI_LOG_SRAT);
		mmi_info_add_source(info, "SRAT at line %u", log->sources[MMI_LOG_SRAT].first_line);
	}
	if (!ret && !log->params.has_fake_nodes)
		ret = take_windows(log, draft, info);
	if (!ret && !log->sources[MMI_LOG_E820].error.code)
		ret = take_persistent(log, draft);
	return ret;
}
