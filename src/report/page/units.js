/* SPDX-License-Identifier: MIT */
/* Numbers as people read them. */
const units = {
	count(n) {
		return Number.isFinite(n) ? n.toLocaleString('en-US', { maximumFractionDigits: 3 }) : '–';
	},

	/* So many decimals, so that columns line up. */
	fixed(n, digits = 2) {
		return Number.isFinite(n) ? n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }) : '–';
	},

	/* At most so many, and no zeros for nothing. */
	short(n, digits = 2) {
		return Number.isFinite(n) ? n.toLocaleString('en-US', { maximumFractionDigits: digits }) : '–';
	},

	bytes(n) {
		if (!Number.isFinite(n))
			return '–';
		const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
		let i = 0;
		while (i < names.length - 1 && n >= 1024) {
			n /= 1024;
			i++;
		}
		return `${units.short(n, n < 10 ? 2 : 1)} ${names[i]}`;
	},

	time(ns) {
		if (!Number.isFinite(ns))
			return '–';
		for (const [size, name] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']])
			if (Math.abs(ns) >= size)
				return `${units.short(ns / size, Math.abs(ns) >= 100 * size ? 1 : 2)} ${name}`;
		return `${units.short(ns)} ns`;
	},

	pfn(n) {
		return Number.isFinite(n) ? '0x' + n.toString(16) : '–';
	},

	range(start, end) {
		return `[${units.pfn(start)}, ${units.pfn(end)})`;
	},

	percent(share, digits = 1) {
		return Number.isFinite(share) ? `${units.fixed(100 * share, digits)}%` : '–';
	},

	/* +3.1%: how much more than 1. */
	excess(ratio) {
		return Number.isFinite(ratio) ? (ratio >= 1 ? '+' : '−') + units.percent(Math.abs(ratio - 1)) : '–';
	},

	/* "3 nodes", "1 node" */
	plural(n, noun) {
		return `${units.count(n)} ${noun}${n === 1 ? '' : 's'}`;
	},

	/* A struct page is 64 bytes: bytes a nanosecond are 10^9 bytes a second. */
	gbPerSecond(nsPerPage) {
		return nsPerPage > 0 ? 64 / nsPerPage : NaN;
	},
};
