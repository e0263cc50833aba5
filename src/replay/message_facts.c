/* SPDX-License-Identifier: MIT */
/* Kernel messages: the figures that they state, and what they say has happened. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mminit/machine.h"
#include "replay/log_parser.h"

#define ORDER_BYTES ((size_t)MMI_MAX_NODES * 5 + 1)

static struct mmi_named_values *statements(struct mmi_log_parser *parser)
{
	return &parser->facts->statements;
}

/* "0x1000-0xffffff", as we write every range. */
static void print_range(char *text, size_t size_bytes, const struct mmi_byte_span *span)
{
	snprintf(text, size_bytes, "0x%" PRIx64 "-0x%" PRIx64, span->start, span->end - 1);
}

/* "  DMA32    [mem 0x...-0x...]" or "  Device   empty" */
static bool take_zone_range(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char zone[MMI_ZONE_NAME_BYTES];
	char value[64] = "empty";
	struct mmi_byte_span span;

	if (!mmi_scan_token(&scan, zone, sizeof(zone)))
		return false;
	mmi_scan_blanks(&scan);
	if (!mmi_scan_word(&scan, "empty")) {
		if (mmi_scan_bracket_range(&scan, &span))
			return false;
		print_range(value, sizeof(value), &span);
	}
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_ZONE_RANGE, zone);
	return true;
}

/* "  Node 0: 0x0000000120400000" */
static bool take_movable_start(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char value[32];
	uint64_t address;
	int nid;

	if (!mmi_scan_word(&scan, "Node") || mmi_scan_nid(&scan, &nid) ||
	    !mmi_scan_word(&scan, ":"))
		return false;
	mmi_scan_blanks(&scan);
	if (!mmi_scan_hex(&scan, &address))
		return false;
	snprintf(value, sizeof(value), "0x%" PRIx64, address);
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_MOVABLE_START,
			     nid);
	return true;
}

/* "  node   0: [mem 0x...-0x...]" */
static bool take_early_range(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;
	char range[48], value[80];
	int nid;

	if (!mmi_scan_word(&scan, "node") || mmi_scan_nid(&scan, &nid) ||
	    !mmi_scan_word(&scan, ":"))
		return false;
	mmi_scan_blanks(&scan);
	if (mmi_scan_bracket_range(&scan, &span))
		return false;
	print_range(range, sizeof(range), &span);
	snprintf(value, sizeof(value), "node %d %s", nid, range);
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_EARLY_RANGE,
			     parser->nr_early_ranges++);
	return true;
}

static bool take_listed(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	switch (parser->list) {
	case MMI_LIST_ZONE_RANGES:
		return take_zone_range(parser, scan);
	case MMI_LIST_MOVABLE_STARTS:
		return take_movable_start(parser, scan);
	case MMI_LIST_EARLY_RANGES:
		return take_early_range(parser, scan);
	case MMI_LIST_NONE:
		break;
	}
	return false;
}

static void take_node_setup(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;
	char value[64] = "none";
	int nid;

	if (mmi_scan_nid(&scan, &nid))
		return;
	mmi_scan_blanks(&scan);
	if (!mmi_scan_word(&scan, "as memoryless")) {
		if (mmi_scan_bracket_range(&scan, &span))
			return;
		print_range(value, sizeof(value), &span);
	}
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_NODE_SETUP, nid);
}

/* "On node 0, zone DMA: 97 pages in unavailable ranges" */
static void take_unavailable(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char zone[MMI_ZONE_NAME_BYTES], value[80];
	uint64_t nr_pages;
	int nid;

	if (mmi_scan_nid(&scan, &nid) || !mmi_scan_word(&scan, ", zone ") ||
	    !mmi_scan_token(&scan, zone, sizeof(zone)))
		return;
	zone[strcspn(zone, ":")] = '\0';
	mmi_scan_blanks(&scan);
	if (!mmi_scan_decimal(&scan, &nr_pages) ||
	    !mmi_scan_word(&scan, " pages in unavailable ranges"))
		return;
	snprintf(value, sizeof(value), "node %d %s %" PRIu64, nid, zone, nr_pages);
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_UNAVAILABLE,
			     parser->nr_unavailable++);
}

/* "Fallback order for Node 0: 0 1 " */
static void take_fallback(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char label[MMI_LABEL_BYTES], value[ORDER_BYTES] = "";
	size_t length = 0;
	uint64_t next;
	int nid;

	if (mmi_scan_nid(&scan, &nid) || !mmi_scan_word(&scan, ":"))
		return;
	for (mmi_scan_blanks(&scan); mmi_scan_decimal(&scan, &next); mmi_scan_blanks(&scan)) {
		const int added = snprintf(value + length, sizeof(value) - length, "%s%" PRIu64,
					   length ? " " : "", next);
		if (added < 0 || (size_t)added >= sizeof(value) - length)
			return;
		length += (size_t)added;
	}
	mmi_build_label(label, parser->nr_builds);
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_FALLBACK, label,
			     nid);
}

/* "Built 2 zonelists, mobility grouping on.  Total pages: 2064096" */
static void take_built(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_named_values *values = statements(parser);
	uint64_t nr_zonelists, nr_pages;
	char label[MMI_LABEL_BYTES];

	if (!mmi_scan_decimal(&scan, &nr_zonelists) ||
	    !mmi_scan_word(&scan, " zonelists, mobility grouping o"))
		return;
	const bool on = mmi_scan_word(&scan, "n");
	mmi_build_label(label, parser->nr_builds++);
	mmi_named_values_add_number(values, parser->line, nr_zonelists, MMI_FIGURE_ZONELISTS,
				    label);
	mmi_named_values_add(values, parser->line, on ? "on" : "off", MMI_FIGURE_MOBILITY, label);
	if (!mmi_scan_find(&scan, "Total pages:"))
		return;
	mmi_scan_blanks(&scan);
	if (mmi_scan_decimal(&scan, &nr_pages))
		mmi_named_values_add_number(values, parser->line, nr_pages, MMI_FIGURE_TOTAL,
					    label);
}

static void take_policy_zone(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char zone[MMI_ZONE_NAME_BYTES], label[MMI_LABEL_BYTES];

	if (!parser->nr_builds || !mmi_scan_token(&scan, zone, sizeof(zone)))
		return;
	mmi_build_label(label, parser->nr_builds - 1);
	mmi_named_values_add(statements(parser), parser->line, zone, MMI_FIGURE_POLICY_ZONE, label);
}

/* The parts of the parenthesis of the memory line: "14343K kernel code, ..." */
static void take_memory_parts(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t kib;

	for (;;) {
		mmi_scan_blanks(&scan);
		if (!mmi_scan_decimal(&scan, &kib) || !mmi_scan_word(&scan, "K "))
			return;
		if (mmi_scan_word(&scan, "reserved"))
			mmi_named_values_add_number(statements(parser), parser->line, kib,
						    MMI_FIGURE_MEMORY, "reserved");
		else if (mmi_scan_word(&scan, "cma-reserved"))
			mmi_named_values_add_number(statements(parser), parser->line, kib,
						    MMI_FIGURE_MEMORY, "cma-reserved");
		else if (kib < UINT64_MAX >> 20)
			parser->facts->image_bytes += kib << 10;
		if (!mmi_scan_find(&scan, ","))
			return;
	}
}

/* "Memory: 3286364K/8388088K available (14343K kernel code, ..., 256064K reserved, ...)" */
static void take_memory(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t available, present;

	if (!mmi_scan_decimal(&scan, &available) || !mmi_scan_word(&scan, "K/") ||
	    !mmi_scan_decimal(&scan, &present) || !mmi_scan_word(&scan, "K available ("))
		return;
	mmi_log_event_add(parser, MMI_LOG_MEMORY_LINE);
	mmi_named_values_add_number(statements(parser), parser->line, available, MMI_FIGURE_MEMORY,
				    "available");
	mmi_named_values_add_number(statements(parser), parser->line, present, MMI_FIGURE_MEMORY,
				    "present");
	take_memory_parts(parser, scan);
}

/* "node 0 deferred pages initialised in 24ms", "node 1 initialised, 24189223 pages in 304ms" */
static void take_node_line(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	int nid;

	if (mmi_scan_nid(&scan, &nid))
		return;
	if (!mmi_scan_word(&scan, " deferred pages initialised in") &&
	    !mmi_scan_word(&scan, " initialised, "))
		return;
	mmi_named_values_add(statements(parser), parser->line, "yes", MMI_FIGURE_DEFERRED, nid);
	mmi_log_event_add(parser, MMI_LOG_DEFERRED_END);
}

/* "Freeing initrd memory: 1304K" */
static void take_freeing(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	const bool is_initrd = mmi_scan_word(&scan, "initrd memory");
	const bool is_late = is_initrd || mmi_scan_word(&scan, "unused ");
	uint64_t kib;

	if (!mmi_scan_find(&scan, ": ") || !mmi_scan_decimal(&scan, &kib) ||
	    !mmi_scan_word(&scan, "K"))
		return;
	struct mmi_log_event *event = mmi_log_event_add(parser, MMI_LOG_FREEING);
	event->kib = kib;
	event->is_initrd = is_initrd;
	event->is_late = is_late;
	parser->facts->says_added |= is_late;
}

static void take_freed_late(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;

	if (!mmi_scan_bracket_range(&scan, &span) && span.start < span.end)
		mmi_log_event_add(parser, MMI_LOG_FREED_RANGE)->range = span;
}

static void take_initrd(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;

	if (!mmi_scan_bracket_range(&scan, &span))
		parser->facts->initrd = span;
}

/* "Found initrd at 0xc000000002c90000:0xc000000002e1058b": addresses in ppc64's linear mapping */
static void take_mapped_initrd(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	const uint64_t physical = (1ull << 60) - 1;
	uint64_t start, end;

	if (mmi_scan_hex(&scan, &start) && mmi_scan_word(&scan, ":") && mmi_scan_hex(&scan, &end))
		parser->facts->initrd = (struct mmi_byte_span){start & physical, end & physical};
}

/* A memblock_phys_free line: one that arm64 prints for the initrd says where it lies. */
static void take_phys_free(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;

	if (!mmi_scan_bracket_range(&scan, &span) && mmi_scan_find(&scan, "free_initrd_mem"))
		parser->facts->initrd = span;
}

/* "cma: Reserved 64 MiB at 0x00000000fc000000" */
static void take_cma(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t mib, start;

	if (mmi_scan_decimal(&scan, &mib) && mmi_scan_word(&scan, " MiB at ") &&
	    mmi_scan_hex(&scan, &start) && mib < UINT64_MAX >> 21 && start < UINT64_MAX >> 1)
		mmi_byte_spans_add(parser, &parser->facts->cma,
				   (struct mmi_byte_span){start, start + (mib << 20)});
}

static void take_block_size(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t mib;

	if (mmi_scan_decimal(&scan, &mib) && mmi_scan_word(&scan, "MB") && mib < UINT64_MAX >> 20)
		mmi_named_values_add_number(statements(parser), parser->line, mib << 20,
					    MMI_FIGURE_BLOCK_MESSAGE);
}

static void take_memblock_dump(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->nr_memblock_dumps++;
}

/* "reserved[0x1]	[0x...-0x...], ..." */
static void take_reserved(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_byte_span span;

	if (parser->nr_memblock_dumps == 1 && mmi_scan_find(&scan, "]")) {
		mmi_scan_blanks(&scan);
		if (!mmi_scan_bracket_range(&scan, &span))
			mmi_byte_spans_add(parser, &parser->facts->first_reserved, span);
	}
}

static void note_pxm(struct mmi_log_parser *parser, uint64_t pxm, int nid)
{
	struct mmi_log_facts *facts = parser->facts;

	/* Every line of a node names it; nodes are few. */
	for (size_t i = 0; i < facts->nr_pxms; i++)
		if (facts->pxms[i].pxm == pxm)
			return;
	if (facts->nr_pxms < MMI_MAX_NODES &&
	    mmi_log_reserve(parser, &facts->pxms, sizeof(*facts->pxms), facts->nr_pxms,
			    &facts->pxms_capacity))
		facts->pxms[facts->nr_pxms++] = (struct mmi_log_pxm){pxm, nid};
}

/*
 * "SRAT: PXM 1 -> APIC 0x02 -> Node 1", "ACPI: NUMA: SRAT: PXM 0 -> MPIDR 0x0 -> Node 0" and
 * "ACPI: SRAT: Node 1 PXM 1 [mem ...]"
 */
static void take_srat(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t pxm;
	int nid;

	if (mmi_scan_word(&scan, "PXM ")) {
		if (mmi_scan_decimal(&scan, &pxm) && mmi_scan_find(&scan, "-> Node") &&
		    !mmi_scan_nid(&scan, &nid))
			note_pxm(parser, pxm, nid);
	} else if (mmi_scan_word(&scan, "Node") && !mmi_scan_nid(&scan, &nid) &&
		   mmi_scan_word(&scan, " PXM ") && mmi_scan_decimal(&scan, &pxm)) {
		note_pxm(parser, pxm, nid);
	}
}

static void take_last_pfn(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t max_arch_pfn;

	if (mmi_scan_find(&scan, "max_arch_pfn = ") && mmi_scan_hex(&scan, &max_arch_pfn))
		parser->facts->five_level = max_arch_pfn > 1ull << 36;
}

static void take_zone_heading(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->list = MMI_LIST_ZONE_RANGES;
}

static void take_movable_heading(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->list = MMI_LIST_MOVABLE_STARTS;
}

static void take_early_heading(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->list = MMI_LIST_EARLY_RANGES;
}

static void take_after_deferred(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->facts->says_deferred = true;
}

static void take_postcore(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	mmi_log_event_add(parser, MMI_LOG_POSTCORE);
}

static void take_fake_node(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	parser->facts->fakes_nodes = true;
}

static void take_subsys(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	(void)scan;
	mmi_log_event_add(parser, MMI_LOG_SUBSYS);
	parser->facts->says_added = true;
}

void mmi_message_line(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	static const struct {
		const char *start;
		void (*take)(struct mmi_log_parser *parser, struct mmi_scan scan);
	} messages[] = {
	    {"Zone ranges:", take_zone_heading},
	    {"Movable zone start for each node", take_movable_heading},
	    {"Early memory node ranges", take_early_heading},
	    {"Initmem setup node", take_node_setup},
	    {"On node", take_unavailable},
	    {"Fallback order for Node", take_fallback},
	    {"Built ", take_built},
	    {"Policy zone:", take_policy_zone},
	    {"Memory: ", take_memory},
	    {"node", take_node_line},
	    {"Freeing ", take_freeing},
	    {"memblock_free_late: ", take_freed_late},
	    {"memblock_phys_free: ", take_phys_free},
	    {"RAMDISK: ", take_initrd},
	    {"Allocated new RAMDISK: ", take_initrd},
	    {"Found initrd at ", take_mapped_initrd},
	    {"cma: Reserved ", take_cma},
	    {"x86/mm: Memory block size: ", take_block_size},
	    {"MEMBLOCK configuration:", take_memblock_dump},
	    {"reserved[", take_reserved},
	    {"SRAT: ", take_srat},
	    {"ACPI: SRAT: ", take_srat},
	    {"ACPI: NUMA: SRAT: ", take_srat},
	    {"last_pfn = ", take_last_pfn},
	    {"Command line:", mmi_boot_params_line},
	    {"Kernel command line:", mmi_boot_params_line},
	    {"Faking node ", take_fake_node},
	    {"devtmpfs: initialized", take_after_deferred},
	    {"cpuidle: using governor", take_postcore},
	    {"thermal_sys: Registered", take_postcore},
	    {"iommu: Default domain type", take_subsys},
	    {"pps_core: ", take_subsys},
	    {"vgaarb: loaded", take_subsys},
	};

	if (take_listed(parser, scan))
		return;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct mmi_scan rest = scan;
		if (!mmi_scan_word(&rest, messages[i].start))
			continue;
		parser->list = MMI_LIST_NONE;
		messages[i].take(parser, rest);
		return;
	}
}
