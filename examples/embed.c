/* SPDX-License-Identifier: MIT */
/*
 * The library in ten lines: a machine of two nodes is described, initialised and counted.
 *
 * prints: 1048576 pages free in ZONE_NORMAL of node 1
 */
#include <stdio.h>
#include <mminit/mminit.h>
#include <mminit/platform_native.h>

int main(void)
{
	struct mmi_platform *platform = NULL;
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;
	struct mmi_system_options options = {0};
	struct mmi_error err = {0};

	if (!mmi_platform_native_create(NULL, &platform, &err) &&
	    !mmi_input_shape(platform, "2n:4G", 5, NULL, &machine, NULL, &err) &&
	    !mmi_system_create(machine, &options, &system, &err) && !mmi_system_boot(system, &err))
		printf("%llu pages free in ZONE_NORMAL of node 1\n",
		       (unsigned long long)mmi_mem_zone(&system->mem, 1, MMI_ZONE_NORMAL)
			   ->nr_free_pages);
	else
		fprintf(stderr, "%s\n", err.text);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	mmi_platform_native_destroy(platform);
	return err.code ? 1 : 0;
}
