/* SPDX-License-Identifier: MIT */
/* Assembles one machine from the rooms above, boots it and takes it apart. */
#include <errno.h>

#include "mminit/system.h"

int mmi_system_create(const struct mmi_machine *machine, const struct mmi_system_options *options,
		      struct mmi_system **system_out, struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	struct mmi_system *system = platform->ops->alloc(platform->ctx, sizeof(*system));
	int ret;

	*system_out = NULL;
	if (!system)
		return mmi_error_set(err, -ENOMEM, "no memory for a system");
	system->platform = platform;
	system->options = *options;
	system->options.plan.no_huge_pages = options->memmap.no_huge_pages;
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	ret = mmi_mem_init(&system->mem, machine, &options->memmap, err);
	system->backing_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
	if (!ret)
		ret = mmi_deferred_plan(options->run.ops, &system->plan, &system->mem.layout,
					&system->options.plan, err);
	system->plan_ns = platform->ops->clock_ns(platform->ctx) - start_ns - system->backing_ns;
	if (ret)
		mmi_system_destroy(system);
	else
		*system_out = system;
	return ret;
}

int mmi_system_boot(struct mmi_system *system, struct mmi_error *err)
{
	if (system->run.plan)
		return mmi_error_set(err, -EBUSY, "a system is booted once");
	const int ret =
	    mmi_deferred_run(&system->run, &system->mem, &system->plan, &system->options.run, err);
	system->booted = !ret;
	return ret;
}

int mmi_system_start(struct mmi_system *system, struct mmi_error *err)
{
	if (system->run.plan)
		return mmi_error_set(err, -EBUSY, "a system is booted once");
	return mmi_deferred_start(&system->run, &system->mem, &system->plan, &system->options.run,
				  err);
}

void mmi_system_finish(struct mmi_system *system)
{
	mmi_deferred_finish(&system->run);
	system->booted = true;
}

struct mmi_alloc *mmi_system_alloc(struct mmi_system *system, struct mmi_error *err)
{
	if (!system->alloc)
		mmi_alloc_create(&system->mem, &system->run, &system->alloc, err);
	return system->alloc;
}

struct mmi_hotplug *mmi_system_hotplug(struct mmi_system *system, struct mmi_error *err)
{
	if (system->hotplug)
		return system->hotplug;
	if (!system->booted) {
		mmi_error_set(err, -EINVAL,
			      "memory hotplug: all memory is to be initialised first");
		return NULL;
	}
	struct mmi_alloc *alloc = mmi_system_alloc(system, err);
	if (alloc)
		mmi_hotplug_create(alloc, &system->options.hotplug, &system->hotplug, err);
	return system->hotplug;
}

void mmi_system_destroy(struct mmi_system *system)
{
	if (!system)
		return;
	const struct mmi_platform *platform = system->platform;
	mmi_hotplug_destroy(system->hotplug);
	mmi_alloc_destroy(system->alloc);
	mmi_deferred_run_deinit(&system->run, &system->mem);
	mmi_plan_deinit(&system->plan);
	mmi_mem_deinit(&system->mem);
	platform->ops->free(platform->ctx, system, sizeof(*system));
}
