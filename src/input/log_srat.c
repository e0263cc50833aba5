/* SPDX-License-Identifier: MIT */
/*
 * Affinity of memory and CPUs in a boot log.
 *
 *   ACPI: SRAT: Node 0 PXM 0 [mem 0x100000000-0x183fffffff] hotplug
 *   SRAT: Node 1 PXM 1 0-a0000                       before 2012: exclusive, no 0x
 *   SRAT: PXM 1 -> APIC 0x33 -> Node 1
 *   ACPI: NUMA: SRAT: PXM 1 -> MPIDR 0x10000 -> Node 1
 *
 * A node whose range is empty, or ends where addresses end, is a possible node without a window.
 */
#include <errno.h>
#include <stdlib.h>

#include "input/boot_log.h"

static int add_cpu(struct mmi_log *log, uint64_t hardware_id, int nid)
{
	if (log->nr_cpus == MMI_MAX_CPUS)
		return mmi_error_set(log->err, -EINVAL, "too many CPUs: at most %u expected",
				     MMI_MAX_CPUS);
	if (log->nr_cpus == log->cpu_capacity) {
		const size_t capacity = log->cpu_capacity ? log->cpu_capacity * 2 : 64;
		struct mmi_log_cpu *cpus = realloc(log->cpus, capacity * sizeof(*cpus));
		if (!cpus)
			return mmi_error_set(log->err, -ENOMEM, "no memory for %zu CPUs", capacity);
		log->cpus = cpus;
		log->cpu_capacity = capacity;
	}
	log->cpus[log->nr_cpus++] = (struct mmi_log_cpu){hardware_id, nid};
	return 1;
}

/* "1 -> APIC 0x33 -> Node 1": what stands behind "PXM " */
static int cpu_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	const char *expected = NULL;
	uint64_t hardware_id;
	int nid = -1;

	const bool is_apic = mmi_scan_find(scan, "-> APIC ");
	if (!is_apic && !mmi_scan_find(scan, "-> MPIDR "))
		return 0;
	if (!log->arch)
		log->arch = is_apic ? MMI_LOG_ARCH_X86_64 : MMI_LOG_ARCH_ARM64;
	mmi_scan_blanks(scan);
	if (!mmi_scan_hex(scan, &hardware_id))
		expected = "an APIC or MPIDR number";
	else if (!mmi_scan_word(scan, " -> Node"))
		expected = "\" -> Node\" and a node id";
	else
		expected = mmi_scan_nid(scan, &nid);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_SRAT, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_SRAT, line);
	log->is_in_srat[nid] = true;
	return add_cpu(log, hardware_id, nid);
}

/* "[mem A-B]", or "A-B" with an exclusive end and no 0x */
static const char *scan_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	mmi_scan_blanks(scan);
	if (scan->at < scan->end && *scan->at == '[')
		return mmi_scan_bracket_range(scan, span);
	if (!mmi_scan_hex(scan, &span->start))
		return "a range of addresses";
	if (!mmi_scan_word(scan, "-"))
		return "\"-\" and the end of the range";
	const char *end_at = scan->at;
	if (!mmi_scan_hex(scan, &span->end))
		return "the end of the range, an address";
	if (span->end >= span->start)
		return NULL;
	scan->at = end_at;
	return "an end that is not before the start";
}

static const char *scan_flags(struct mmi_scan *scan, bool must_end, uint32_t *flags)
{
	for (;;) {
		mmi_scan_blanks(scan);
		if (mmi_scan_word(scan, "hotplug"))
			*flags |= MMI_SRAT_HOTPLUG;
		else if (mmi_scan_word(scan, "non-volatile"))
			*flags |= MMI_SRAT_NON_VOLATILE;
		else
			break;
	}
	return must_end && !mmi_scan_is_done(scan) ? "\"hotplug\" or \"non-volatile\"" : NULL;
}

/* "0 PXM 0 [mem A-B] hotplug": what stands behind "Node " */
static int memory_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	struct mmi_byte_range range = {.line = line->number, .kind = 1, .from_kinds = MMI_FROM_ANY};
	struct mmi_byte_span span;
	uint64_t pxm;

	const char *expected = mmi_scan_nid(scan, &range.nid);
	if (!expected) {
		mmi_scan_blanks(scan);
		if (!mmi_scan_word(scan, "PXM "))
			return 0; /* "Node 3 [CPU ...]" and the like */
		mmi_scan_blanks(scan);
		if (!mmi_scan_decimal(scan, &pxm))
			expected = "the number of a proximity domain";
		else
			expected = scan_range(scan, &span);
	}
	if (!expected)
		expected = scan_flags(scan, line->unterminated, &range.flags);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_SRAT, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_SRAT, line);
	log->is_in_srat[range.nid] = true;
	if (range.flags & MMI_SRAT_HOTPLUG) /* a window takes nothing from another node */
		range.from_kinds = MMI_FROM_NOTHING;
	range.start = span.start;
	range.end = span.end;
	return mmi_log_taken(mmi_byte_ranges_append(&log->srat, &range, log->err));
}

int mmi_log_srat_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	mmi_scan_word(&scan, "ACPI: ");
	mmi_scan_word(&scan, "NUMA: ");
	if (!mmi_scan_word(&scan, "SRAT: "))
		return 0;
	if (mmi_scan_word(&scan, "PXM "))
		return cpu_line(log, line, &scan);
	if (mmi_scan_word(&scan, "Node "))
		return memory_line(log, line, &scan);
	return 0;
}
