/* SPDX-License-Identifier: MIT */
/* Draws every result that the page holds. */
const kinds = {
	run: ['Initialisation', runResult], tune: ['Tuning', tuneResult], plan: ['Plan', planResult], machine: ['Machine', machineResult],
	verify: ['Verification', verifyResult], replay: ['Replay', replayResult], stress: ['Stress', stressResult],
	predict: ['Prediction', predictResult], compare: ['Comparison', compareResult], audit: ['Audit', auditResult],
};

/* One part that cannot be drawn must not take the others with it. */
function drawResult(result, i) {
	const id = `r${i}`;
	const document_ = object(result.document);
	const kind = String(document_.schema || '').replace(/^mminit-/, '').replace(/\/\d+$/, '');
	const [title, draw] = kinds[kind];
	const machine = object(document_.machine);
	const article = element('article', { id, 'data-kind': kind, 'aria-labelledby': `${id}-title` },
		element('header', null, element('p', { class: 'kicker' }, title), element('h2', { id: `${id}-title` }, machine.name || result.name),
			element('p', { class: 'sub' }, `${result.name} · ${document_.schema}`)));
	try {
		article.append(...draw(id, document_).filter(Boolean));
	} catch (error) {
		console.error(error);
		article.append(missing(`This result could not be drawn: ${error.message}`));
	}
	return [article, `${title}: ${machine.name || result.name}`];
}

function start() {
	const results = JSON.parse(document.getElementById('results').textContent);
	const main = document.getElementById('results-begin');
	const contents = document.getElementById('contents');

	theme.start();
	main.replaceChildren();
	results.forEach((result, i) => {
		const [article, name] = drawResult(result, i);
		main.append(article);
		contents.append(element('a', { href: `#r${i}` }, name));
	});
	document.title = `mminit report: ${results.map((r) => r.name).join(', ')}`;
	document.documentElement.dataset.drawn = results.length;
}

start();
