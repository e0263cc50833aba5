# SPDX-License-Identifier: MIT
# What is early and deferred, and which units are whose, worked out from the ranges of a machine alone,
# by another road than the library's: range by range, section by section.
#
#   input      "nid start_pfn end_pfn" of every memory range, ascending
#   -v         section, unit: their pages; borders: PFNs at which a zone begins, ascending
#   output     "node NID PRESENT EARLY DEFERRED FIRST" (FIRST: -1 when nothing is deferred), then
#              "owner NID UNITS" for every node that owns units with deferred pages

{ nid[NR] = $1; first[NR] = $2; end[NR] = $3; present[$1] += $3 - $2; last[$1] = $3 }

function up(pfn, align) { return pfn % align ? pfn + align - pfn % align : pfn }
function min(a, b) { return a < b ? a : b }
function max(a, b) { return a > b ? a : b }

# Walks one range, zone by zone.  Linux counts the pages it initialises, from 0 whenever the end of
# the zone differs from that of the zone before; at the first section border inside memory with a
# section's worth behind it the node's highest zone is left to the workers.
function walk(n, start, stop,    z, zone_end, from, to, pfn) {
	for (z = 0; z <= nr_borders; z++) {
		zone_end = z < nr_borders ? min(border[z + 1], last[n]) : last[n]
		from = max(start, z ? border[z] : 0)
		to = min(stop, zone_end)
		if (from >= to)
			continue
		if (zone_end != counted_zone_end)
			counted = 0
		counted_zone_end = zone_end
		pfn = up(from + max(section - counted, 0), section)
		if (zone_end == last[n] && deferred_at[n] < 0 && pfn < to)
			deferred_at[n] = pfn
		counted += to - from
	}
}

# The unit at @unit_start belongs to the node of its first page.
function add_unit(unit_start,    i) {
	for (i = search_from; i <= NR; i++)
		if (end[i] > unit_start)
			break
	search_from = i
	units[nid[i]]++
}

END {
	nr_borders = split(borders, border, " ")
	for (i = 1; i <= NR; i++) {
		if (!(nid[i] in deferred_at)) {
			deferred_at[nid[i]] = -1
			order[++nr_nodes] = nid[i]
		}
		walk(nid[i], first[i], end[i])
	}
	next_unit = 0
	search_from = 1
	for (i = 1; i <= NR; i++) {
		n = nid[i]
		if (deferred_at[n] < 0 || end[i] <= deferred_at[n])
			continue
		start = max(first[i], deferred_at[n])
		deferred[n] += end[i] - start
		for (u = max(next_unit, start - start % unit); u < end[i]; u += unit)
			add_unit(u)
		next_unit = max(next_unit, u)
	}
	for (i = 1; i <= nr_nodes; i++) {
		n = order[i]
		printf "node %d %.0f %.0f %.0f %.0f\n", n, present[n], present[n] - deferred[n], deferred[n], deferred_at[n]
	}
	for (i = 1; i <= nr_nodes; i++)
		if (order[i] in units)
			printf "owner %d %.0f\n", order[i], units[order[i]]
}
