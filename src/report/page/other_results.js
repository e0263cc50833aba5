/* SPDX-License-Identifier: MIT */
/* Results of `verify`, `replay`, `stress`, `predict`, `compare` and `audit`. */
function verifyResult(id, verify) {
	const verdict = object(verify.verdict);
	return [
		tiles([
			{ name: 'verdict', value: verdict.good ? 'good' : 'broken', class: verdict.good ? 'good' : 'bad', key: 'verdict.good', raw: verdict.good },
			{ name: 'runs', value: units.count(verify.nr_runs), key: 'nr_runs', raw: verify.nr_runs, more: verify.schedules },
			{ name: 'pages', value: units.count(verify.nr_pages), key: 'nr_pages', raw: verify.nr_pages, more: units.plural(verify.nr_chunks, 'chunk') },
			{ name: 'took', value: units.time(verify.elapsed_ns) },
		]),
		card(`${id}-checks`, 'What was checked', 'By invariant, over all runs.', table('Checks', [
			{ name: 'no.', of: (c) => units.count(c.number) },
			{ name: 'invariant', text: true, wrap: true, of: (c) => c.text },
			{ name: 'checks', of: (c) => units.count(c.checks), key: 'check.checks', raw: (c) => c.checks },
		], list(verify.checks))),
		verdictCard(id, verify), machineCard(id, verify),
	];
}

function replayResult(id, replay) {
	const counts = object(replay.counts);
	const columns = [
		{ name: 'line', of: (f) => (f.line === null ? '' : units.count(f.line)) },
		{ name: 'figure', text: true, of: (f) => f.name },
		{ name: 'Linux', text: true, wrap: true, of: (f) => f.linux },
		{ name: 'ours', text: true, wrap: true, of: (f) => f.ours },
		{ name: 'verdict', text: true, of: (f) => element('span', { class: `badge ${f.same === true ? 'good' : f.same === false ? 'bad' : ''}` }, f.verdict) },
	];
	const wrong = list(replay.figures).filter((f) => f.same === false);
	return [
		tiles([
			{ name: 'agrees with the log', value: replay.good ? 'yes' : 'no', class: replay.good ? 'good' : 'bad', key: 'good', raw: replay.good },
			{ name: 'figures', value: units.count(counts.figures), key: 'counts.figures', raw: counts.figures },
			{ name: 'same', value: units.count(counts.same), key: 'counts.same', raw: counts.same },
			{ name: 'differ', value: units.count(counts.differ), class: counts.differ ? 'bad' : null, key: 'counts.differ', raw: counts.differ },
			{ name: 'not stated, not known', value: `${units.count(counts.not_stated)}, ${units.count(counts.not_known)}` },
		]),
		card(`${id}-figures`, 'Figures', 'What the log states against what was computed.',
			bars('Figures by verdict', [['same', '--c2'], ['differ', '--c6'], ['not_stated', '--hole'], ['not_known', '--hole']].map(([key, color]) => ({
				name: key.replace('_', ' '), amount: units.count(counts[key]), parts: [{ value: counts[key], color }],
			}))),
			wrong.length ? table('Figures that differ', columns, wrong, () => 'wrong') : null,
			foldedTable(`All ${units.plural(list(replay.figures).length, 'figure')}`, 'All figures', columns, list(replay.figures), (f) => (f.same === false ? 'wrong' : null))),
		card(`${id}-unknown`, 'Not known from any log', null, table('Not known, and why', [
			{ name: 'what', text: true, of: (u) => u.what }, { name: 'why', text: true, wrap: true, of: (u) => u.why },
		], list(replay.unknown))),
		machineCard(id, replay),
	];
}

function stressResult(id, stress) {
	const counts = object(stress.counts);
	const latency = list(stress.latency);
	return [
		tiles([
			{ name: 'verdict', value: stress.good ? 'good' : 'broken', class: stress.good ? 'good' : 'bad', key: 'good', raw: stress.good, more: stress.broken },
			{ name: 'operations', value: units.count(counts.operations), key: 'counts.operations', raw: counts.operations, more: `in ${units.time(stress.elapsed_ns)}` },
			{ name: 'pages handed out', value: units.count(counts.pages), key: 'counts.pages', raw: counts.pages },
			{ name: 'without memory', value: units.count(counts.failed), key: 'counts.failed', raw: counts.failed, more: 'requests answered so' },
			{ name: 'grown on demand', value: units.plural(counts.grown_units, 'unit'), more: `${units.count(counts.waits)} waits for others` },
		]),
		card(`${id}-latency`, 'How long allocations took', 'By powers of two; the first bar that is missing has none.',
			latency.length ? bars('Allocations by time', latency.map((l) => ({ name: `from ${units.time(l.from_ns)}`, amount: units.count(l.allocations), parts: [{ value: Math.log10(1 + l.allocations), color: '--c0' }] }))) : missing('Nothing was allocated.'),
			latency.length ? element('p', { class: 'sub' }, 'Bars are logarithmic.') : null,
			table('Allocations by time', [
				{ name: 'from', of: (l) => units.time(l.from_ns) }, { name: 'to', of: (l) => units.time(2 * l.from_ns) },
				{ name: 'allocations', of: (l) => units.count(l.allocations), key: 'latency.allocations', raw: (l) => l.allocations },
			], latency)),
		card(`${id}-counts`, 'Counts', null, facts([...Object.entries(counts).map(([name, n]) => [name.replaceAll('_', ' '), units.count(n)]), ...Object.entries(object(stress.params)).map(([name, value]) => [name.replaceAll('_', ' '), String(value)])])),
		machineCard(id, stress),
	];
}

function predictResult(id, predict) {
	const rows = list(predict.rows);
	return [
		card(`${id}-predicted`, 'Predicted time by threads', `Of node ${predict.node}, the one with most memory. Lower is better.`,
			rows.length ? curve({
				label: 'Predicted time by threads', xs: rows.map((r) => r.threads), xName: 'threads', xText: units.count, yName: 'time', yText: units.time, yTick: units.time, logX: true,
				series: [{ name: 'Linux', color: '--c1', ys: rows.map((r) => r.linux_ns) }, { name: 'mminit', color: '--c0', ys: rows.map((r) => r.engine_ns) }],
			}) : missing('No rows.'),
			table('Predictions', [
				{ name: 'threads', of: (r) => units.count(r.threads) },
				{ name: 'Linux', of: (r) => units.time(r.linux_ns), key: 'row.linux_ns', raw: (r) => r.linux_ns },
				{ name: 'its chunk', of: (r) => units.bytes(r.linux_chunk_bytes) },
				{ name: 'mminit', of: (r) => units.time(r.engine_ns), key: 'row.engine_ns', raw: (r) => r.engine_ns },
				{ name: 'its chunk', of: (r) => units.bytes(r.engine_chunk_bytes) },
				{ name: 'saves', of: (r) => units.percent(1 - r.engine_ns / r.linux_ns, 0) },
			], rows)),
		machineCard(id, predict),
	];
}

function compareResult(id, compare) {
	const rows = list(compare.rows);
	const judge = (r) => element('span', { class: `badge ${r.judgement === 'faster' ? 'good' : r.judgement === 'slower' ? 'bad' : ''}` }, r.judgement);
	return [
		tiles([
			{ name: 'compared', value: units.plural(rows.length, 'row'), more: compare.test },
			{ name: 'slower', value: units.count(rows.filter((r) => r.judgement === 'slower').length), class: rows.some((r) => r.judgement === 'slower') ? 'bad' : null },
			{ name: 'faster', value: units.count(rows.filter((r) => r.judgement === 'faster').length), class: rows.some((r) => r.judgement === 'faster') ? 'good' : null },
			{ name: 'level', value: units.fixed(compare.level, 4), more: 'of a row, after correction for their number' },
		]),
		card(`${id}-rows`, 'A against B', `A is ${compare.a}, B is ${compare.b}. Nanoseconds a page; shorter is faster.`,
			bars('Medians', rows.flatMap((r) => [{ group: r.name },
				{ name: 'A', amount: `${units.fixed(r.a_median, 3)} ns`, parts: [{ value: r.a_median, color: '--c0' }] },
				{ name: 'B', amount: `${units.fixed(r.b_median, 3)} ns · ${units.excess(r.ratio)}`, parts: [{ value: r.b_median, color: r.judgement === 'slower' ? '--c6' : r.judgement === 'faster' ? '--c2' : '--c0' }] }])),
			table('Rows', [
				{ name: 'what', text: true, of: (r) => r.name },
				{ name: 'A, median', of: (r) => units.fixed(r.a_median, 3), key: 'row.a_median', raw: (r) => r.a_median },
				{ name: 'A, quartiles', of: (r) => `${units.fixed(r.a_low, 3)} to ${units.fixed(r.a_high, 3)}` },
				{ name: 'B, median', of: (r) => units.fixed(r.b_median, 3), key: 'row.b_median', raw: (r) => r.b_median },
				{ name: 'B, quartiles', of: (r) => `${units.fixed(r.b_low, 3)} to ${units.fixed(r.b_high, 3)}` },
				{ name: 'B / A', of: (r) => units.fixed(r.ratio, 4), key: 'row.ratio', raw: (r) => r.ratio },
				{ name: 'p', of: (r) => (r.p === null ? '' : units.fixed(r.p, 6)) },
				{ name: 'judgement', text: true, of: judge },
			], rows)),
	];
}

function auditResult(id, audit) {
	const found = list(audit.kinds);
	const nodes = list(audit.nodes);
	const places = list(audit.places);
	return [
		tiles([
			{ name: 'verdict', value: audit.clean ? 'clean' : 'something found', class: audit.clean ? 'good' : 'bad', key: 'clean', raw: audit.clean, more: `by the rules of Linux ${object(audit.machine).linux}` },
			...found.filter((k) => k.places > 0).map((k) => ({ name: k.kind, value: units.count(k.nr), unit: k.unit, more: units.plural(k.places, 'place') })),
		]),
		card(`${id}-kinds`, 'What Linux’s own algorithm would meet', null,
			bars('Places by kind', found.map((k) => ({ name: k.kind, amount: `${units.plural(k.places, 'place')}, ${units.count(k.nr)} ${k.unit}`, parts: [{ value: k.places, color: '--c6' }] }))),
			table('Kinds', [
				{ name: 'kind', text: true, of: (k) => k.kind },
				{ name: 'places', of: (k) => units.count(k.places), key: 'kind.places', raw: (k) => k.places },
				{ name: 'of it', of: (k) => units.count(k.nr), key: 'kind.nr', raw: (k) => k.nr },
				{ name: 'counted in', text: true, of: (k) => k.unit },
				{ name: 'rule', text: true, wrap: true, of: (k) => k.rule },
			], found, (k) => (k.places ? 'wrong' : null))),
		card(`${id}-nodes`, 'By node', null, table('Nodes', [
			{ name: 'node', of: (n) => units.count(n.nid) },
			{ name: 'threads at most', of: (n) => units.count(n.max_threads) },
			{ name: 'jobs', of: (n) => units.count(n.jobs) },
			{ name: 'deferred', of: (n) => units.count(n.deferred) },
			...found.map((k) => ({ name: k.kind, of: (n) => units.count(object(n[k.kind]).nr) })),
		], nodes)),
		places.length ? card(`${id}-places`, 'Where', null, table('Places', [
			{ name: 'kind', text: true, of: (p) => p.kind },
			{ name: 'node', of: (p) => units.count(p.nid) },
			{ name: 'zone', text: true, of: (p) => p.zone },
			{ name: 'start PFN', of: (p) => units.pfn(p.start_pfn), key: 'place.start_pfn', raw: (p) => p.start_pfn },
			{ name: 'end PFN', of: (p) => units.pfn(p.end_pfn) },
			{ name: 'of it', of: (p) => units.count(p.nr) },
			{ name: 'depends on timing', text: true, of: (p) => (p.race ? 'yes' : 'no') },
		], places)) : null,
		machineCard(id, audit),
	];
}
