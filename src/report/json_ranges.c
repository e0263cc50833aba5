/* SPDX-License-Identifier: MIT */
/* Ranges of PFNs as JSON: where memory lies, and what of it is early. */
#include "report/json_parts.h"

json_t *mmi_json_mem_ranges(const struct mmi_mem_range *ranges, size_t nr)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < nr; i++)
		mmi_json_append(array,
				json_pack("{s:I, s:I, s:i, s:I}", "start_pfn",
					  (json_int_t)ranges[i].start_pfn, "end_pfn",
					  (json_int_t)ranges[i].end_pfn, "nid", ranges[i].nid,
					  "flags", (json_int_t)ranges[i].flags),
				&failed);
	return mmi_json_done(array, failed);
}

json_t *mmi_json_pfn_ranges(const struct mmi_pfn_range *ranges, size_t nr)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < nr; i++)
		mmi_json_append(array,
				json_pack("{s:I, s:I}", "start_pfn",
					  (json_int_t)ranges[i].start_pfn, "end_pfn",
					  (json_int_t)ranges[i].end_pfn),
				&failed);
	return mmi_json_done(array, failed);
}

json_t *mmi_json_memory(const struct mmi_machine *machine)
{
	return mmi_json_mem_ranges(machine->memory, machine->nr_memory);
}

json_t *mmi_json_early(const struct mmi_plan *plan)
{
	return mmi_json_pfn_ranges(plan->early, plan->nr_early);
}
