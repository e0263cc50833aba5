/* SPDX-License-Identifier: MIT */
/*
 * A canvas whose horizontal axis can be moved and zoomed: by wheel, by dragging, with two fingers,
 * by buttons, and by keys when it has the focus.
 *
 *   zoomable({ label, length, height, draw, describe })
 *     length      of the whole axis, in whatever it counts
 *     height      in pixels, or a function that says so
 *     draw(pen)   pen: context, width, height, from, to, x(position)
 *     describe(position, y) says what is there, in words
 */
function zoomable(options) {
	const view = { from: 0, to: options.length };
	const canvas = element('canvas', { 'aria-hidden': 'true' });
	const inspect = element('p', { class: 'inspect', 'aria-live': 'polite' }, options.hint || 'Point at something, or move with the arrow keys.');
	const box = element('div', {
		class: 'canvas', tabindex: 0, role: 'application', 'aria-label': `${options.label}. Arrow keys move and zoom, Home shows all.`,
	}, canvas);
	const pointers = new Map();
	let cursor = null;

	const width = () => canvas.clientWidth || 300;
	const position = (x) => view.from + ((view.to - view.from) * x) / width();

	function draw() {
		const height = typeof options.height === 'function' ? options.height() : options.height;
		const scale = window.devicePixelRatio || 1;
		canvas.style.height = `${height}px`;
		canvas.width = Math.round(width() * scale);
		canvas.height = Math.round(height * scale);
		const context = canvas.getContext('2d');
		context.scale(scale, scale);
		context.font = '12px system-ui, "DejaVu Sans", sans-serif';
		const per = width() / (view.to - view.from);
		options.draw({ context, width: width(), height, from: view.from, to: view.to, x: (p) => (p - view.from) * per });
		if (cursor !== null) {
			context.fillStyle = theme.color('--accent');
			context.fillRect((cursor - view.from) * per - 0.75, 0, 1.5, height);
		}
		box.dataset.from = view.from;
		box.dataset.to = view.to;
	}

	function show(from, to) {
		const least = Math.min(options.least || options.length / 1e6, options.length);
		const size = Math.min(Math.max(to - from, least), options.length);
		const start = Math.min(Math.max((from + to - size) / 2, 0), options.length - size);
		view.from = start;
		view.to = start + size;
		draw();
	}

	/* @factor below 1 comes nearer; what is at @at stays there. */
	function zoom(factor, at) {
		const size = view.to - view.from;
		const fresh = Math.min(size * factor, options.length);
		const share = (at - view.from) / size;
		show(at - share * fresh, at + (1 - share) * fresh);
	}

	function move(share) {
		const step = Math.min(Math.max(share * (view.to - view.from), -view.from), options.length - view.to);
		show(view.from + step, view.to + step);
	}

	function say(at, y) {
		inspect.textContent = options.describe(at, y);
	}

	function byKeys(event) {
		const keys = {
			ArrowLeft: () => move(-0.1), ArrowRight: () => move(0.1),
			ArrowUp: () => zoom(0.7, (view.from + view.to) / 2), ArrowDown: () => zoom(1 / 0.7, (view.from + view.to) / 2),
			'+': () => zoom(0.5, (view.from + view.to) / 2), '-': () => zoom(2, (view.from + view.to) / 2),
			PageUp: () => move(-0.9), PageDown: () => move(0.9),
			Home: () => show(0, options.length), 0: () => show(0, options.length),
		};
		if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
			return;
		event.preventDefault();
		keys[event.key]();
		cursor = (view.from + view.to) / 2;
		draw();
		say(cursor, null);
	}

	function at(event) {
		const frame = canvas.getBoundingClientRect();
		return { x: event.clientX - frame.left, y: event.clientY - frame.top };
	}

	function onMove(event) {
		const here = at(event);
		const before = pointers.get(event.pointerId);
		if (before && pointers.size === 1) {
			move((before.x - here.x) / width());
		} else if (before && pointers.size === 2) {
			const other = [...pointers.entries()].find(([id]) => id !== event.pointerId)[1];
			const ratio = Math.abs(before.x - other.x) / Math.max(Math.abs(here.x - other.x), 1);
			zoom(Math.min(Math.max(ratio, 0.5), 2), position(other.x));
		}
		if (before)
			pointers.set(event.pointerId, here);
		cursor = position(here.x);
		draw();
		say(cursor, here.y);
	}

	canvas.addEventListener('pointerdown', (event) => {
		pointers.set(event.pointerId, at(event));
		canvas.setPointerCapture(event.pointerId);
		onMove(event);
	});
	canvas.addEventListener('pointermove', onMove);
	for (const name of ['pointerup', 'pointercancel'])
		canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
	canvas.addEventListener('pointerleave', () => {
		cursor = null;
		draw();
	});
	canvas.addEventListener('wheel', (event) => {
		/* The page keeps its own scrolling, unless the wheel is meant for the picture. */
		if (!event.ctrlKey && !event.shiftKey && document.activeElement !== box)
			return;
		event.preventDefault();
		zoom(Math.exp((event.deltaY || event.deltaX) / 400), position(at(event).x));
	}, { passive: false });
	box.addEventListener('keydown', byKeys);
	box.addEventListener('blur', () => {
		cursor = null;
		draw();
	});

	const button = (name, label, act) => {
		const made = element('button', { type: 'button', 'aria-label': label }, name);
		made.addEventListener('click', act);
		return made;
	};
	const middle = () => (view.from + view.to) / 2;
	const tools = element('div', { class: 'tools' },
		button('+', 'Zoom in', () => zoom(0.5, middle())), button('−', 'Zoom out', () => zoom(2, middle())),
		button('◀', 'Move left', () => move(-0.5)), button('▶', 'Move right', () => move(0.5)),
		button('All', 'Show all', () => show(0, options.length)), options.tools || null);

	new ResizeObserver(() => requestAnimationFrame(draw)).observe(box);
	theme.onChange(draw);
	return {
		node: element('div', null, tools, box, inspect),
		setLength(length) {
			options.length = length;
			show(0, length);
		},
	};
}
