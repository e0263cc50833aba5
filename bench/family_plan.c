/* SPDX-License-Identifier: MIT */
/* Planning, without touching memory: machines up to 32 TiB. */
#include "families.h"

static const struct mmi_platform *platform;

static void run(struct bench_state *state)
{
	const uint64_t size_bytes = (uint64_t)bench_arg(state, 0) * BENCH_GIB;
	struct mmi_machine *machine = bench_machine_create(platform, size_bytes, 0);
	struct mmi_layout layout = {0};
	struct mmi_error err = {0};

	if (!machine || mmi_layout_init(&layout, machine, &err)) {
		bench_verified(state, err.text);
		mmi_machine_destroy(machine);
		return;
	}
	const struct mmi_plan_params params = {
	    .rule = MMI_CHUNK_FIXED,
	    .chunk_pages = (uint64_t)bench_arg(state, 1) * mmi_section_pages(&machine->geometry),
	};
	int ret = 0;
	while (bench_next(state)) {
		struct mmi_plan plan;
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		ret = mmi_plan_init(&plan, &layout, &params, &err);
		bench_set_time_ns(state, platform->ops->clock_ns(platform->ctx) - start_ns);
		if (!ret)
			ret = mmi_plan_check(&plan, &err);
		bench_set_counter(state, "chunks", (double)plan.nr_chunks);
		mmi_plan_deinit(&plan);
	}
	bench_verified(state, ret ? err.text : NULL);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static const struct bench_family family = {
    "plan", run, {{"GiB", {64, 1024, 32768}, 3}, {"chunk", {1, 8}, 2}}, 2, 10, BENCH_REPETITIONS};

void bench_register_plan(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&family);
}
