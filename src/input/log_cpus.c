/* SPDX-License-Identifier: MIT */
/*
 * Which node a CPU is on, by what the kernel prints when it starts CPUs: for logs without SRAT.
 *
 *   .... node  #1, CPUs:   #2 #3          x86; more CPUs may follow on lines of their own
 *   numa: Node 1 CPUs: 2-3,8              ppc64
 *
 * The x86 lines leave out CPU 0, which is running already: it is on the first node with memory.
 */
#include <errno.h>

#include "input/boot_log.h"

int mmi_log_list_cpus(struct mmi_log *log, struct mmi_byte_ranges *list, uint64_t first,
		      uint64_t last, int nid)
{
	const struct mmi_byte_range cpus = {.start = first, .end = last + 1, .nid = nid};

	/* Every node may list every CPU, but not more: else a few lines could keep us for hours. */
	log->nr_listed_cpus += last + 1 - first;
	if (log->nr_listed_cpus > (uint64_t)MMI_MAX_CPUS * MMI_MAX_NODES)
		return mmi_error_set_at(log->err, -EINVAL, log->last_line, 0,
					"lists of CPUs that name %llu: at most %u on each node "
					"expected",
					(unsigned long long)log->nr_listed_cpus, MMI_MAX_CPUS);
	return mmi_byte_ranges_append(list, &cpus, log->err);
}

static int add_cpus(struct mmi_log *log, uint64_t first, uint64_t last, int nid)
{
	if (last < first || last >= MMI_MAX_CPUS)
		return 0;
	return mmi_log_list_cpus(log, &log->smp_cpus, first, last, nid);
}

/* "#2 #3": false where anything else stands there, too */
static bool is_cpu_list(struct mmi_scan scan)
{
	uint64_t cpu;

	if (mmi_scan_is_done(&scan))
		return false;
	while (!mmi_scan_is_done(&scan)) {
		if (!mmi_scan_word(&scan, "#"))
			return false;
		mmi_scan_blanks(&scan);
		if (!mmi_scan_decimal(&scan, &cpu))
			return false;
		mmi_scan_blanks(&scan);
	}
	return true;
}

static int x86_list(struct mmi_log *log, struct mmi_scan *scan)
{
	uint64_t cpu = 0;
	int ret = 0;

	while (!ret && mmi_scan_word(scan, "#")) {
		mmi_scan_blanks(scan);
		mmi_scan_decimal(scan, &cpu);
		mmi_scan_blanks(scan);
		ret = add_cpus(log, cpu, cpu, log->smp_nid);
	}
	return mmi_log_taken(ret);
}

static int ppc_list(struct mmi_log *log, struct mmi_scan *scan, int nid)
{
	uint64_t first, last;
	int ret = 0;

	mmi_scan_blanks(scan);
	while (!ret && mmi_scan_decimal(scan, &first)) {
		last = first;
		if (mmi_scan_word(scan, "-") && !mmi_scan_decimal(scan, &last))
			break;
		ret = add_cpus(log, first, last, nid);
		if (!mmi_scan_word(scan, ","))
			break;
	}
	return mmi_log_taken(ret);
}

int mmi_log_cpus_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	int nid;

	if (mmi_scan_word(&scan, ".... node")) {
		mmi_scan_blanks(&scan);
		if (!mmi_scan_word(&scan, "#") || mmi_scan_nid(&scan, &log->smp_nid) ||
		    !mmi_scan_word(&scan, ", CPUs:"))
			return 0;
		log->has_x86_smp = true;
		mmi_scan_blanks(&scan);
		return is_cpu_list(scan) ? x86_list(log, &scan) : 1;
	}
	if (log->has_x86_smp && is_cpu_list(scan))
		return x86_list(log, &scan);
	if (!mmi_scan_word(&scan, "numa: Node ") || mmi_scan_nid(&scan, &nid) ||
	    !mmi_scan_word(&scan, " CPUs:"))
		return 0;
	return ppc_list(log, &scan, nid);
}
