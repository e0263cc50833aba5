/* SPDX-License-Identifier: MIT */
/* Boot logs as statements: the messages and dumps that replay holds against its own figures. */
#include "fuzz/fuzz_target.h"

#include "mminit/replay.h"

/* Replay's time grows with the machine, not with the text: that of a large one is no hang. */
#define MAX_PAGES ((uint64_t)64 << 30 >> 12)

static bool is_small(const struct mmi_platform *platform, const uint8_t *data, size_t size)
{
	struct mmi_machine *machine = NULL;
	bool small = true;

	if (!mmi_input_boot_log(platform, (const char *)data, size, NULL, &machine, NULL, NULL))
		small = machine->nr_present_pages <= MAX_PAGES;
	mmi_machine_destroy(machine);
	return small;
}

static void replay_log(const struct mmi_platform *platform, const uint8_t *data, size_t size)
{
	static const struct mmi_replay_options options = {.input.by_rules = true};
	struct mmi_replay *replay = NULL;
	struct mmi_error err = {0};
	const int ret =
	    mmi_replay_text(platform, (const char *)data, size, &options, &replay, &err);
	size_t nr_judged = 0;

	if (ret) {
		fuzz_expect_error(ret, &err, data, size);
	} else {
		for (int i = 0; i < MMI_NR_FIGURE_VERDICTS; i++)
			nr_judged += replay->nr_by_verdict[i];
		fuzz_expect(nr_judged == replay->nr_figures);
	}
	mmi_replay_destroy(replay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_platform *platform = fuzz_platform();

	if (is_small(platform, data, size))
		replay_log(platform, data, size);
	mmi_platform_serial_destroy(platform);
	return 0;
}
