# SPDX-License-Identifier: MIT
# Holds what a run in a guest says of itself, and what the witness saw of it, against what was asked.
#
#   awk -v memory=POLICY -v threads=BINDING [-v allowed=CPUS] [-v map=NODES] -f check.awk NODES PLACES WITNESS
#
# NODES:   "node NID CPUS PAGES DISTANCES" for each node of the guest; CPUS a list such as 0-3,8, or
#          "none"; DISTANCES of the nodes in order, with commas
# PLACES:  the run's own report, from its JSON:
#            "worker THREAD NID HOST_NID BOUND CPUS RAN_ON"   BOUND true or false, RAN_ON a list
#            "memmap NID HOST_NID PAGES"                      pages of node NID's memmap there
# WITNESS: see witness.c
#
# memory:  local       a node's struct pages lie on it
#          interleave  units of 2 MiB take turns over the nodes with memory
#          remote      they lie on the next node with memory
# threads: node        every worker ran on the CPUs of the node it worked for, or, where that has
#                      none, of the nearest that has; bound to just these
#          subset      the same as far as these CPUs are in `allowed`, and never outside of it
#          runtime     bound by the OpenMP runtime, and not by us: on the node nevertheless
#
# map:     "0=1,1=0": node 0 was to stand on the guest's node 1, and so on; others on their own
#
# Prints what is wrong; exits 1 if anything is.

BEGIN {
	min_share = 0.999
	unit_host_pages = 512
	nr_runs = nr_workers = nr_with_memory = nr_memmaps = 0
	nr_moved = split(map, moved, ",")
	for (i = 1; i <= nr_moved; i++) {
		split(moved[i], pair, "=")
		stands_on[pair[1]] = pair[2]
	}
}

# host_of(NID): the guest's node on which it stands.
function host_of(nid)
{
	return nid in stands_on ? stands_on[nid] : nid
}

function wrong(text)
{
	print text
	nr_wrong++
}

# parse_cpus(LIST, SET): the CPUs of "0-3,8" into the keys of SET.
function parse_cpus(list, set, i, n, parts, ends, cpu)
{
	delete set
	n = list == "none" ? 0 : split(list, parts, ",")
	for (i = 1; i <= n; i++) {
		if (split(parts[i], ends, "-") == 1)
			ends[2] = ends[1]
		for (cpu = ends[1] + 0; cpu <= ends[2] + 0; cpu++)
			set[cpu]
	}
	return n
}

# is_within(A, B): every CPU of list A is in list B.
function is_within(a, b, i, set_a, set_b)
{
	parse_cpus(a, set_a)
	parse_cpus(b, set_b)
	for (i in set_a)
		if (!(i in set_b))
			return 0
	return 1
}

# common(A, B): the CPUs of both lists, one by one, in order.
function common(a, b, cpu, set_a, set_b, text)
{
	parse_cpus(a, set_a)
	parse_cpus(b, set_b)
	for (cpu = 0; cpu < 1024; cpu++)
		if (cpu in set_a && cpu in set_b)
			text = text "," cpu
	return text == "" ? "none" : substr(text, 2)
}

# Expects the same set of CPUs, however it is written.
function is_same(a, b)
{
	return is_within(a, b) && is_within(b, a)
}

FILENAME == ARGV[1] && $1 == "node" {
	node_cpus[$2] = $3
	node_distances[$2] = $5
	if ($4 > 0)
		with_memory[nr_with_memory++] = $2
	next
}
FILENAME == ARGV[2] && $1 == "worker" {
	worker_nid[$2] = $3
	worker_host[$2] = $4
	worker_bound[$2] = $5
	worker_cpus[$2] = $6
	worker_ran[$2] = $7
	nr_workers++
	next
}
FILENAME == ARGV[2] && $1 == "memmap" {
	said[$2, $3] += $4
	next
}
$1 == "thread" {
	# The last change of a mask ends the work that was longest ago bound: every one is looked at.
	seen_masks[$2] = seen_masks[$2] " " $8
	if (!is_within($6, $8))
		wrong("thread " $2 " was on CPU " $6 " outside of its mask " $8)
	next
}
$1 == "task" {
	task_cpus[$2] = $6
	next
}
$1 == "memmap" {
	nr_memmaps++
	next
}
$1 == "pages" {
	lies[$5, $7] += $3 - $2
	all[$5] += $3 - $2
	on_host[$7] += $3 - $2
	runs_start[nr_runs] = $2
	runs_end[nr_runs] = $3
	runs_nid[nr_runs] = $5
	runs_host[nr_runs++] = $7
	next
}
$1 == "numa_maps" {
	for (i = 3; i <= NF; i++)
		if ($i ~ /^N[0-9]+=/) {
			split(substr($i, 2), pair, "=")
			mapped[pair[1]] += pair[2]
		}
	next
}

# turn_of(NID): its place among the nodes with memory; -1: it has none.
function turn_of(nid, i)
{
	for (i = 0; i < nr_with_memory; i++)
		if (with_memory[i] == nid)
			return i
	return -1
}

# right_pages(NID, OFFSET): pages of the node's memmap that lie where they should; OFFSET turns the
# interleaving.
function right_pages(nid, offset, i, unit, start, end, right)
{
	for (i = 0; i < nr_runs; i++) {
		if (runs_nid[i] != nid)
			continue
		for (start = runs_start[i]; start < runs_end[i]; start = end) {
			unit = int(start / unit_host_pages)
			end = (unit + 1) * unit_host_pages
			if (end > runs_end[i])
				end = runs_end[i]
			if (runs_host[i] == expected_host(nid, unit, offset))
				right += end - start
		}
	}
	return right + 0
}

function expected_host(nid, unit, offset)
{
	if (memory == "local")
		return host_of(nid)
	if (memory == "remote")
		return host_of(with_memory[(turn_of(nid) + 1) % nr_with_memory])
	return host_of(with_memory[(unit + offset) % nr_with_memory])
}

function check_memory(offset, i)
{
	if (nr_memmaps != 1)
		wrong("the witness saw " nr_memmaps " memmaps go: expected one")
	# Where the turns begin is the tool's affair: by the first page.
	for (offset = 0; memory == "interleave" && offset < nr_with_memory; offset++)
		if (expected_host(0, int(runs_start[0] / unit_host_pages), offset) == runs_host[0])
			break
	for (i = 0; i < nr_with_memory; i++)
		check_node_memory(with_memory[i], offset)
	check_numa_maps()
}

function check_node_memory(nid, offset, right)
{
	if (!all[nid]) {
		wrong("node " nid ": has memory, and no page of a memmap")
		return
	}
	right = right_pages(nid, offset)
	printf "node %d: %d of %d pages of its memmap lie as asked (%s)\n", nid, right, all[nid], memory
	if (right < all[nid] * min_share)
		wrong("node " nid ": expected " min_share * 100 "%")
	check_said(nid)
}

# The run's read-back is what the witness saw, to the page.
function check_said(nid, host)
{
	for (host in node_cpus)
		if (said[nid, host] + 0 != lies[nid, host] + 0)
			wrong("node " nid ": the run says that " said[nid, host] + 0 " pages lie on node " \
			      host ", the witness saw " lies[nid, host] + 0)
}

function check_numa_maps(host)
{
	for (host in node_cpus)
		if (mapped[host] + 0 != on_host[host] + 0)
			wrong("node " host ": numa_maps has " mapped[host] + 0 " pages on it, move_pages saw " \
			      on_host[host] + 0)
}

# What a worker that is bound to host node HOST may run on.
function expected_cpus(host)
{
	return threads == "subset" ? common(node_cpus[host], allowed) : node_cpus[host]
}

# is_nearest(HOST, NID): no node with CPUs to run on is nearer to NID than HOST, ties allowed.
function is_nearest(host, nid, other, distances)
{
	split(node_distances[host_of(nid)], distances, ",")
	for (other in node_cpus)
		if (expected_cpus(other) != "none" && distances[other + 1] < distances[host + 1])
			return 0
	return 1
}

function check_worker(thread, host, cpus)
{
	host = worker_host[thread]
	cpus = expected_cpus(host)
	printf "worker %d of node %d: on node %d, CPUs %s, ran on %s\n", thread, worker_nid[thread],
	       host, worker_cpus[thread], worker_ran[thread]
	if (cpus == "none" || cpus == "") {
		wrong("worker " thread ": node " host " has no CPU that it may run on")
		return
	}
	if (!is_nearest(host, worker_nid[thread]))
		wrong("worker " thread ": a node with CPUs is nearer to node " worker_nid[thread])
	if (!is_within(worker_ran[thread], cpus))
		wrong("worker " thread ": ran outside of node " host)
	if (threads == "runtime") {
		if (worker_bound[thread] == "true")
			wrong("worker " thread ": was bound, though the runtime had bound it")
		return
	}
	if (worker_bound[thread] != "true")
		wrong("worker " thread ": was not bound")
	if (!is_same(worker_cpus[thread], cpus))
		wrong("worker " thread ": expected the CPUs " cpus)
	wanted[cpus]++
}

# check_seen(CPUS): as many threads as workers were seen with this mask.
function check_seen(cpus, tid, i, n, masks, nr_seen)
{
	for (tid in seen_masks) {
		n = split(seen_masks[tid], masks, " ")
		for (i = 1; i <= n; i++)
			if (is_same(masks[i], cpus)) {
				nr_seen++
				break
			}
	}
	if (nr_seen + 0 < wanted[cpus])
		wrong("CPUs " cpus ": " wanted[cpus] " workers say that they were bound to them, " \
		      "the witness saw " nr_seen + 0)
}

# The runtime's own binding: as many threads as workers, each on CPUs of one node.
function check_tasks(tid, nid, nr_tasks)
{
	for (tid in task_cpus)
		for (nid in node_cpus)
			if (is_within(task_cpus[tid], node_cpus[nid])) {
				nr_tasks++
				break
			}
	if (nr_tasks < nr_workers)
		wrong(nr_workers " workers, and only " nr_tasks + 0 " threads are bound within a node")
}

function check_threads(thread, cpus)
{
	if (!nr_workers)
		wrong("the run names no workers")
	for (thread = 0; thread < nr_workers; thread++)
		check_worker(thread)
	for (cpus in wanted)
		check_seen(cpus)
	if (threads == "runtime")
		check_tasks()
}

function check_nodes_served(i, nid, thread, served)
{
	for (thread in worker_nid)
		served[worker_nid[thread]]
	for (i = 0; i < nr_with_memory; i++) {
		nid = with_memory[i]
		if (!(nid in served))
			wrong("node " nid ": has memory, and no worker")
	}
	for (nid in served)
		if (turn_of(nid) < 0)
			wrong("node " nid ": has no memory, and a worker")
}

END {
	check_threads()
	check_nodes_served()
	check_memory()
	exit nr_wrong > 0
}
