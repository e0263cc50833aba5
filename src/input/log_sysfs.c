/* SPDX-License-Identifier: MIT */
/*
 * What no kernel message tells: distances between nodes and their CPUs, from files of sysfs that
 * were dumped into the log behind the boot.
 *
 *   ==STEP boot
 *   ==FILE sys/devices/system/node/node0/distance
 *   10 20
 *   ==FILE sys/devices/system/node/node0/cpulist
 *   0-1,4
 *   ==FILE sys/devices/system/memory/block_size_bytes
 *   8000000
 *
 * Only the first step counts: later ones show what became of the machine.
 */
#include <errno.h>
#include <stdlib.h>

#include "input/boot_log.h"

static int alloc_tables(struct mmi_log *log)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;

	sysfs->rows = calloc((size_t)MMI_MAX_NODES * MMI_MAX_NODES, sizeof(*sysfs->rows));
	sysfs->row_lengths = calloc(MMI_MAX_NODES, sizeof(*sysfs->row_lengths));
	if (!sysfs->rows || !sysfs->row_lengths)
		return mmi_error_set(log->err, -ENOMEM, "no memory for the distances of nodes");
	return 0;
}

static int begin_step(struct mmi_log *log)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;

	sysfs->file_nid = -1;
	sysfs->file_is_block_size = false;
	if (sysfs->in_first_step) {
		sysfs->in_first_step = false;
		sysfs->is_done = true;
		return 1;
	}
	if (sysfs->is_done)
		return 1;
	sysfs->in_first_step = true;
	return mmi_log_taken(alloc_tables(log));
}

static int begin_file(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;
	int nid;

	sysfs->file_nid = -1;
	sysfs->file_is_block_size = mmi_scan_word(scan, "sys/devices/system/memory/block_size");
	if (!mmi_scan_word(scan, "sys/devices/system/node/node"))
		return 1;
	const char *expected = mmi_scan_nid(scan, &nid);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan, expected);
	if (mmi_scan_word(scan, "/distance") || mmi_scan_word(scan, "/cpulist")) {
		sysfs->file_nid = nid;
		sysfs->file_is_distance = scan->at[-1] == 'e';
	}
	return 1;
}

static int distance_row(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;
	uint64_t value;
	size_t nr = 0;

	if (sysfs->nr_nids == MMI_MAX_NODES)
		return 1;
	uint16_t *row = sysfs->rows + sysfs->nr_nids * MMI_MAX_NODES;
	for (mmi_scan_blanks(scan); !mmi_scan_is_done(scan); mmi_scan_blanks(scan)) {
		if (nr == MMI_MAX_NODES || !mmi_scan_decimal(scan, &value) || value > UINT16_MAX)
			return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan,
						"distances, each a number below 65536");
		row[nr++] = (uint16_t)value;
	}
	mmi_log_note_line(log, MMI_LOG_SYSFS, line);
	sysfs->row_lengths[sysfs->nr_nids] = nr;
	sysfs->nids[sysfs->nr_nids++] = sysfs->file_nid;
	return 1;
}

static int cpu_list(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;
	uint64_t first, last;

	while (!mmi_scan_is_done(scan)) {
		if (!mmi_scan_decimal(scan, &first))
			return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan, "a CPU number");
		last = first;
		if (mmi_scan_word(scan, "-") && !mmi_scan_decimal(scan, &last))
			return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan, "a CPU number");
		if (last < first || last >= MMI_MAX_CPUS)
			return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan,
						"CPU numbers in rising order, below 65536");
		const int ret = mmi_log_list_cpus(log, &sysfs->cpus, first, last, sysfs->file_nid);
		if (ret)
			return ret;
		if (!mmi_scan_word(scan, ",") && !mmi_scan_is_done(scan))
			return mmi_log_bad_line(log, MMI_LOG_SYSFS, line, scan, "\",\"");
	}
	mmi_log_note_line(log, MMI_LOG_SYSFS, line);
	return 1;
}

int mmi_log_sysfs_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_log_sysfs *sysfs = &log->sysfs;
	struct mmi_scan scan = {line->text, line->end};
	uint64_t value;

	if (mmi_scan_word(&scan, "==STEP"))
		return begin_step(log);
	const bool is_file = mmi_scan_word(&scan, "==FILE ");
	if (is_file && !sysfs->in_first_step && !sysfs->is_done) {
		const int ret = begin_step(log); /* its own line was taken out */
		if (ret < 0)
			return ret;
	}
	if (!sysfs->in_first_step)
		return sysfs->is_done;
	if (is_file)
		return begin_file(log, line, &scan);
	if (sysfs->file_nid >= 0) {
		const int ret = sysfs->file_is_distance ? distance_row(log, line, &scan)
							: cpu_list(log, line, &scan);
		sysfs->file_nid = -1;
		return ret;
	}
	if (sysfs->file_is_block_size && mmi_scan_hex(&scan, &value))
		log->memory_block_bytes = value;
	return 1;
}
