// SPDX-License-Identifier: MIT
// Opens a page of `mminit report` and holds what it shows against the results it was made from.
//
//   node test_page.js PAGE.html SCREENSHOTS_DIR RESULT.json...
//
// Prints every disagreement; exits 1 if there was one.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { Browser } = require('./browser.js');

const [pageFile, picturesDir, ...resultFiles] = process.argv.slice(2);
const results = resultFiles.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
const DESKTOP = { width: 1200, height: 900 };
const PHONE = { width: 390, height: 844, mobile: true };
let nrFailed = 0;

function check(what, good, seen) {
	if (good)
		return;
	nrFailed++;
	console.log(`FAILED: ${what}${seen === undefined ? '' : `: ${JSON.stringify(seen).slice(0, 300)}`}`);
}

function same(what, got, wanted) {
	check(what, JSON.stringify(got) === JSON.stringify(wanted), { got, wanted });
}

// The figures behind what result @i shows under @key.
function raws(page, i, key) {
	return page.value(`[...document.querySelectorAll('#r${i} [data-key="${key}"]')].map((n) => n.dataset.raw)`);
}

const texts = (values) => values.map(String);

// By kind: keys of the page, and what the result has there.
const expectations = {
	run: (d) => ({
		'total.gb_per_second': [d.total.gb_per_second], 'total.init_ns': [d.total.init_ns], 'verdict.good': [d.verdict.good],
		'node.init_ns': d.nodes.map((n) => n.init_ns), 'node.present': d.nodes.map((n) => n.present),
		'worker.chunks': (d.workers || []).map((w) => w.chunks), 'invariant.checks': d.verdict.invariants.map((v) => v.checks),
		'zone.present': (d.zones || []).map((z) => z.present),
		'memmap.pages': d.nodes.flatMap((n) => (n.memmap_places || []).map((p) => p.pages)),
		'place.cpu': (d.workers || d.nodes.filter((n) => n.place)).map((w) => w.place.cpu),
	}),
	tune: (d) => ({
		'row.ns_per_page': d.rows.map((r) => r.ns_per_page), rounds: [d.rounds],
		'chunk.ns_per_page': d.rows.filter((r) => r.choice === 'chunk').map((r) => r.ns_per_page),
		'recommended.value': [d.rows.find((r) => r.choice === 'chunk' && r.fastest && r.threads === d.threads).value],
	}),
	plan: (d) => ({ nr_chunks: [d.nr_chunks], memmap_bytes: [d.memmap_bytes], 'node.deferred': d.nodes.map((n) => n.deferred), 'group.nr_chunks': d.groups.map((g) => g.nr_chunks) }),
	machine: (d) => ({ 'node.nr_present_pages': d.nodes.map((n) => n.nr_present_pages), distance: d.nodes.flatMap((n) => n.distances), 'zone.present': d.zones.map((z) => z.present) }),
	verify: (d) => ({ nr_runs: [d.nr_runs], 'check.checks': d.checks.map((c) => c.checks) }),
	replay: (d) => ({ 'counts.same': [d.counts.same], 'counts.differ': [d.counts.differ] }),
	stress: (d) => ({ 'counts.operations': [d.counts.operations], 'latency.allocations': d.latency.map((l) => l.allocations) }),
	predict: (d) => ({ 'row.linux_ns': d.rows.map((r) => r.linux_ns), 'row.engine_ns': d.rows.map((r) => r.engine_ns) }),
	audit: (d) => ({ 'kind.places': d.kinds.map((k) => k.places), 'place.start_pfn': d.places.map((p) => p.start_pfn), clean: [d.clean] }),
	compare: (d) => ({ 'row.ratio': d.rows.map((r) => r.ratio), 'row.a_median': d.rows.map((r) => r.a_median) }),
};

const kindOf = (result) => result.schema.match(/^mminit-(\w+)\//)[1];

async function checkFigures(page) {
	for (const [i, result] of results.entries()) {
		same(`result ${i} is a`, await page.value(`document.querySelector('#r${i}').dataset.kind`), kindOf(result));
		for (const [key, wanted] of Object.entries((expectations[kindOf(result)] || (() => ({})))(result)))
			same(`${resultFiles[i]}: ${key}`, await raws(page, i, key), texts(wanted));
		check(`${resultFiles[i]}: names its machine`, (await page.value(`document.querySelector('#r${i} h2').textContent`)) === (result.machine?.name ?? resultFiles[i]));
	}
}

// Folded tables are filled when they are opened: every chunk is in its own.
async function checkFolded(page) {
	await page.value(`document.querySelectorAll('details').forEach((d) => { d.open = true; })`);
	await page.settle();
	for (const [i, result] of results.entries())
		if (kindOf(result) === 'run' && result.chunks)
			same(`${resultFiles[i]}: every chunk is listed`, await raws(page, i, 'chunk.start_pfn'), texts(result.chunks.map((c) => c.start_pfn)));
	await page.value(`document.querySelectorAll('details').forEach((d) => { d.open = false; })`);
}

// What has been drawn: more than one colour on every canvas that is to be seen.
async function checkDrawn(page, when) {
	const blank = await page.value(`[...document.querySelectorAll('canvas')].filter((c) => {
		if (!c.width || !c.height)
			return true;
		const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
		[copy.canvas.width, copy.canvas.height] = [c.width, c.height];
		copy.drawImage(c, 0, 0);
		const pixels = new Uint32Array(copy.getImageData(0, 0, c.width, c.height).data.buffer);
		return pixels.every((pixel) => pixel === pixels[0]);
	}).map((c) => c.closest('section')?.id)`);
	same(`${when}: canvases that are blank`, blank, []);
}

async function checkMissing(page) {
	for (const [i, result] of results.entries()) {
		const said = await page.value(`[...document.querySelectorAll('#r${i} .missing')].map((n) => n.textContent).join(' ')`);
		if (kindOf(result) === 'run' && !result.chunks)
			check(`${resultFiles[i]}: says why there is no timeline`, /No timeline: run with/.test(said), said);
		if (kindOf(result) === 'run' && result.chunks?.length)
			same(`${resultFiles[i]}: has pictures of all parts`, said, '');
	}
}

async function checkKeys(page) {
	const view = () => page.value(`(({ from, to }) => [Number(from), Number(to)])(document.activeElement.dataset)`);
	for (const id of await page.value(`[...document.querySelectorAll('section[id$="-map"] .canvas, section[id$="-timeline"] .canvas')].map((n) => n.closest('section').id)`)) {
		await page.value(`document.querySelector('#${id} .canvas').focus()`);
		const all = await view();
		await page.key('ArrowUp');
		const near = await view();
		check(`${id}: the up arrow comes nearer`, near[1] - near[0] < all[1] - all[0], { all, near });
		await page.key('ArrowRight');
		const right = await view();
		check(`${id}: the right arrow moves on`, right[0] > near[0] && Math.abs(right[1] - right[0] - (near[1] - near[0])) < 1e-6 * all[1], { near, right });
		const said = await page.value(`document.querySelector('#${id} .inspect').textContent`);
		check(`${id}: says what is in the middle`, /PFN 0x|at work|early/.test(said), said);
		await page.key('Home');
		same(`${id}: Home shows all`, await view(), all);
	}
	for (const id of await page.value(`[...document.querySelectorAll('.curve')].map((n) => n.closest('section').id)`)) {
		await page.value(`document.querySelector('#${id} .curve').focus()`);
		await page.key('ArrowRight');
		const legend = await page.value(`document.querySelector('#${id} .u-legend').textContent`);
		check(`${id}: the arrows read points`, /\d/.test(legend.replace(/\d+ threads?|\d+s/g, '')), legend);
	}
}

async function checkNames(page) {
	same('things that take the focus and have no name', await page.value(`[...document.querySelectorAll('[tabindex], button, input, a')]
		.filter((n) => !(n.getAttribute('aria-label') || n.textContent.trim() || n.labels?.[0]?.textContent)).map((n) => n.outerHTML.slice(0, 80))`), []);
	same('ids that occur twice', await page.value(`(() => { const ids = [...document.querySelectorAll('[id]')].map((n) => n.id); return ids.filter((id, i) => ids.indexOf(id) !== i); })()`), []);
	same('pictures without a table', await page.value(`[...document.querySelectorAll('.canvas, .curve')].map((n) => n.closest('section')).filter((s) => !s.querySelector('table')).map((s) => s.id)`), []);
}

// Luminance of a colour as the browser computes it, 0 to 1.
const LUMINANCE = `(css) => { const [r, g, b] = css.match(/[\\d.]+/g).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }`;

async function checkColours(page, dark, when) {
	const [back, ink, soft] = await page.value(`(() => { const l = ${LUMINANCE}; const card = document.querySelector('.card');
		return [l(getComputedStyle(card).backgroundColor), l(getComputedStyle(card).color), l(getComputedStyle(document.querySelector('.sub')).color)]; })()`);
	const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	check(`${when}: the background`, dark ? back < 0.2 : back > 0.8, back);
	check(`${when}: text can be read`, contrast(back, ink) >= 7 && contrast(back, soft) >= 4.5, { ink: contrast(back, ink), soft: contrast(back, soft) });
}

async function checkThemes(page) {
	await page.prefer('light');
	await page.settle();
	await checkColours(page, false, 'a light system');
	await page.screenshot(path.join(picturesDir, 'report-light.png'));
	await page.prefer('dark');
	await page.settle();
	await checkColours(page, true, 'a dark system');
	await checkDrawn(page, 'a dark system');
	await page.screenshot(path.join(picturesDir, 'report-dark.png'));
	await page.value(`document.querySelector('[data-theme-choice=light]').click()`);
	await page.settle();
	await checkColours(page, false, 'light by choice on a dark system');
	await page.value(`document.querySelector('[data-theme-choice=auto]').click()`);
	await page.prefer('light');
	await page.settle();
	await checkColours(page, false, 'as the system again');
}

async function checkPhone(page) {
	await page.resize(PHONE);
	await page.settle();
	await page.settle();
	same('a phone: width of the page', await page.value('document.documentElement.scrollWidth'), PHONE.width);
	await checkDrawn(page, 'a phone');
	check('a phone: letters are not tiny', (await page.value(`Math.min(...[...document.querySelectorAll('td, p, dd, dt')].filter((n) => n.textContent.trim()).map((n) => parseFloat(getComputedStyle(n).fontSize)))`)) >= 12);
	await page.screenshot(path.join(picturesDir, 'report-phone.png'));
}

async function main() {
	const browser = new Browser();
	try {
		const page = await browser.open(`file://${path.resolve(pageFile)}`, DESKTOP);
		check('no horizontal scrolling on a desktop', await page.value('document.documentElement.scrollWidth <= innerWidth'));
		await checkFigures(page);
		await checkFolded(page);
		await checkMissing(page);
		await checkDrawn(page, 'a desktop');
		await checkKeys(page);
		await checkNames(page);
		await checkThemes(page);
		await checkPhone(page);
		same('errors and warnings of the console', page.errors, []);
		same('what the page asked for', page.requests.filter((url) => !url.startsWith('file:')), []);
		check('nothing of a result is markup', !(await page.value('window.injected')));
	} finally {
		await browser.close();
	}
	process.exitCode = nrFailed ? 1 : 0;
}

main().catch((error) => {
	console.log(`FAILED: ${error.stack}`);
	process.exit(1);
});
