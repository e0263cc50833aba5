/* SPDX-License-Identifier: MIT */
/* The timeline: a row a worker, a bar a chunk; the early part, which is one thread's, on top. */
function timeline(run) {
	const chunks = list(run.chunks);
	const earlyNs = object(run.times).early_ns || 0;
	const endNs = chunks.reduce((end, chunk) => Math.max(end, chunk.end_ns), earlyNs);
	/* A worker may have chunks of other nodes: its row is its own node's, a chunk's colour its owner's. */
	const home = new Map(list(run.workers).map((w) => [w.thread, w.nid]));
	const workers = [...new Map(chunks.map((c) => [c.worker, home.get(c.worker) ?? c.nid])).entries()].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
	const rowOf = new Map(workers.map(([worker], i) => [worker, i + 1]));
	const nids = [...new Set(chunks.map((c) => c.nid))].sort((a, b) => a - b);
	const rowHeight = workers.length <= 24 ? 24 : workers.length <= 96 ? 12 : 5;
	const rows = new Map();

	for (const chunk of [...chunks].sort((a, b) => a.start_ns - b.start_ns)) {
		const row = rowOf.get(chunk.worker);
		rows.set(row, [...(rows.get(row) || []), chunk]);
	}

	const colorOf = (nid) => theme.colorName(nid);

	function bar(pen, row, start, end, color, alpha) {
		const x = pen.x(start);
		const width = Math.max(pen.x(end) - x - (pen.x(end) - x > 3 ? 1 : 0), 0.75);
		if (x > pen.width || x + width < 0)
			return;
		pen.context.globalAlpha = alpha;
		pen.context.fillStyle = theme.color(color);
		pen.context.fillRect(x, row * rowHeight + 2, width, rowHeight - Math.min(4, rowHeight / 3));
		pen.context.globalAlpha = 1;
	}

	function label(pen, row, text) {
		if (rowHeight < 12 && row)
			return;
		const { context } = pen;
		context.font = '11px system-ui, "DejaVu Sans", sans-serif';
		const width = context.measureText(text).width + 8;
		context.fillStyle = theme.color('--card');
		context.globalAlpha = 0.85;
		context.fillRect(0, row * rowHeight + 3, width, Math.min(rowHeight - 5, 17));
		context.globalAlpha = 1;
		context.fillStyle = theme.color('--ink');
		context.fillText(text, 4, row * rowHeight + Math.min(rowHeight - 3, 15.5));
	}

	function ticks(pen) {
		const step = niceStep((pen.to - pen.from) / Math.max(pen.width / 110, 1));
		pen.context.fillStyle = theme.color('--ink-2');
		for (let t = Math.ceil(pen.from / step) * step; t <= pen.to; t += step) {
			pen.context.globalAlpha = 0.25;
			pen.context.fillRect(pen.x(t), 0, 1, pen.height - 18);
			pen.context.globalAlpha = 1;
			pen.context.fillText(units.time(t), Math.min(pen.x(t) + 3, pen.width - 50), pen.height - 4);
		}
	}

	function draw(pen) {
		ticks(pen);
		bar(pen, 0, 0, earlyNs, '--early', 1);
		for (const [row, its] of rows)
			its.forEach((chunk, i) => bar(pen, row, chunk.start_ns, chunk.end_ns, colorOf(chunk.nid), i % 2 ? 0.62 : 1));
		label(pen, 0, 'early');
		workers.forEach(([worker, nid], i) => label(pen, i + 1, `w${worker} · node ${nid}`));
	}

	/* Without a height, by keys: who is at work then. */
	function describe(at, y) {
		const row = y === null ? null : Math.floor(y / rowHeight);
		const busy = chunks.filter((c) => c.start_ns <= at && at < c.end_ns);
		const hit = row === null ? null : busy.find((c) => rowOf.get(c.worker) === row);
		if (hit)
			return `${units.time(at)}: worker ${hit.worker}, node ${hit.nid}, chunk ${units.range(hit.start_pfn, hit.end_pfn)}, ${units.count(hit.end_pfn - hit.start_pfn)} pages in ${units.time(hit.end_ns - hit.start_ns)}`;
		if (at < earlyNs)
			return `${units.time(at)}: the early part, by the calling thread`;
		return `${units.time(at)}: ${units.plural(busy.length, 'worker')} at work${busy.length && busy.length <= 8 ? ': ' + busy.map((c) => c.worker).join(', ') : ''}`;
	}

	const zoomed = zoomable({
		label: `Timeline of ${units.plural(workers.length, 'worker')} and ${units.plural(chunks.length, 'chunk')}`,
		length: endNs || 1, height: (workers.length + 1) * rowHeight + 22, draw, describe,
	});
	return element('div', null, zoomed.node, legend([
		{ name: 'early, one thread', color: '--early' },
		...nids.slice(0, 16).map((nid) => ({ name: `chunks of node ${nid}`, color: colorOf(nid) })),
	]));
}

/* 1, 2 or 5 times a power of ten, at least @least. */
function niceStep(least) {
	const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
	return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= least);
}
