/* SPDX-License-Identifier: MIT */
/* Who was bound where: a row a worker, a column a CPU of this host. */

/* "0-3,8" as ranges; what is no list is none. */
function cpuRanges(text) {
	return String(text || '').split(',').map((part) => part.match(/^(\d+)(?:-(\d+))?$/)).filter(Boolean)
		.map((m) => [Number(m[1]), Math.min(Number(m[2] ?? m[1]), 65535)]).filter(([first, last]) => first <= last);
}

function bindingPicture(workers) {
	const rows = workers.map((w) => ({ worker: w.thread, nid: w.nid, place: object(w.place), ranges: cpuRanges(object(w.place).cpus) }));
	const last = rows.reduce((most, row) => Math.max(most, row.place.cpu ?? 0, ...row.ranges.map((r) => r[1])), 0);
	const nids = [...new Set(rows.map((row) => row.nid))];
	const rowHeight = rows.length <= 32 ? 22 : 8;

	function draw(pen) {
		const { context } = pen;
		rows.forEach((row, i) => {
			const y = i * rowHeight + 1;
			const height = rowHeight - 3;
			context.fillStyle = theme.color('--soft');
			context.fillRect(0, y, pen.width, height);
			context.globalAlpha = 0.4;
			context.fillStyle = theme.color(theme.colorName(row.nid));
			if (row.place.bound)
				for (const [first, end] of row.ranges)
					context.fillRect(pen.x(first), y, pen.x(end + 1) - pen.x(first) - 1, height);
			context.globalAlpha = 1;
			if (row.place.cpu >= 0)
				context.fillRect(pen.x(row.place.cpu), y, Math.max(pen.x(row.place.cpu + 1) - pen.x(row.place.cpu) - 1, 2), height);
			context.fillStyle = theme.color('--ink');
			context.font = '11px system-ui, "DejaVu Sans", sans-serif';
			if (rowHeight > 12)
				context.fillText(`w${row.worker} · node ${row.nid}`, 5, y + 14);
		});
		const step = Math.max(2 ** Math.ceil(Math.log2(Math.max(((pen.to - pen.from) * 46) / pen.width, 1))), 1);
		context.fillStyle = theme.color('--ink-2');
		for (let cpu = Math.ceil(pen.from / step) * step; cpu < pen.to; cpu += step)
			context.fillText(`CPU ${cpu}`, Math.min(pen.x(cpu) + 2, pen.width - 40), rows.length * rowHeight + 13);
	}

	function describe(position, y) {
		const cpu = Math.floor(position);
		const row = y === null ? null : rows[Math.floor(y / rowHeight)];
		const those = row ? [row] : rows.filter((r) => r.place.cpu === cpu);
		return `CPU ${cpu}: ` + (those.map((r) => `worker ${r.worker} of node ${r.nid}, ${r.place.bound ? 'bound to ' + r.place.cpus : 'not bound'}, began on CPU ${r.place.cpu ?? '?'}`).join('; ') || 'no worker began here');
	}

	const zoomed = zoomable({ label: 'Workers and the CPUs that they were bound to', length: last + 1, least: 4, height: rows.length * rowHeight + 18, draw, describe });
	return element('div', null, zoomed.node, legend([
		...nids.slice(0, 12).map((nid) => ({ name: `workers of node ${nid}: pale where bound, full where it began`, color: theme.colorName(nid) })),
	]));
}
