/* SPDX-License-Identifier: MIT */
/* Light and dark: as the system has it, or as the reader chose.  Canvases are drawn again. */
const theme = {
	redraws: [],

	/* The value of a colour of the style sheet, as it is now. */
	color(name) {
		return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	},

	/* One of eight, round and round. */
	colorName(i) {
		return `--c${((i % 8) + 8) % 8}`;
	},

	onChange(redraw) {
		theme.redraws.push(redraw);
	},

	start() {
		const dark = window.matchMedia('(prefers-color-scheme: dark)');
		const buttons = [...document.querySelectorAll('[data-theme-choice]')];
		let choice = 'auto';

		const show = () => {
			const isDark = choice === 'dark' || (choice === 'auto' && dark.matches);
			document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
			for (const button of buttons)
				button.setAttribute('aria-pressed', String(button.dataset.themeChoice === choice));
			theme.redraws.forEach((redraw) => redraw());
		};

		for (const button of buttons)
			button.addEventListener('click', () => {
				choice = button.dataset.themeChoice;
				show();
			});
		dark.addEventListener('change', show);
		show();
	},
};
