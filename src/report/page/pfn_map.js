/* SPDX-License-Identifier: MIT */
/*
 * The PFN space as a map of lanes, one above the other: zones, nodes, what Linux has early and
 * defers, and who initialises it here.  Large holes are folded, unless one wants to see how large
 * they are.
 */

/* Memory cut by zone: a zone's span may hold memory of other nodes, which is not its own. */
function zonePieces(document) {
	return list(document.memory).flatMap((m) => list(document.zones)
		.filter((z) => z.nid === m.nid && z.start_pfn < m.end_pfn && m.start_pfn < z.end_pfn)
		.map((z) => ({ start: Math.max(z.start_pfn, m.start_pfn), end: Math.min(z.end_pfn, m.end_pfn), kind: z.zone, nid: z.nid })));
}

/* Memory cut where Linux's early part of its node ends. */
function splitPieces(document) {
	const first = new Map(list(document.nodes).map((n) => [n.nid, n.first_deferred_pfn ?? Infinity]));
	return list(document.memory).flatMap((m) => {
		const border = Math.min(Math.max(first.get(m.nid) ?? Infinity, m.start_pfn), m.end_pfn);
		return [{ start: m.start_pfn, end: border, kind: 'early', nid: m.nid }, { start: border, end: m.end_pfn, kind: 'deferred', nid: m.nid }]
			.filter((piece) => piece.start < piece.end);
	});
}

/* Chunks by worker where it has been run, by owner where it is only planned; and the early part. */
function workPieces(document) {
	const early = list(document.early).map((e) => ({ start: e.start_pfn, end: e.end_pfn, kind: 'early' }));
	const chunks = list(document.chunks).map((c) => ({ start: c.start_pfn, end: c.end_pfn, kind: `worker ${c.worker}`, nid: c.nid, color: c.worker }));
	const planned = list(document.groups).flatMap((g, i) => list(g.chunks)
		.map((c) => ({ start: c.start_pfn, end: c.end_pfn, kind: `chunk of node ${g.nid}`, nid: g.nid, color: i })));
	return [...early, ...chunks, ...planned].sort((a, b) => a.start - b.start);
}

/* Where a PFN stands on the map's axis, and back: holes above @most are drawn as long as @most. */
function foldedAxis(memory, fold) {
	const sorted = [...memory].sort((a, b) => a.start_pfn - b.start_pfn);
	const present = sorted.reduce((sum, m) => sum + m.end_pfn - m.start_pfn, 0);
	const most = fold ? present / 25 : Infinity;
	const parts = [];
	let pfn = sorted.length ? sorted[0].start_pfn : 0;
	let at = 0;

	const add = (end, length, folded) => {
		if (end > pfn)
			parts.push({ start: pfn, end, at, length, folded });
		at += end > pfn ? length : 0;
		pfn = Math.max(pfn, end);
	};
	for (const m of sorted) {
		const hole = m.start_pfn - pfn;
		if (hole > 0)
			add(m.start_pfn, Math.min(hole, most), hole > most);
		add(m.end_pfn, m.end_pfn - pfn, false);
	}
	const find = (has) => parts.find(has) || parts[parts.length - 1];
	return {
		length: at || 1, parts,
		of(p) {
			const part = find((q) => p < q.end);
			return part ? part.at + (Math.max(p - part.start, 0) / (part.end - part.start)) * part.length : 0;
		},
		pfn(position) {
			const part = find((q) => position < q.at + q.length);
			return part ? Math.floor(part.start + ((position - part.at) / part.length) * (part.end - part.start)) : 0;
		},
	};
}

function pfnMap(document) {
	const memory = list(document.memory);
	const pageBytes = object(document.machine).page_bytes || 4096;
	const zoneColors = { DMA: '--c6', DMA32: '--c1', Normal: '--c0', Movable: '--c2', Device: '--c3' };
	const lanes = [
		{ name: 'zone', pieces: zonePieces(document), color: (p) => zoneColors[p.kind] || '--c4' },
		{ name: 'node', pieces: memory.map((m) => ({ start: m.start_pfn, end: m.end_pfn, kind: `node ${m.nid}`, nid: m.nid })), color: (p) => theme.colorName(p.nid) },
		{ name: 'by Linux’s rule', pieces: splitPieces(document), color: (p) => (p.kind === 'early' ? '--early' : '--deferred') },
		{ name: 'initialised by', pieces: workPieces(document), color: (p) => (p.kind === 'early' ? '--early' : theme.colorName(p.color)), alternate: true },
	].filter((lane) => lane.pieces.length);
	const laneHeight = 46;
	let axis = foldedAxis(memory, true);

	/* Holes: what no lane covers. */
	function hatch(pen, x, y, width, height) {
		const { context } = pen;
		context.save();
		context.beginPath();
		context.rect(x, y, width, height);
		context.clip();
		context.strokeStyle = theme.color('--hole');
		context.lineWidth = 1.2;
		for (let i = Math.floor((x - height) / 7) * 7; i < x + width; i += 7) {
			context.beginPath();
			context.moveTo(i, y + height);
			context.lineTo(i + height, y);
			context.stroke();
		}
		context.restore();
	}

	function drawLane(pen, lane, row) {
		const y = row * laneHeight + 17;
		const height = laneHeight - 21;
		const { context } = pen;
		context.fillStyle = theme.color('--ink-2');
		context.font = '11px system-ui, "DejaVu Sans", sans-serif';
		context.fillText(lane.name, 0, y - 4);
		hatch(pen, 0, y, Math.min(pen.width, pen.x(axis.length)), height);
		lane.pieces.forEach((piece, i) => {
			const x = Math.max(pen.x(axis.of(piece.start)), -1);
			/* An end lies in the part that it ends, not in the hole behind it. */
			const end = Math.min(pen.x(axis.of(piece.end - 1)) + pen.x(pen.from + 1) - pen.x(pen.from), pen.width + 1);
			if (end < 0 || x > pen.width)
				return;
			const width = Math.max(end - x, 0.75);
			context.globalAlpha = 1;
			context.fillStyle = theme.color('--card');
			context.fillRect(x, y, width, height);
			context.globalAlpha = lane.alternate && i % 2 ? 0.68 : 1;
			context.fillStyle = theme.color(lane.color(piece));
			context.fillRect(x, y, width > 3 ? width - 0.75 : width, height);
			context.globalAlpha = 1;
			if (width > context.measureText(piece.kind).width + 12) {
				context.fillStyle = theme.color('--card');
				context.fillText(piece.kind, x + 6, y + height / 2 + 4);
			}
		});
	}

	/* Addresses at round numbers, as far as there is room. */
	function drawAddresses(pen) {
		const y = lanes.length * laneHeight + 12;
		const perPage = Math.max((axis.pfn(pen.to) - axis.pfn(pen.from)) * pageBytes, pageBytes);
		let step = pageBytes;
		while (step < perPage / Math.max(pen.width / 90, 1))
			step *= 2;
		const { context } = pen;
		let last = -Infinity;
		context.fillStyle = theme.color('--ink-2');
		context.font = '11px system-ui, "DejaVu Sans", sans-serif';
		for (const part of axis.parts.filter((p) => !p.folded && p.at < pen.to && p.at + p.length > pen.from)) {
			const from = Math.max(part.start, axis.pfn(Math.max(pen.from, part.at)));
			for (let a = Math.ceil((from * pageBytes) / step) * step; a / pageBytes < part.end; a += step) {
				const x = pen.x(axis.of(a / pageBytes));
				const text = units.bytes(a);
				if (x > pen.width)
					break;
				if (x < last + 8)
					continue;
				context.fillRect(x, y - 10, 1, 5);
				context.fillText(text, Math.min(x + 3, pen.width - context.measureText(text).width), y + 3);
				last = x + 3 + context.measureText(text).width;
			}
		}
		for (const part of axis.parts.filter((p) => p.folded)) {
			const middle = pen.x(part.at + part.length / 2);
			context.fillText('⋯', middle - 5, lanes.length * laneHeight);
		}
	}

	function describe(position) {
		const pfn = axis.pfn(position);
		const here = lanes.map((lane) => lane.pieces.find((p) => p.start <= pfn && pfn < p.end)).filter(Boolean);
		const piece = here[here.length - 1];
		if (!memory.some((m) => m.start_pfn <= pfn && pfn < m.end_pfn))
			return `PFN ${units.pfn(pfn)}, ${units.bytes(pfn * pageBytes)}: a hole${here.length ? ', ' + here.map((p) => p.kind).join(', ') : ''}`;
		const kinds = lanes.map((lane) => [lane.name, lane.pieces.find((p) => p.start <= pfn && pfn < p.end)])
			.filter(([, p]) => p).map(([name, p]) => (name === 'by Linux’s rule' ? `${p.kind} by Linux’s rule` : p.kind));
		return `PFN ${units.pfn(pfn)}, ${units.bytes(pfn * pageBytes)}: ${kinds.join(', ')}; ${units.range(piece.start, piece.end)}`;
	}

	const fold = element('input', { type: 'checkbox', checked: true });
	const zoomed = zoomable({
		label: `Map of ${units.plural(memory.length, 'memory range')}`, length: axis.length, height: lanes.length * laneHeight + 20, least: 8,
		draw: (pen) => {
			lanes.forEach((lane, row) => drawLane(pen, lane, row));
			drawAddresses(pen);
		},
		describe, tools: axis.parts.some((p) => p.folded) ? element('label', null, fold, 'fold large holes') : null,
	});
	fold.addEventListener('change', () => {
		axis = foldedAxis(memory, fold.checked);
		zoomed.setLength(axis.length);
	});
	return element('div', null, zoomed.node, legend([
		{ name: 'hole', hatch: true },
		...[...new Set(lanes[0].pieces.map((p) => p.kind))].map((kind) => ({ name: kind, color: zoneColors[kind] || '--c4' })),
		{ name: 'early', color: '--early' }, ...(lanes.some((l) => l.name === 'by Linux’s rule') ? [{ name: 'deferred', color: '--deferred' }] : []),
	]));
}
