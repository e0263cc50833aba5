/* SPDX-License-Identifier: MIT */
/* Cards that several kinds of results have: the machine, its nodes and zones, the map, a verdict. */

/* Why a picture is missing, for results that have it on request. */
const wants = {
	timeline: 'No timeline: run with --json --verbose.',
	map: 'No map of the PFN space: run or plan with --json --verbose.',
	binding: 'No binding of each worker: run with --json --verbose.',
};

function machineCard(id, document, ...more) {
	const machine = object(document.machine);
	const context = object(document.context);
	const pageBytes = machine.page_bytes || 4096;
	const nodes = list(document.nodes).filter((n) => Number.isFinite(n.present ?? n.nr_present_pages));
	const presentOf = (n) => n.present ?? n.nr_present_pages;
	const picture = nodes.length ? bars('Memory of each node', nodes.map((n) => ({
		name: `node ${n.nid}`, amount: units.bytes(presentOf(n) * pageBytes),
		parts: [{ value: presentOf(n), color: theme.colorName(n.nid), title: `${units.count(presentOf(n))} pages` }],
	}))) : null;
	return card(`${id}-machine`, 'The machine', null, picture, facts([
		['described by', machine.name],
		['read as', [machine.format, machine.sources && machine.sources !== machine.format ? machine.sources : null].filter(Boolean).join(': ')],
		['notes', machine.notes],
		['architecture', machine.arch], ['rules of', machine.linux ? `Linux ${machine.linux}` : null],
		['pages', Number.isFinite(machine.nr_present_pages) ? `${units.count(machine.nr_present_pages)} of ${units.bytes(pageBytes)}, ${units.bytes(machine.nr_present_pages * pageBytes)} in all` : null],
		['nodes and CPUs', Number.isFinite(machine.nr_nodes) ? `${units.plural(machine.nr_nodes, 'node')}, ${units.plural(machine.nr_cpus, 'CPU')}` : null],
		['measured on', context.cpu_model || context.kernel ? [context.cpu_model, context.host_cpus ? units.plural(context.host_cpus, 'CPU') : null, context.kernel].filter(Boolean).join(', ') : null],
		['by', context.version ? `mminit ${context.version}, ${context.build}, ${context.core} core, ${context.compiler}` : null],
	]), ...more);
}

function zonesTable(document) {
	const zones = list(document.zones);
	return zones.length ? table('Zones', [
		{ name: 'node', of: (z) => units.count(z.nid) },
		{ name: 'zone', text: true, of: (z) => z.zone },
		{ name: 'start PFN', of: (z) => units.pfn(z.start_pfn), key: 'zone.start_pfn', raw: (z) => z.start_pfn },
		{ name: 'end PFN', of: (z) => units.pfn(z.end_pfn), key: 'zone.end_pfn', raw: (z) => z.end_pfn },
		{ name: 'spanned', of: (z) => units.count(z.spanned) },
		{ name: 'present', of: (z) => units.count(z.present), key: 'zone.present', raw: (z) => z.present },
	], zones) : null;
}

function memoryTable(document) {
	const pageBytes = object(document.machine).page_bytes || 4096;
	return foldedTable(`All ${units.plural(list(document.memory).length, 'range')} of memory`, 'Ranges of memory', [
		{ name: 'node', of: (m) => units.count(m.nid) },
		{ name: 'start PFN', of: (m) => units.pfn(m.start_pfn) },
		{ name: 'end PFN', of: (m) => units.pfn(m.end_pfn) },
		{ name: 'size', of: (m) => units.bytes((m.end_pfn - m.start_pfn) * pageBytes) },
	], list(document.memory));
}

function mapCard(id, document) {
	if (!list(document.memory).length)
		return card(`${id}-map`, 'Map of the PFN space', null, missing(wants.map), zonesTable(document));
	return card(`${id}-map`, 'Map of the PFN space',
		'From the lowest page frame to the highest. Click into it to zoom with the wheel, drag to move.',
		pfnMap(document), zonesTable(document), memoryTable(document));
}

function splitTable(nodes) {
	return table('Early and deferred pages, by Linux’s rule', [
		{ name: 'node', of: (n) => units.count(n.nid) },
		{ name: 'present', of: (n) => units.count(n.present), key: 'node.present', raw: (n) => n.present },
		{ name: 'early', of: (n) => units.count(n.early), key: 'node.early', raw: (n) => n.early },
		{ name: 'deferred', of: (n) => units.count(n.deferred), key: 'node.deferred', raw: (n) => n.deferred },
		{ name: 'first deferred PFN', of: (n) => (n.first_deferred_pfn === null ? 'none' : units.pfn(n.first_deferred_pfn)) },
		{ name: 'held back', of: (n) => units.count(n.held_back) },
	], nodes);
}

function verdictCard(id, document) {
	const verdict = object(document.verdict);
	const invariants = list(verdict.invariants);
	if (!invariants.length)
		return null;
	const badge = (i) => element('span', { class: `badge ${i.judgement === 'holds' ? 'good' : i.judgement === 'broken' ? 'bad' : ''}` }, i.judgement);
	return card(`${id}-verdict`, 'What was judged',
		`${verdict.good ? 'No invariant is broken' : 'An invariant is broken'}; judging took ${units.time(verdict.elapsed_ns)}.`,
		table('Invariants', [
			{ name: 'no.', of: (i) => units.count(i.number) },
			{ name: 'invariant', text: true, wrap: true, of: (i) => i.text },
			{ name: 'judgement', text: true, of: badge },
			{ name: 'checks', of: (i) => units.count(i.checks), key: 'invariant.checks', raw: (i) => i.checks },
			{ name: 'why, where', text: true, wrap: true, of: (i) => [i.why, i.first ? `first at PFN ${units.pfn(i.first.pfn)}, ${units.plural(i.offences, 'place')}` : null].filter(Boolean).join('; ') },
		], invariants, (i) => (i.judgement === 'broken' ? 'wrong' : null)),
		document.reproduce ? facts([['to see it again', element('code', null, document.reproduce)]]) : null);
}

/* Quartiles as they are usually taken: straight lines between the sorted samples. */
function quantile(samples, share) {
	const sorted = samples.filter(Number.isFinite).sort((a, b) => a - b);
	const at = (sorted.length - 1) * share;
	const below = sorted[Math.floor(at)];
	return sorted.length ? below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at)) : NaN;
}
