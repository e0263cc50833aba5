/* SPDX-License-Identifier: MIT */
/* A verdict as text: which invariants hold, and the first place where one does not. */
#include <inttypes.h>

#include "report/text.h"

static const char *const judgement_words[] = {
    [MMI_NOT_JUDGED] = "not judged",
    [MMI_HOLDS] = "holds",
    [MMI_BROKEN] = "BROKEN",
};

static unsigned print_numbers(FILE *out, const struct mmi_verdict *verdict,
			      enum mmi_judgement judgement)
{
	unsigned nr = 0;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (verdict->invariants[i].judgement == judgement) {
			fprintf(out, " %u", i);
			nr++;
		}
	return nr;
}

static unsigned count_judged(const struct mmi_verdict *verdict, enum mmi_judgement judgement)
{
	unsigned nr = 0;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		nr += verdict->invariants[i].judgement == judgement;
	return nr;
}

static void print_in_short(FILE *out, const struct mmi_verdict *verdict, const char *checked_hint,
			   const struct mmi_report_style *style)
{
	fputs("verify    ", out);
	if (count_judged(verdict, MMI_HOLDS)) {
		mmi_text_coloured(out, MMI_COLOUR_GOOD, "hold:", style);
		print_numbers(out, verdict, MMI_HOLDS);
	}
	if (count_judged(verdict, MMI_BROKEN)) {
		mmi_text_coloured(out, MMI_COLOUR_BAD, "; BROKEN:", style);
		print_numbers(out, verdict, MMI_BROKEN);
	}
	if (count_judged(verdict, MMI_NOT_JUDGED)) {
		fputs("; not judged:", out);
		print_numbers(out, verdict, MMI_NOT_JUDGED);
		if (checked_hint)
			fprintf(out, " (%s)", checked_hint);
	}
	fputc('\n', out);
}

static void print_at_length(FILE *out, const struct mmi_verdict *verdict,
			    const struct mmi_report_style *style)
{
	fputs("verify\n", out);
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++) {
		const struct mmi_invariant_verdict *v = &verdict->invariants[i];
		const bool judged = v->judgement != MMI_NOT_JUDGED;
		fprintf(out, "%6u  ", i);
		if (judged)
			mmi_text_coloured(
			    out, v->judgement == MMI_HOLDS ? MMI_COLOUR_GOOD : MMI_COLOUR_BAD,
			    judgement_words[v->judgement], style);
		else
			fputs(judgement_words[v->judgement], out);
		fprintf(out, ": %s", mmi_invariant_text(i));
		if (judged)
			fprintf(out, " (checks: %" PRIu64 ")\n", v->nr_checks);
		else
			fprintf(out, " (%s)\n", v->why);
	}
}

void mmi_text_verdict(FILE *out, const struct mmi_verdict *verdict, const char *checked_hint,
		      const struct mmi_report_style *style)
{
	if (style->verbose)
		print_at_length(out, verdict, style);
	else
		print_in_short(out, verdict, checked_hint, style);
}

static void print_place(FILE *out, const struct mmi_invariant_verdict *v,
			const struct mmi_plan *plan)
{
	fprintf(out, "          first at PFN 0x%" PRIx64 ", in the block at 0x%" PRIx64, v->pfn,
		v->block_pfn);
	if (v->chunk >= 0 && (uint64_t)v->chunk < plan->nr_chunks)
		fprintf(out, ", chunk %" PRId64 " [0x%" PRIx64 ", 0x%" PRIx64 ")", v->chunk,
			plan->chunks[v->chunk].start_pfn, plan->chunks[v->chunk].end_pfn);
	else
		fputs(", in no chunk", out);
	if (v->worker >= 0)
		fprintf(out, ", worker %d", v->worker);
	else
		fputs(", worker not known", out);
	fprintf(out, "; places: %" PRIu64 "\n", v->nr_offences);
}

void mmi_report_broken_text(FILE *out, const struct mmi_verdict *verdict,
			    const struct mmi_plan *plan, const char *reproduce,
			    const struct mmi_report_style *style)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++) {
		const struct mmi_invariant_verdict *v = &verdict->invariants[i];
		if (v->judgement != MMI_BROKEN)
			continue;
		mmi_text_coloured(out, MMI_COLOUR_BAD, "broken", style);
		fprintf(out, "    invariant %u: %s\n          %s\n", i, mmi_invariant_text(i),
			v->why);
		print_place(out, v, plan);
	}
	if (!mmi_verdict_is_good(verdict))
		fprintf(out, "again     %s\n", reproduce);
}
