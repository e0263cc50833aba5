/* SPDX-License-Identifier: MIT */
/* A replay as text, CSV and JSON. */
#include "mminit/replay.h"

#include <errno.h>
#include <string.h>

#include "report/csv.h"
#include "report/json_parts.h"
#include "report/text.h"

#define WIDEST_NAME  64
#define WIDEST_VALUE 36

static const char *shown(const char *value)
{
	return value ? value : "-";
}

/* Columns as wide as what stands in them, within bounds. */
struct widths {
	int name;
	int linux_value;
	int our_value;
};

static void widen(int *width, const char *text, int widest)
{
	const size_t length = strlen(text);

	if (length > (size_t)*width)
		*width = length > (size_t)widest ? widest : (int)length;
}

static bool is_shown(const struct mmi_figure *figure, const struct mmi_replay_style *style)
{
	return !style->only_different || figure->verdict == MMI_FIGURE_DIFFERS;
}

static struct widths measure(const struct mmi_replay *replay, const struct mmi_replay_style *style)
{
	struct widths widths = {4, 5, 4};

	for (size_t i = 0; i < replay->nr_figures; i++) {
		const struct mmi_figure *figure = &replay->figures[i];
		if (!is_shown(figure, style))
			continue;
		widen(&widths.name, figure->name, WIDEST_NAME);
		widen(&widths.linux_value, shown(figure->linux_value), WIDEST_VALUE);
		widen(&widths.our_value, shown(figure->our_value), WIDEST_VALUE);
	}
	return widths;
}

static void print_figure(FILE *out, const struct mmi_figure *figure, const struct widths *widths)
{
	if (figure->line)
		fprintf(out, "%7u", figure->line);
	else
		fprintf(out, "%7s", "-");
	fprintf(out, "  %-*s  %-*s  %-*s  %s\n", widths->name, figure->name, widths->linux_value,
		shown(figure->linux_value), widths->our_value, shown(figure->our_value),
		mmi_figure_verdict_name(figure->verdict));
}

static void print_unknown(FILE *out, const struct mmi_replay *replay)
{
	fprintf(out, "\nNot known from any log of Linux %s:\n",
		mmi_linux_version_name(replay->machine->linux_version));
	for (size_t i = 0; i < replay->nr_unknown; i++)
		fprintf(out, "  - %s:\n    %s\n", replay->unknown[i].what, replay->unknown[i].why);
}

void mmi_replay_print(FILE *out, const struct mmi_replay *replay,
		      const struct mmi_replay_style *style)
{
	const struct mmi_report_source source = {
	    .name = style->name, .info = &replay->info, .machine = replay->machine};
	const struct widths widths = measure(replay, style);

	if (!style->only_different) {
		mmi_text_machine(out, &source);
		fputs(replay->booted ? "replay     booted by the engine\n"
				     : "replay     counted, not booted: its memmap would not fit\n",
		      out);
		fprintf(out, "\n%7s  %-*s  %-*s  %-*s\n", "line", widths.name, "figure",
			widths.linux_value, "Linux", widths.our_value, "ours");
	}
	for (size_t i = 0; i < replay->nr_figures; i++)
		if (is_shown(&replay->figures[i], style))
			print_figure(out, &replay->figures[i], &widths);
	if (style->only_different)
		return;
	fprintf(out, "\n%zu figures:", replay->nr_figures);
	for (int v = 0; v < MMI_NR_FIGURE_VERDICTS; v++)
		fprintf(out, "%s %zu %s", v ? "," : "", replay->nr_by_verdict[v],
			mmi_figure_verdict_name(v));
	fputc('\n', out);
	print_unknown(out, replay);
}

void mmi_replay_print_csv(FILE *out, const struct mmi_replay *replay)
{
	fputs("line,name,linux,ours,verdict\n", out);
	for (size_t i = 0; i < replay->nr_figures; i++) {
		const struct mmi_figure *figure = &replay->figures[i];
		if (figure->line)
			fprintf(out, "%u", figure->line);
		fputc(',', out);
		mmi_csv_text(out, figure->name);
		fputc(',', out);
		mmi_csv_text(out, figure->linux_value);
		fputc(',', out);
		mmi_csv_text(out, figure->our_value);
		fprintf(out, ",%s\n", mmi_figure_verdict_name(figure->verdict));
	}
}

static json_t *same_json(enum mmi_figure_verdict verdict)
{
	if (verdict == MMI_FIGURE_SAME || verdict == MMI_FIGURE_DIFFERS)
		return json_boolean(verdict == MMI_FIGURE_SAME);
	return json_null();
}

static json_t *figures_json(const struct mmi_replay *replay)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < replay->nr_figures; i++) {
		const struct mmi_figure *figure = &replay->figures[i];
		mmi_json_append(
		    array,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", mmi_json_text(figure->name),
			      "linux", mmi_json_text(figure->linux_value), "ours",
			      mmi_json_text(figure->our_value), "same", same_json(figure->verdict),
			      "verdict", mmi_json_text(mmi_figure_verdict_name(figure->verdict)),
			      "line", figure->line ? mmi_json_count(figure->line) : json_null()),
		    &failed);
	}
	return mmi_json_done(array, failed);
}

static json_t *counts_json(const struct mmi_replay *replay)
{
	const size_t *nr = replay->nr_by_verdict;

	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "figures", (json_int_t)replay->nr_figures,
			 "same", (json_int_t)nr[MMI_FIGURE_SAME], "differ",
			 (json_int_t)nr[MMI_FIGURE_DIFFERS], "not_stated",
			 (json_int_t)nr[MMI_FIGURE_NOT_STATED], "not_known",
			 (json_int_t)nr[MMI_FIGURE_NOT_KNOWN]);
}

static json_t *unknown_json(const struct mmi_replay *replay)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < replay->nr_unknown; i++)
		mmi_json_append(array,
				json_pack("{s:s, s:s}", "what", replay->unknown[i].what, "why",
					  replay->unknown[i].why),
				&failed);
	return mmi_json_done(array, failed);
}

int mmi_replay_print_json(FILE *out, const struct mmi_replay *replay,
			  const struct mmi_replay_style *style)
{
	const struct mmi_report_source source = {
	    .name = style->name, .info = &replay->info, .machine = replay->machine};
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-replay/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(&source), &failed);
	mmi_json_set(document, "booted", json_boolean(replay->booted), &failed);
	mmi_json_set(document, "good", json_boolean(mmi_replay_is_good(replay)), &failed);
	mmi_json_set(document, "counts", counts_json(replay), &failed);
	mmi_json_set(document, "figures", figures_json(replay), &failed);
	mmi_json_set(document, "unknown", unknown_json(replay), &failed);
	return mmi_json_finish(out, document, failed);
}
