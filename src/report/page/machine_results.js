/* SPDX-License-Identifier: MIT */
/* Results that describe rather than measure: `mminit plan`, and `mminit show --as json`. */
function groupsTable(plan) {
	const pageBytes = object(plan.machine).page_bytes || 4096;
	return table('Chunks by owner', [
		{ name: 'owner', of: (g) => `node ${g.nid}` },
		{ name: 'served by', of: (g) => (g.server_nid >= 0 ? `node ${g.server_nid}` : 'any') },
		{ name: 'threads', of: (g) => units.count(g.nr_threads), key: 'group.nr_threads', raw: (g) => g.nr_threads },
		{ name: 'chunks', of: (g) => units.count(g.nr_chunks), key: 'group.nr_chunks', raw: (g) => g.nr_chunks },
		{ name: 'of', of: (g) => units.bytes(g.chunk_pages * pageBytes) },
		{ name: 'pages', of: (g) => units.count(g.nr_present_pages) },
		{ name: 'first chunk', of: (g) => units.range(object(g.first_chunk).start_pfn, object(g.first_chunk).end_pfn) },
		{ name: 'last chunk', of: (g) => units.range(object(g.last_chunk).start_pfn, object(g.last_chunk).end_pfn) },
	], list(plan.groups));
}

function planResult(id, plan) {
	const nodes = list(plan.nodes);
	const pageBytes = object(plan.machine).page_bytes || 4096;
	const sum = (key) => nodes.reduce((total, n) => total + (n[key] || 0), 0);
	return [
		tiles([
			{ name: 'chunks', value: units.count(plan.nr_chunks), key: 'nr_chunks', raw: plan.nr_chunks, more: `in units of ${units.bytes(plan.unit_pages * pageBytes)}` },
			{ name: 'deferred', value: units.percent(sum('deferred') / sum('present')), more: `${units.bytes(sum('deferred') * pageBytes)} of ${units.bytes(sum('present') * pageBytes)}` },
			{ name: 'memmap', value: units.bytes(plan.memmap_bytes), key: 'memmap_bytes', raw: plan.memmap_bytes },
			{ name: 'needed to run', value: units.bytes(plan.needed_bytes), key: 'needed_bytes', raw: plan.needed_bytes },
		]),
		card(`${id}-split`, 'Early and deferred', 'What Linux initialises before its threads start, and what it leaves to them.',
			bars('Early and deferred pages of each node', nodes.map((n) => ({
				name: `node ${n.nid}`, amount: units.bytes(n.present * pageBytes),
				parts: [{ value: n.early, color: '--early', title: `early: ${units.count(n.early)} pages` }, { value: n.deferred, color: '--deferred', title: `deferred: ${units.count(n.deferred)} pages` }],
			}))),
			legend([{ name: 'early', color: '--early' }, { name: 'deferred', color: '--deferred' }]), splitTable(nodes)),
		mapCard(id, plan),
		card(`${id}-groups`, 'Who does it', 'Owners of chunks, and whose CPUs work for them.', groupsTable(plan)),
		machineCard(id, plan),
	];
}

function distancesTable(document) {
	const nodes = list(document.nodes).filter((n) => Array.isArray(n.distances));
	if (!nodes.length)
		return null;
	const most = Math.max(...nodes.flatMap((n) => n.distances), 1);
	return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Distances' }, element('table', { class: 'heat' },
		element('caption', null, 'Distances between nodes; darker is farther'),
		element('thead', null, element('tr', null, element('th', { scope: 'col' }, 'node'), nodes.map((n) => element('th', { scope: 'col', class: 'num' }, n.nid)))),
		element('tbody', null, nodes.map((n) => element('tr', null, element('th', { scope: 'row' }, n.nid),
			n.distances.map((d) => element('td', { style: `background: color-mix(in srgb, var(--c0) ${Math.round((45 * d) / most)}%, transparent)`, 'data-key': 'distance', 'data-raw': d }, d)))))));
}

function machineResult(id, document) {
	const pageBytes = object(document.machine).page_bytes || 4096;
	const geometry = object(document.geometry);
	return [
		mapCard(id, document),
		machineCard(id, document, facts([
			['section', units.bytes(2 ** geometry.section_shift)], ['largest block', units.bytes(2 ** geometry.max_page_order * pageBytes)],
			['pageblock', units.bytes(2 ** geometry.pageblock_order * pageBytes)], ['memory block', units.bytes(document.memory_block_bytes)],
			['reserved', `${units.plural(list(document.reserved).length, 'range')}, ${units.bytes(list(document.reserved).reduce((sum, r) => sum + r.end_pfn - r.start_pfn, 0) * pageBytes)}`],
		]), table('Nodes', [
			{ name: 'node', of: (n) => units.count(n.nid) },
			{ name: 'online', text: true, of: (n) => (n.online ? 'yes' : 'no') },
			{ name: 'CPUs', of: (n) => units.count(n.nr_cpus), key: 'node.nr_cpus', raw: (n) => n.nr_cpus },
			{ name: 'pages', of: (n) => units.count(n.nr_present_pages), key: 'node.nr_present_pages', raw: (n) => n.nr_present_pages },
			{ name: 'memory', of: (n) => units.bytes(n.nr_present_pages * pageBytes) },
		], list(document.nodes)), distancesTable(document)),
	];
}
