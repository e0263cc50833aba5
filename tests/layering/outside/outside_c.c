/* SPDX-License-Identifier: MIT */
/* A program outside of the tree, in C: boots a small machine and says what it is linked with. */
#include <stdio.h>
#include <mminit/mminit.h>
#include <mminit/platform_native.h>

static int boot(const struct mmi_platform *platform, struct mmi_error *err)
{
	const struct mmi_system_options options = {0};
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;
	int ret;

	ret = mmi_input_shape(platform, "1n:512M", 7, NULL, &machine, NULL, err);
	if (!ret)
		ret = mmi_system_create(machine, &options, &system, err);
	if (!ret)
		ret = mmi_system_boot(system, err);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return ret;
}

int main(void)
{
	struct mmi_platform *platform = NULL;
	struct mmi_error err = {0};
	int ret;

	ret = mmi_platform_native_create(NULL, &platform, &err);
	if (!ret)
		ret = boot(platform, &err);
	mmi_platform_native_destroy(platform);
	if (ret) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	puts(mmi_verify_is_checked_core() ? "booted, checked" : "booted");
	return 0;
}
