/* SPDX-License-Identifier: MIT */
/* A result of `mminit tune`. */

/* What is recommended: of the choice's rows with all threads, the fastest. */
function recommended(tune, choice) {
	return list(tune.rows).find((row) => row.choice === choice && row.fastest && (choice === 'threads' || row.threads === tune.threads));
}

function rivals(tune, choice) {
	return list(tune.rows).filter((row) => row.choice === choice && !row.fastest && (choice === 'threads' || row.threads === tune.threads));
}

const INDIFFERENT = 0.02; /* nobody chooses for less */
const FEWEST_ROUNDS = 6; /* fewer bound no median */

/* One sentence a choice: what is fastest, what the worst of the others costs, and how sure that is. */
function sayChoice(tune, choice) {
	const best = recommended(tune, choice);
	const others = rivals(tune, choice);
	const worst = others.reduce((most, row) => (!most || row.cost > most.cost ? row : most), null);
	if (!best || !worst)
		return null;
	if (tune.rounds < FEWEST_ROUNDS)
		return `${choice}: too few rounds to recommend anything`;
	if (worst.cost_high < 1 + INDIFFERENT)
		return `${choice} does not matter here: ${units.percent(worst.cost - 1)} apart, surely less than ${units.percent(INDIFFERENT)}`;
	if (worst.cost_low <= 1)
		return `${choice}: ${best.value} looks fastest, but no value is surely slower: the host was too busy, or the rounds too few`;
	const unsure = others.filter((row) => row !== worst && row.cost_low <= 1).map((row) => row.value);
	return `${choice}: ${best.value}; ${worst.value} costs ${units.percent(worst.cost - 1)} (surely ${units.percent(worst.cost_low - 1)})`
		+ (unsure.length ? `; not sure to be slower: ${unsure.join(', ')}` : '');
}

function tuneTiles(tune) {
	const pageBytes = object(tune.machine).page_bytes || 4096;
	const best = recommended(tune, 'chunk');
	const limit = Math.min(tune.memset_ns_per_page, tune.loop_ns_per_page);
	return tiles([
		best ? { name: tune.rounds < FEWEST_ROUNDS ? 'fastest chunk so far' : 'recommended chunk', value: best.value, key: 'recommended.value', raw: best.value, more: `${units.bytes(best.chunk_pages * pageBytes)} with ${units.plural(best.threads, 'thread')} a node` } : null,
		best ? { name: 'its throughput', value: units.fixed(units.gbPerSecond(best.ns_per_page)), unit: 'GB/s', key: 'recommended.ns_per_page', raw: best.ns_per_page, more: `${units.fixed(best.ns_per_page)} ns a page` } : null,
		{ name: 'of this machine’s writing', value: units.percent(limit / tune.engine_ns_per_page, 0), key: 'engine_ns_per_page', raw: tune.engine_ns_per_page, more: `memset ${units.fixed(units.gbPerSecond(tune.memset_ns_per_page))}, plain loop ${units.fixed(units.gbPerSecond(tune.loop_ns_per_page))} GB/s` },
		{ name: 'rounds', value: units.count(tune.rounds), key: 'rounds', raw: tune.rounds, more: tune.settled ? 'settled: more would not change the answer' : tune.interrupted ? 'interrupted' : 'not settled: more rounds could change the answer' },
		{ name: 'measured', value: units.bytes(tune.memmap_bytes), more: tune.scale < 1 ? `of struct pages; the machine was scaled to ${units.percent(tune.scale, 2)} to fit` : 'of struct pages' },
	]);
}

function chunkCard(id, tune) {
	const pageBytes = object(tune.machine).page_bytes || 4096;
	const rows = list(tune.rows).filter((row) => row.choice === 'chunk' && row.chunk_pages > 0 && row.ns_per_page > 0);
	if (!rows.length)
		return card(`${id}-chunks`, 'Throughput over chunk size', null, missing('No curve: no round was finished.'));
	const fixed = rows.filter((row) => /^\d+s$/.test(row.value));
	const xs = [...new Set(rows.map((row) => row.chunk_pages * pageBytes))].sort((a, b) => a - b);
	const ys = (has) => xs.map((x) => {
		const row = rows.find((r) => r.chunk_pages * pageBytes === x && has(r));
		return row ? units.gbPerSecond(row.ns_per_page) : null;
	});
	const threads = [...new Set(fixed.map((row) => row.threads))].sort((a, b) => a - b);
	const best = recommended(tune, 'chunk');
	return card(`${id}-chunks`, 'Throughput over chunk size', 'A curve for each number of threads of a node; the ring is what is recommended. Higher is better.',
		curve({
			label: 'Throughput over chunk size', xs, logX: true, xName: 'chunk', xText: units.bytes, yName: 'GB/s', yText: (y) => `${units.fixed(y)} GB/s`,
			series: [
				...threads.map((t, i) => ({ name: units.plural(t, 'thread'), color: theme.colorName(i), ys: ys((r) => r.threads === t && fixed.includes(r)) })),
				...['linux', 'auto'].filter((rule) => rows.some((r) => r.value === rule)).map((rule) => ({ name: rule === 'linux' ? 'Linux’s rule' : 'mminit’s rule', color: rule === 'linux' ? '--c3' : '--c2', point: 10, ys: ys((r) => r.value === rule) })),
				...(best ? [{ name: `recommended: ${best.value}`, color: '--ink', point: 17, ys: ys((r) => r === best) }] : []),
			],
		}),
		table('Chunk sizes', [
			{ name: 'chunk', of: (r) => r.value },
			{ name: 'size', of: (r) => units.bytes(r.chunk_pages * pageBytes) },
			{ name: 'threads', of: (r) => units.count(r.threads) },
			{ name: 'GB/s', of: (r) => units.fixed(units.gbPerSecond(r.ns_per_page)) },
			{ name: 'ns/page', of: (r) => units.fixed(r.ns_per_page, 3), key: 'chunk.ns_per_page', raw: (r) => r.ns_per_page },
			{ name: '95% of the median', of: (r) => `${units.fixed(r.ns_low, 3)} to ${units.fixed(r.ns_high, 3)}` },
			{ name: 'against the fastest', of: (r) => (r.fastest ? 'fastest' : units.excess(r.cost)) },
		], rows, (r) => (r === best ? 'best' : null)));
}

function choicesCard(id, tune) {
	const choices = [...new Set(list(tune.rows).map((row) => row.choice))];
	const says = choices.map((choice) => sayChoice(tune, choice)).filter(Boolean);
	const rows = choices.flatMap((choice) => [{ group: choice }, ...list(tune.rows)
		.filter((row) => row.choice === choice && (choice === 'threads' || row.threads === tune.threads))
		.map((row) => ({
			name: row.value, amount: `${units.fixed(units.gbPerSecond(row.ns_per_page))} GB/s${row.fastest ? ' · fastest' : ` · ${units.excess(row.cost)}`}`,
			parts: [{ value: units.gbPerSecond(row.ns_per_page), color: row.fastest ? '--c2' : '--c0', title: `${units.fixed(row.ns_per_page, 3)} ns a page` }],
		}))]);
	return card(`${id}-choices`, 'What each choice costs', 'One choice at a time was varied, the others stayed as they are by default. Longer is faster.',
		element('ul', { class: 'says' }, says.map((text) => element('li', null, text))), bars('Throughput by choice', rows),
		table('All values', [
			{ name: 'choice', text: true, of: (r) => r.choice },
			{ name: 'value', text: true, of: (r) => r.value },
			{ name: 'threads', of: (r) => units.count(r.threads) },
			{ name: 'ns/page', of: (r) => units.fixed(r.ns_per_page, 3), key: 'row.ns_per_page', raw: (r) => r.ns_per_page },
			{ name: 'GB/s', of: (r) => units.fixed(units.gbPerSecond(r.ns_per_page)) },
			{ name: 'costs', of: (r) => (r.fastest ? 'fastest' : units.excess(r.cost)) },
			{ name: '95%', of: (r) => (r.fastest ? '' : `${units.excess(r.cost_low)} to ${units.excess(r.cost_high)}`) },
		], list(tune.rows), (r) => (r.fastest ? 'best' : null)));
}

function tuneResult(id, tune) {
	return [tuneTiles(tune), chunkCard(id, tune), choicesCard(id, tune), machineCard(id, tune)];
}
