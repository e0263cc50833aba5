/* SPDX-License-Identifier: MIT */
/* A verdict as JSON: every invariant, and where one is broken, the first place. */
#include "report/json_parts.h"

static const char *const judgement_names[] = {
    [MMI_NOT_JUDGED] = "not judged",
    [MMI_HOLDS] = "holds",
    [MMI_BROKEN] = "broken",
};

static json_t *place_json(const struct mmi_invariant_verdict *v, const struct mmi_plan *plan)
{
	json_t *place =
	    json_pack("{s:I, s:I, s:I, s:i}", "pfn", (json_int_t)v->pfn, "block_pfn",
		      (json_int_t)v->block_pfn, "chunk", (json_int_t)v->chunk, "worker", v->worker);
	bool failed = !place;

	if (v->chunk >= 0 && (uint64_t)v->chunk < plan->nr_chunks) {
		const struct mmi_chunk *chunk = &plan->chunks[v->chunk];
		mmi_json_set(place, "chunk_start_pfn", mmi_json_count(chunk->start_pfn), &failed);
		mmi_json_set(place, "chunk_end_pfn", mmi_json_count(chunk->end_pfn), &failed);
	}
	return mmi_json_done(place, failed);
}

static json_t *invariant_json(const struct mmi_invariant_verdict *v, unsigned number,
			      const struct mmi_plan *plan)
{
	json_t *object = json_pack(
	    "{s:i, s:s, s:s, s:I}", "number", (int)number, "text", mmi_invariant_text(number),
	    "judgement", judgement_names[v->judgement], "checks", (json_int_t)v->nr_checks);
	bool failed = !object;

	if (v->judgement != MMI_HOLDS)
		mmi_json_set(object, "why", mmi_json_text(v->why), &failed);
	if (v->judgement == MMI_BROKEN) {
		mmi_json_set(object, "offences", mmi_json_count(v->nr_offences), &failed);
		mmi_json_set(object, "first", place_json(v, plan), &failed);
	}
	return mmi_json_done(object, failed);
}

json_t *mmi_json_verdict(const struct mmi_verdict *verdict, const struct mmi_plan *plan)
{
	json_t *object = json_object();
	json_t *invariants = json_array();
	bool failed = !object || !invariants;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		mmi_json_append(invariants, invariant_json(&verdict->invariants[i], i, plan),
				&failed);
	mmi_json_set(object, "good", json_boolean(mmi_verdict_is_good(verdict)), &failed);
	mmi_json_set(object, "elapsed_ns", mmi_json_count(verdict->elapsed_ns), &failed);
	mmi_json_set(object, "invariants", invariants, &failed);
	return mmi_json_done(object, failed);
}
