/* SPDX-License-Identifier: MIT */
/* What nodes a boot log describes: which there are, their CPUs, how far apart they lie. */
#include <errno.h>
#include <stdlib.h>

#include "input/info.h"
#include "input/log_machine.h"

static int compare_cpus(const void *left, const void *right)
{
	const struct mmi_log_cpu *a = left, *b = right;

	if (a->hardware_id != b->hardware_id)
		return a->hardware_id < b->hardware_id ? -1 : 1;
	return a->nid - b->nid;
}

/* CPUs of SRAT, in the order of their hardware numbers; a log may hold every line twice. */
static int cpus_of_srat(struct mmi_log *log, struct mmi_draft *draft)
{
	int ret = 0;

	qsort(log->cpus, log->nr_cpus, sizeof(*log->cpus), compare_cpus);
	for (size_t i = 0; !ret && i < log->nr_cpus; i++)
		if (!i || log->cpus[i].hardware_id != log->cpus[i - 1].hardware_id)
			ret = mmi_draft_add_cpu(draft, log->cpus[i].nid, log->err);
	return ret;
}

struct cpu_table {
	unsigned nr_lists[MMI_MAX_CPUS]; /* how many lists name a CPU */
	unsigned nr_met[MMI_MAX_CPUS];
	int nids[MMI_MAX_CPUS];
};

static void fill_cpu_table(struct cpu_table *table, const struct mmi_byte_ranges *lists)
{
	for (size_t i = 0; i < lists->nr; i++)
		for (uint64_t cpu = lists->items[i].start; cpu < lists->items[i].end; cpu++)
			table->nr_lists[cpu]++;
	for (size_t i = 0; i < lists->nr; i++)
		for (uint64_t cpu = lists->items[i].start; cpu < lists->items[i].end; cpu++)
			if (table->nr_met[cpu]++ == cpu % table->nr_lists[cpu])
				table->nids[cpu] = lists->items[i].nid;
}

/*
 * CPUs of the nodes' lists.  With numa=fake several nodes list the same CPUs; the kernel deals them
 * to those nodes in turn, and so is it done here.
 */
static int cpus_of_lists(struct mmi_log *log, struct mmi_draft *draft,
			 const struct mmi_byte_ranges *lists)
{
	struct cpu_table *table = calloc(1, sizeof(*table));
	int ret = 0;

	if (!table)
		return mmi_error_set(log->err, -ENOMEM, "no memory for a table of CPUs");
	fill_cpu_table(table, lists);
	for (size_t cpu = 0; !ret && cpu < MMI_MAX_CPUS; cpu++)
		if (table->nr_lists[cpu])
			ret = mmi_draft_add_cpu(draft, table->nids[cpu], log->err);
	free(table);
	return ret;
}

static int cpus_of_smp(struct mmi_log *log, struct mmi_draft *draft)
{
	if (log->has_x86_smp) {
		const int ret = mmi_draft_add_cpu(draft, draft->memory.items[0].nid, log->err);
		if (ret)
			return ret;
	}
	return cpus_of_lists(log, draft, &log->smp_cpus);
}

/* Nothing says where the CPUs are: all on the first node, or dealt out to fake ones. */
static int assume_cpus(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	const uint64_t nr_cpus = log->nr_allowed_cpus ? log->nr_allowed_cpus : 1;
	int nid = draft->memory.items[0].nid;
	int ret = 0;

	if (nr_cpus > MMI_MAX_CPUS)
		return mmi_error_set(log->err, -EINVAL, "%llu CPUs: at most %u expected",
				     (unsigned long long)nr_cpus, MMI_MAX_CPUS);
	for (uint64_t cpu = 0; !ret && cpu < nr_cpus; cpu++) {
		ret = mmi_draft_add_cpu(draft, nid, log->err);
		for (int i = 0; log->params.has_fake_nodes && i < MMI_MAX_NODES; i++) {
			nid = (nid + 1) % MMI_MAX_NODES;
			if (draft->is_possible[nid])
				break;
		}
	}
	mmi_info_add_note(
	    info, "nodes of CPUs unknown: %llu CPUs assumed %s", (unsigned long long)nr_cpus,
	    log->params.has_fake_nodes ? "in turn on all nodes" : "on the first node");
	return ret;
}

static int take_cpus(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	if (log->sysfs.cpus.nr) {
		mmi_info_add_source(info, "dumped cpulist files");
		return cpus_of_lists(log, draft, &log->sysfs.cpus);
	}
	if (log->nr_cpus && !log->params.has_fake_nodes)
		return cpus_of_srat(log, draft);
	if (log->smp_cpus.nr)
		return cpus_of_smp(log, draft);
	return assume_cpus(log, draft, info);
}

/* Rows have a column for every online node, in the order of their ids. */
static int take_distances(struct mmi_log *log, const struct mmi_input_options *options,
			  struct mmi_draft *draft, struct mmi_input_info *info)
{
	const struct mmi_log_sysfs *sysfs = &log->sysfs;
	const size_t nr = sysfs->nr_nids;

	if (!nr) {
		size_t nr_nodes = 0;
		for (int nid = 0; nid < MMI_MAX_NODES; nid++)
			nr_nodes += draft->is_possible[nid];
		if (nr_nodes > 1 && !(options && options->distances))
			mmi_info_add_note(info, "distances unknown: %d between any two nodes",
					  MMI_REMOTE_DISTANCE);
		return 0;
	}
	for (size_t i = 0; i < nr; i++)
		if (sysfs->row_lengths[i] != nr)
			return mmi_error_set_at(
			    log->err, -EINVAL, log->sources[MMI_LOG_SYSFS].first_line, 0,
			    "%zu distances of node %d: %zu expected, one for each node with a row",
			    sysfs->row_lengths[i], sysfs->nids[i], nr);
	const int ret = mmi_draft_alloc_distances(draft, nr, log->err);
	if (ret)
		return ret;
	for (size_t i = 0; i < nr; i++) {
		size_t rank = 0; /* the files may come in any order */
		for (size_t j = 0; j < nr; j++)
			rank += sysfs->nids[j] < sysfs->nids[i];
		draft->distance_nids[rank] = sysfs->nids[i];
		for (size_t j = 0; j < nr; j++)
			draft->distances[rank * nr + j] = sysfs->rows[i * MMI_MAX_NODES + j];
	}
	mmi_info_add_source(info, "dumped distance files");
	return 0;
}

int mmi_log_conclude_nodes(struct mmi_log *log, const struct mmi_input_options *options,
			   struct mmi_draft *draft, struct mmi_input_info *info)
{
	int ret = mmi_log_source_error(log, MMI_LOG_SYSFS);

	for (int nid = 0; nid < MMI_MAX_NODES; nid++) {
		draft->is_possible[nid] =
		    log->is_possible[nid] || (log->is_in_srat[nid] && !log->params.has_fake_nodes);
		draft->is_online[nid] = log->is_online[nid];
	}
	for (size_t i = 0; i < draft->memory.nr; i++)
		draft->is_possible[draft->memory.items[i].nid] = true;
	if (!ret)
		ret = take_cpus(log, draft, info);
	return ret ? ret : take_distances(log, options, draft, info);
}
