// SPDX-License-Identifier: MIT
// Drives a headless Chromium through its debugging pipe: file descriptors 3 and 4, one JSON message
// after another, each ended by a zero byte.  Needs nothing but node.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ANSWER_MS = 60000; // a machine under load is slow, not broken

function findBrowser() {
	const folders = (process.env.PATH || '').split(':');
	return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => fs.existsSync(file));
}

class Browser {
	constructor() {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'mminit-browser-'));
		this.child = spawn(findBrowser(), [
			'--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
			'--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`,
		], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: this.profile } });
		this.ended = new Promise((resolve) => this.child.once('exit', resolve));
		this.last = 0;
		this.answers = new Map();
		this.listeners = [];
		this.rest = Buffer.alloc(0);
		this.child.stdio[3].on('error', () => {});
		this.child.stdio[4].on('data', (data) => this.read(data));
	}

	read(data) {
		this.rest = Buffer.concat([this.rest, data]);
		for (let end = this.rest.indexOf(0); end >= 0; end = this.rest.indexOf(0)) {
			const message = JSON.parse(this.rest.subarray(0, end).toString('utf8'));
			this.rest = this.rest.subarray(end + 1);
			if (message.id) {
				const { resolve, reject } = this.answers.get(message.id);
				this.answers.delete(message.id);
				if (message.error)
					reject(new Error(message.error.message));
				else
					resolve(message.result);
			} else {
				this.listeners.forEach((listener) => listener(message));
			}
		}
	}

	send(method, params = {}, sessionId = undefined) {
		const id = ++this.last;
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), ANSWER_MS);
			const settle = (how) => (value) => {
				clearTimeout(timer);
				how(value);
			};
			this.answers.set(id, { resolve: settle(resolve), reject: settle(reject) });
			this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
		});
	}

	async open(url, size) {
		const page = new Page(this);
		await page.open(url, size);
		return page;
	}

	async close() {
		await this.send('Browser.close').catch(() => this.child.kill('SIGKILL'));
		await this.ended;
		fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}
}

// One tab; what its console said that should not be there is in errors, what it asked for in requests.
class Page {
	constructor(browser) {
		this.browser = browser;
		this.errors = [];
		this.requests = [];
	}

	send(method, params) {
		return this.browser.send(method, params, this.session);
	}

	hear({ method, params, sessionId }) {
		if (sessionId !== this.session)
			return;
		if (method === 'Runtime.exceptionThrown')
			this.errors.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
		if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type))
			this.errors.push(params.args.map((a) => a.value || a.description).join(' '));
		if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level))
			this.errors.push(params.entry.text);
		if (method === 'Network.requestWillBeSent' && !params.request.url.startsWith('data:'))
			this.requests.push(params.request.url);
	}

	async open(url, size) {
		const { targetId } = await this.browser.send('Target.createTarget', { url: 'about:blank' });
		this.session = (await this.browser.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
		this.browser.listeners.push((message) => this.hear(message));
		for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
			await this.send(`${domain}.enable`);
		await this.resize(size);
		await this.send('Page.navigate', { url });
		await this.until('document.documentElement?.dataset.drawn !== undefined');
		await this.settle();
	}

	resize({ width, height, mobile = false }) {
		return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: mobile ? 2 : 1, mobile });
	}

	prefer(scheme) {
		return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
	}

	// The value of an expression, which is plain data.
	async value(expression) {
		const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
		if (exceptionDetails)
			throw new Error(`${expression}: ${exceptionDetails.exception?.description || exceptionDetails.text}`);
		return result.value;
	}

	async until(expression) {
		const end = Date.now() + ANSWER_MS;
		while (!(await this.value(expression))) {
			if (Date.now() > end)
				throw new Error(`never true: ${expression}`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}

	// Pictures are drawn in frames: after two more, all have been.
	settle() {
		return this.value('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => r(true)))))');
	}

	async key(key) {
		for (const type of ['keyDown', 'keyUp'])
			await this.send('Input.dispatchKeyEvent', { type, key });
		await this.settle();
	}

	async screenshot(file) {
		const { contentSize } = await this.send('Page.getLayoutMetrics').then((m) => ({ contentSize: m.cssContentSize }));
		const { data } = await this.send('Page.captureScreenshot', {
			captureBeyondViewport: true, clip: { x: 0, y: 0, width: contentSize.width, height: Math.min(contentSize.height, 12000), scale: 1 },
		});
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}
}

module.exports = { Browser, findBrowser };
