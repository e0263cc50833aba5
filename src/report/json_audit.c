/* SPDX-License-Identifier: MIT */
/* An audit as JSON: "mminit-audit/1". */
#include "report/json_parts.h"

static json_t *count_json(const struct mmi_audit_count *count)
{
	return json_pack("{s:I, s:I}", "places", (json_int_t)count->nr_places, "nr",
			 (json_int_t)count->nr);
}

static json_t *kind_json(const struct mmi_audit *audit, enum mmi_audit_kind kind)
{
	json_t *object = count_json(&audit->totals[kind]);
	bool failed = !object;

	mmi_json_set(object, "kind", mmi_json_text(mmi_audit_kind_name(kind)), &failed);
	mmi_json_set(object, "unit", mmi_json_text(mmi_audit_kind_unit(kind)), &failed);
	mmi_json_set(object, "rule",
		     mmi_json_text(mmi_audit_rule(kind, audit->layout->machine->linux_version)),
		     &failed);
	return mmi_json_done(object, failed);
}

static json_t *node_json(const struct mmi_audit_node *node)
{
	json_t *object = json_pack("{s:i, s:i, s:I, s:I}", "nid", node->nid, "max_threads",
				   (int)node->max_threads, "jobs", (json_int_t)node->nr_jobs,
				   "deferred", (json_int_t)node->nr_deferred_pages);
	bool failed = !object;

	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		mmi_json_set(object, mmi_audit_kind_name(kind), count_json(&node->kinds[kind]),
			     &failed);
	return mmi_json_done(object, failed);
}

static json_t *place_json(const struct mmi_audit_place *place)
{
	json_t *object = json_pack(
	    "{s:s, s:i, s:s, s:I, s:I, s:I, s:b}", "kind", mmi_audit_kind_name(place->kind), "nid",
	    place->nid, "zone", mmi_zone_type_name(place->zone), "start_pfn",
	    (json_int_t)place->start_pfn, "end_pfn", (json_int_t)place->end_pfn, "nr",
	    (json_int_t)place->nr, "race", (int)place->is_race);
	bool failed = !object;

	if (place->other_nid >= 0) {
		mmi_json_set(object, "other_nid", json_integer(place->other_nid), &failed);
		mmi_json_set(object, "other_start_pfn", mmi_json_count(place->other_start_pfn),
			     &failed);
		mmi_json_set(object, "other_end_pfn", mmi_json_count(place->other_end_pfn),
			     &failed);
	}
	return mmi_json_done(object, failed);
}

int mmi_report_audit_json(FILE *out, const struct mmi_report_source *source,
			  const struct mmi_audit *audit)
{
	json_t *document = json_object();
	json_t *kinds = json_array(), *nodes = json_array(), *places = json_array();
	bool failed = !document || !kinds || !nodes || !places;

	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		mmi_json_append(kinds, kind_json(audit, kind), &failed);
	for (size_t i = 0; i < audit->layout->machine->nr_nodes; i++)
		mmi_json_append(nodes, node_json(&audit->nodes[i]), &failed);
	for (uint64_t i = 0; i < audit->nr_places; i++)
		mmi_json_append(places, place_json(&audit->places[i]), &failed);
	mmi_json_set(document, "schema", json_string("mminit-audit/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(source), &failed);
	mmi_json_set(document, "clean", json_boolean(mmi_audit_is_clean(audit)), &failed);
	mmi_json_set(document, "kinds", kinds, &failed);
	mmi_json_set(document, "nodes", nodes, &failed);
	mmi_json_set(document, "places", places, &failed);
	return mmi_json_finish(out, document, failed);
}
