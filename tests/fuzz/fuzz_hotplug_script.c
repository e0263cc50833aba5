/* SPDX-License-Identifier: MIT */
/* Scripts of hotplug steps. */
#include "fuzz/fuzz_target.h"

#include "mminit/hotplug_script.h"

static void expect_step(const struct mmi_hotplug_step *step)
{
	fuzz_expect(mmi_hotplug_word_name(step->word) != NULL);
	fuzz_expect(step->first_block <= step->last_block);
	fuzz_expect(step->last_block < MMI_MAX_BLOCK_NUMBER);
	fuzz_expect(step->last_block - step->first_block < MMI_MAX_STEP_BLOCKS);
	fuzz_expect(step->nid >= -1 && step->nid < MMI_MAX_NODES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_hotplug_script script;
	struct mmi_error err = {0};
	const int ret = mmi_hotplug_script_parse(&script, (const char *)data, size, &err);

	if (ret) {
		fuzz_expect_error(ret, &err, data, size);
		fuzz_expect(!script.steps);
		return 0;
	}
	fuzz_expect(script.nr_steps && script.nr_steps <= MMI_MAX_HOTPLUG_STEPS);
	for (size_t i = 0; i < script.nr_steps; i++)
		expect_step(&script.steps[i]);
	mmi_hotplug_script_release(&script);
	return 0;
}
