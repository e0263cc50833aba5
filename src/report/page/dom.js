/* SPDX-License-Identifier: MIT */
/*
 * Elements, tables and cards.  Text from a result only ever becomes a text node or an attribute's
 * value, so nothing in it is markup.
 */

/* element('p', { class: 'sub' }, 'text', child, null): attributes that are null are left out. */
function element(tag, attributes, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined && value !== false)
			node.setAttribute(name, value === true ? '' : String(value));
	node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
	return node;
}

function list(value) {
	return Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [];
}

function object(value) {
	return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/*
 * A table below its picture.  A column: name, of(row) that gives the text or a node, and raw(row)
 * for the figure behind it, which programs read as data-raw.  Numbers stand to the right, but for
 * the first column, which names the row.
 */
function table(caption, columns, rows, classOf) {
	const head = element('tr', null, columns.map((c) =>
		element('th', { scope: 'col', class: c.text || c === columns[0] ? null : 'num' }, c.name)));
	const body = rows.map((row, i) => element('tr', { class: classOf ? classOf(row, i) : null },
		columns.map((c, k) => {
			const raw = c.raw ? c.raw(row, i) : null;
			const shown = c.of(row, i);
			return element(k ? 'td' : 'th', {
				scope: k ? null : 'row',
				class: c.wrap ? 'wrap' : c.text || !k ? null : 'num',
				'data-key': c.key || null,
				'data-raw': raw === null || raw === undefined ? null : String(raw),
			}, shown === null || shown === undefined || shown === '' ? '–' : shown);
		})));
	return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
		element('table', null, element('caption', null, caption),
			element('thead', null, head), element('tbody', null, body)));
}

/* Long tables are folded; they are filled when they are opened. */
function foldedTable(summary, caption, columns, rows, classOf) {
	const details = element('details', null, element('summary', null, summary));
	details.addEventListener('toggle', () => {
		if (details.open && details.childElementCount === 1)
			details.append(table(caption, columns, rows, classOf));
	});
	return details;
}

function card(id, title, about, ...children) {
	return element('section', { class: 'card', id, 'aria-labelledby': `${id}-title` },
		element('h3', { id: `${id}-title` }, title),
		about ? element('p', null, about) : null, ...children.flat(Infinity).filter(Boolean));
}

/* A part that is not there says why. */
function missing(why) {
	return element('p', { class: 'missing' }, why);
}

function tiles(items) {
	return element('dl', { class: 'tiles' }, items.filter(Boolean).map((item) =>
		element('div', { class: 'tile' }, element('dt', null, item.name),
			element('dd', { 'data-key': item.key || null, 'data-raw': item.raw === null || item.raw === undefined ? null : String(item.raw), class: item.class || null },
				item.value, item.unit ? element('small', null, ` ${item.unit}`) : null,
				item.more ? element('span', { class: 'more' }, item.more) : null))));
}

function facts(pairs) {
	return element('dl', { class: 'facts' }, pairs
		.filter(([, value]) => value !== null && value !== undefined && value !== '')
		.map(([name, value]) => [element('dt', null, name), element('dd', null, value)]));
}

function legend(items) {
	return element('ul', { class: 'legend' }, items.map((item) =>
		element('li', null, element('i', {
			class: item.hatch ? 'hatch' : null,
			style: item.hatch ? null : `background: var(${item.color})`,
			'aria-hidden': 'true',
		}), item.name)));
}

/*
 * Rows of { group } or { name, parts: [{ value, color, title }], mark, amount }; all share a scale.
 */
function bars(label, rows) {
	const most = Math.max(...rows.map((row) => (row.parts || []).reduce((sum, p) => sum + (p.value || 0), row.mark && !row.parts ? row.mark : 0)), 0) || 1;
	const children = rows.flatMap((row) => row.group ? [element('div', { class: 'group' }, row.group)] : [
		element('div', { class: 'name' }, row.name),
		element('div', { class: 'track' }, row.parts.map((part) => element('i', {
			style: `width: ${(100 * (part.value || 0)) / most}%; background: var(${part.color})`,
			title: part.title || null,
		})), row.mark ? element('b', { style: `left: calc(${(100 * row.mark) / most}% - 1px)` }) : null),
		element('div', { class: 'amount' }, row.amount),
	]);
	return element('div', { class: 'bars', role: 'img', 'aria-label': label }, children);
}
