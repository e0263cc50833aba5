/* SPDX-License-Identifier: MIT */
/* The facts and dumps of a boot log alone: they are read also where no machine comes out of it. */
#include "fuzz/fuzz_target.h"

#include "replay/log_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_log_facts facts;
	struct mmi_error err = {0};
	const int ret = mmi_log_facts_init(&facts, (const char *)data, size, &err);

	if (ret)
		fuzz_expect_error(ret, &err, data, size);
	for (size_t i = 0; !ret && i < facts.nr_events; i++)
		fuzz_expect(facts.events[i].kind != MMI_LOG_STEP ||
			    facts.events[i].step < facts.nr_steps);
	for (size_t i = 0; !ret && i < facts.nr_steps; i++)
		for (size_t n = 0; n < facts.steps[i].nr_runs; n++)
			fuzz_expect(facts.steps[i].runs[n].start_pfn <=
				    facts.steps[i].runs[n].end_pfn);
	mmi_log_facts_deinit(&facts);
	return 0;
}
