/* SPDX-License-Identifier: MIT */
/*
 * Curves, by uPlot.  Points are read with the pointer or, when the curve has the focus, with the
 * arrow keys; the legend says the values.
 *
 *   curve({ label, xs, xName, xText(x), logX, series: [{ name, ys, color, dash, point }], yName, yText(y) })
 *     point: marks without a line, as large as it says
 */
function curve(options) {
	const box = element('div', { class: 'curve', tabindex: 0, role: 'application', 'aria-label': `${options.label}. Left and right arrow keys read the points.` });
	const text = (value, format) => (value === null || value === undefined ? '–' : format(value));
	let plot = null;

	const axis = (values, size) => ({
		stroke: () => theme.color('--ink-2'),
		grid: { stroke: () => theme.color('--line'), width: 1 },
		ticks: { stroke: () => theme.color('--line'), width: 1 },
		font: '12px system-ui, "DejaVu Sans", sans-serif',
		labelFont: '12px system-ui, "DejaVu Sans", sans-serif',
		...values, size,
	});

	const make = (width) => new uPlot({
		width, height: Math.max(240, Math.min(380, width * 0.5)),
		scales: {
			x: { time: false, ...(options.logX ? { distr: 3, log: 2, range: (u, from, to) => [from / 1.3, to * 1.3] } : {}) },
			y: { range: (u, from, to) => [0, to * 1.12 || 1] },
		},
		axes: [
			/* Ticks where something was measured, as far as they have room. */
			axis({ splits: () => options.xs, values: (u, splits) => thin(u, splits).map((x) => (x === null ? '' : options.xText(x))), label: options.xName, labelSize: 22, filter: (u, splits) => splits }, 34),
			axis({ values: (u, splits) => splits.map((y) => (y === null ? '' : options.yTick ? options.yTick(y) : units.short(y))), label: options.yName, labelSize: 22 }, 52),
		],
		series: [
			{ label: options.xName, value: (u, x) => text(x, options.xText) },
			...options.series.map((s) => ({
				label: s.name, stroke: () => theme.color(s.color), width: s.point ? 0 : 2.25, dash: s.dash || null,
				paths: s.point ? () => null : undefined, spanGaps: true,
				points: { show: true, size: s.point || 7, width: s.point ? s.point / 4 : 1.5, stroke: () => theme.color(s.color), fill: () => theme.color(s.point ? '--card' : s.color) },
				value: (u, y) => text(y, options.yText),
			})),
		],
		cursor: { drag: { x: false, y: false } },
	}, [options.xs, ...options.series.map((s) => s.ys)], box);

	/* Every tick that is at least 64 pixels from the last one that has a word. */
	function thin(u, splits) {
		let last = -Infinity;
		return splits.map((x) => {
			const at = x === null ? null : u.valToPos(x, 'x');
			if (at === null || at - last < 64)
				return null;
			last = at;
			return x;
		});
	}

	function show(i) {
		plot.setCursor({ left: plot.valToPos(options.xs[i], 'x'), top: plot.bbox.height / (4 * (window.devicePixelRatio || 1)) });
	}

	box.addEventListener('keydown', (event) => {
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
		if (!step || !plot)
			return;
		event.preventDefault();
		const i = plot.cursor.idx;
		show(i === null || i === undefined ? 0 : Math.min(Math.max(i + step, 0), options.xs.length - 1));
	});
	/* Colours and size are given to a plot when it is made. */
	function renew() {
		const width = Math.floor(box.clientWidth);
		if (plot)
			plot.destroy();
		plot = width ? make(width) : null;
	}

	new ResizeObserver(() => requestAnimationFrame(() => {
		if (!plot || plot.width !== Math.floor(box.clientWidth))
			renew();
	})).observe(box);
	theme.onChange(renew);
	return box;
}
