/* SPDX-License-Identifier: MIT */
/* A result of `mminit run`. */
function runTiles(run) {
	const total = object(run.total);
	const verdict = object(run.verdict);
	const samples = list(run.samples).map((s) => s.ns_per_page);
	return tiles([
		{ name: 'throughput', value: units.fixed(total.gb_per_second), unit: 'GB/s', key: 'total.gb_per_second', raw: total.gb_per_second, more: 'of struct pages written' },
		{ name: 'per page', value: units.fixed(total.ns_per_page), unit: 'ns', key: 'total.ns_per_page', raw: total.ns_per_page,
			more: samples.length > 1 ? `median of ${samples.length}: ${units.fixed(quantile(samples, 0.5))}, quartiles ${units.fixed(quantile(samples, 0.25))} to ${units.fixed(quantile(samples, 0.75))}` : null },
		{ name: 'initialised in', value: units.time(total.init_ns), key: 'total.init_ns', raw: total.init_ns, more: `${units.count(total.init_pages)} pages` },
		{ name: 'workers', value: units.count(total.nr_started), key: 'total.nr_started', raw: total.nr_started, more: `${units.plural(total.nr_chunks, 'chunk')}; ${run.threads_state || ''}` },
		{ name: 'verdict', value: verdict.good ? 'good' : 'broken', class: verdict.good ? 'good' : 'bad', key: 'verdict.good', raw: verdict.good,
			more: `${list(verdict.invariants).filter((i) => i.judgement === 'holds').length} of ${list(verdict.invariants).length} invariants judged to hold` },
		{ name: 'memmap', value: units.bytes(object(run.memmap).bytes), more: object(run.memmap).huge_bytes ? `${units.bytes(run.memmap.huge_bytes)} in huge pages` : null },
	]);
}

function nodesCard(id, run) {
	const nodes = list(run.nodes);
	const times = object(run.times);
	const worked = nodes.filter((n) => n.init_ns > 0);
	const rows = [
		...(times.early_ns ? [{ name: 'early', parts: [{ value: times.early_ns, color: '--early' }], amount: `${units.time(times.early_ns)}, one thread for all nodes` }] : []),
		...worked.map((n) => ({
			name: `node ${n.nid}`, parts: [{ value: n.init_ns, color: theme.colorName(n.nid), title: units.time(n.init_ns) }],
			amount: `${units.time(n.init_ns)} · ${units.fixed(n.ns_per_page)} ns/page`,
		})),
	];
	return card(`${id}-nodes`, 'Time per node', 'From the first chunk that a node’s workers claimed to the end of their last one.',
		bars('Time per node', rows), worked.length ? null : missing('No node has deferred pages: all of this machine is early.'),
		table('Nodes', [
			{ name: 'node', of: (n) => units.count(n.nid) },
			{ name: 'pages', of: (n) => units.count(n.present), key: 'node.present', raw: (n) => n.present },
			{ name: 'early', of: (n) => units.count(n.early) },
			{ name: 'deferred', of: (n) => units.count(n.deferred) },
			{ name: 'chunks', of: (n) => units.count(n.chunks), key: 'node.chunks', raw: (n) => n.chunks },
			{ name: 'threads', of: (n) => units.count(n.threads) },
			{ name: 'time', of: (n) => units.time(n.init_ns), key: 'node.init_ns', raw: (n) => n.init_ns },
			{ name: 'ns/page', of: (n) => units.fixed(n.ns_per_page), key: 'node.ns_per_page', raw: (n) => n.ns_per_page },
			{ name: 'GB/s', of: (n) => units.fixed(n.gb_per_second) },
		], nodes));
}

function phasesCard(id, run) {
	const times = object(run.times);
	const phases = [
		['backing', 'backing_ns', '--c4'], ['plan', 'plan_ns', '--c3'], ['early', 'early_ns', '--early'],
		['deferred', 'deferred_ns', '--deferred'], ['verify', 'verify_ns', '--hole'],
	].map(([name, key, color]) => ({ name, key, ns: times[key] ?? 0, color }));
	const samples = list(run.samples);
	return card(`${id}-phases`, 'Where the time went', 'Reserving and backing the memmap, planning, initialising, and judging what came of it.',
		bars('Time by phase', phases.map((p) => ({ name: p.name, parts: [{ value: p.ns, color: p.color }], amount: units.time(p.ns) }))),
		table('Times', [
			{ name: 'phase', text: true, of: (p) => p.name },
			{ name: 'time', of: (p) => units.time(p.ns), key: 'times', raw: (p) => p.ns },
			{ name: 'ns', of: (p) => units.count(p.ns) },
		], phases),
		samples.length > 1 ? foldedTable(`All ${samples.length} boots`, 'Boots', [
			{ name: 'boot', of: (s, i) => units.count(i + 1) },
			{ name: 'early', of: (s) => units.time(s.early_ns) },
			{ name: 'deferred', of: (s) => units.time(s.deferred_ns) },
			{ name: 'ns/page', of: (s) => units.fixed(s.ns_per_page) },
		], samples) : null);
}

function timelineCard(id, run) {
	const chunks = list(run.chunks);
	if (!chunks.length)
		return card(`${id}-timeline`, 'Workers and chunks in time', null,
			missing(run.chunks ? 'No timeline: no chunk was worked, all of this machine is early.' : wants.timeline));
	return card(`${id}-timeline`, 'Workers and chunks in time', 'A bar is a chunk, initialised and freed by one worker; a gap is waiting.',
		timeline(run),
		workersTable(run),
		foldedTable(`All ${units.plural(chunks.length, 'chunk')}`, 'Chunks', [
			{ name: 'worker', of: (c) => units.count(c.worker) },
			{ name: 'node', of: (c) => units.count(c.nid) },
			{ name: 'start PFN', of: (c) => units.pfn(c.start_pfn), key: 'chunk.start_pfn', raw: (c) => c.start_pfn },
			{ name: 'end PFN', of: (c) => units.pfn(c.end_pfn), key: 'chunk.end_pfn', raw: (c) => c.end_pfn },
			{ name: 'from', of: (c) => units.time(c.start_ns), key: 'chunk.start_ns', raw: (c) => c.start_ns },
			{ name: 'took', of: (c) => units.time(c.end_ns - c.start_ns) },
			{ name: 'ns/page', of: (c) => units.fixed((c.end_ns - c.start_ns) / (c.end_pfn - c.start_pfn)) },
		], chunks));
}

function workersTable(run) {
	return table('Workers', [
		{ name: 'worker', of: (w) => units.count(w.thread) },
		{ name: 'node', of: (w) => units.count(w.nid) },
		{ name: 'chunks', of: (w) => units.count(w.chunks), key: 'worker.chunks', raw: (w) => w.chunks },
		{ name: 'pages', of: (w) => units.count(w.init_pages), key: 'worker.init_pages', raw: (w) => w.init_pages },
		{ name: 'freed', of: (w) => units.count(w.free_pages) },
		{ name: 'blocks', of: (w) => units.count(w.blocks) },
		{ name: 'time', of: (w) => units.time(w.init_ns) },
		{ name: 'ns/page', of: (w) => units.fixed(w.ns_per_page) },
	], list(run.workers));
}

/* Where the pages of each node's memmap came to lie: a colour for each node of the host. */
function placesPicture(run) {
	const nodes = list(run.nodes).filter((n) => list(n.memmap_places).length);
	const hosts = [...new Set(nodes.flatMap((n) => n.memmap_places.map((p) => p.host_nid)))].sort((a, b) => a - b);
	const total = (n) => n.memmap_places.reduce((sum, p) => sum + p.pages, 0);
	const name = (host) => (host >= 0 ? `host node ${host}` : 'not known');
	return nodes.length ? [
		element('p', null, 'Where the pages of each node’s memmap lie, read back after the run:'),
		bars('Where each node’s memmap lies', nodes.map((n) => ({
			name: `node ${n.nid}`, amount: list(n.memmap_places).map((p) => `${units.percent(p.pages / total(n))} on ${name(p.host_nid)}`).join(', '),
			parts: n.memmap_places.map((p) => ({ value: p.pages / total(n), color: theme.colorName(p.host_nid), title: `${name(p.host_nid)}: ${units.count(p.pages)} pages` })),
		}))),
		legend(hosts.map((host) => ({ name: name(host), color: theme.colorName(host) }))),
		table('Pages of memmap by host node', [
			{ name: 'node', of: (r) => units.count(r.nid) }, { name: 'host node', of: (r) => (r.host_nid >= 0 ? units.count(r.host_nid) : 'not known') },
			{ name: 'pages', of: (r) => units.count(r.pages), key: 'memmap.pages', raw: (r) => r.pages }, { name: 'share', of: (r) => units.percent(r.share, 2) },
		], nodes.flatMap((n) => n.memmap_places.map((p) => ({ ...p, nid: n.nid, share: p.pages / total(n) })))),
	] : null;
}

function bindingCard(id, run) {
	const workers = list(run.workers);
	const about = [run.threads_state ? `Threads: ${run.threads_state}.` : null, object(run.memmap).memory_state ? `Memory: ${run.memmap.memory_state}.` : null, object(run.placement).warning ? `Beware: ${run.placement.warning}.` : null].filter(Boolean).join(' ');
	const places = workers.length ? workers.map((w) => ({ name: w.thread, nid: w.nid, place: object(w.place) }))
		: list(run.nodes).filter((n) => n.place).map((n) => ({ name: `first of node ${n.nid}`, nid: n.nid, place: n.place }));
	return card(`${id}-binding`, 'Binding', about,
		workers.length ? bindingPicture(workers) : missing(wants.binding),
		places.length ? table('Binding of workers', [
			{ name: 'worker', of: (p) => String(p.name) },
			{ name: 'node', of: (p) => units.count(p.nid) },
			{ name: 'bound', text: true, of: (p) => (p.place.bound ? 'yes' : 'no') },
			{ name: 'host node', of: (p) => (p.place.host_nid >= 0 ? units.count(p.place.host_nid) : 'none') },
			{ name: 'began on CPU', of: (p) => (p.place.cpu >= 0 ? units.count(p.place.cpu) : 'not known'), key: 'place.cpu', raw: (p) => p.place.cpu },
			{ name: 'ran on', text: true, of: (p) => p.place.ran_on },
			{ name: 'CPUs', text: true, of: (p) => p.place.cpus },
		], places) : null, placesPicture(run));
}

function settingsFacts(run) {
	const s = object(run.settings);
	const pageBytes = object(run.machine).page_bytes || 4096;
	return facts([
		['chunks', s.chunk === 'fixed' ? units.bytes(s.chunk_pages * pageBytes) : s.chunk],
		['batch', s.batch], ['store', s.store], ['placement', s.placement],
		['memmap', s.batch ? `${s.backed ? 'backed before' : 'backed by the first touch'}, ${s.huge_pages ? 'huge pages asked for' : 'without huge pages'}` : null],
		['injected fault', run.fault], ['again', run.reproduce ? element('code', null, run.reproduce) : null],
	]);
}

function runResult(id, run) {
	return [
		runTiles(run), nodesCard(id, run), timelineCard(id, run), mapCard(id, run), bindingCard(id, run), phasesCard(id, run),
		verdictCard(id, run), machineCard(id, run, settingsFacts(run)),
	];
}
