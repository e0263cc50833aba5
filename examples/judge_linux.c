/* SPDX-License-Identifier: MIT */
/*
 * Linux's own orders of work: what an audit foretells of them on a machine with one reserved page,
 * and what is found when they have run.
 *
 * prints: linux-6.1: 511 single frees foretold, 1 pageblock mistyped: foretold 1.linux-7.x: 1023 single frees foretold, 0 pageblocks mistyped: foretold 0
 */
#include <stdio.h>
#include <string.h>
#include <mminit/mminit.h>
#include <mminit/platform_native.h>

static const char shape[] = "1n:4G,reserved=4K@4608M"; /* in the deferred part */

static unsigned long long count_unmovable(const struct mmi_system *system)
{
	const struct mmi_memmap *map = &system->mem.map;
	unsigned long long nr = 0;

	for (uint64_t pfn = map->start_pfn; pfn < map->end_pfn;
	     pfn += mmi_pageblock_pages(&map->geometry))
		nr += mmi_pfn_valid(map, pfn) &&
		      mmi_pageblock_type(map, pfn) == MMI_MIGRATE_UNMOVABLE;
	return nr;
}

static int judge(const struct mmi_platform *platform, enum mmi_linux_version version,
		 struct mmi_error *err)
{
	const struct mmi_input_options input = {.has_linux_version = true,
						.linux_version = version};
	const struct mmi_system_options options = {.run.ops = mmi_linux_strategy(version)};
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;
	struct mmi_audit audit = {0};
	int ret = mmi_input_shape(platform, shape, strlen(shape), &input, &machine, NULL, err);

	if (!ret)
		ret = mmi_system_create(machine, &options, &system, err);
	if (!ret)
		ret = mmi_audit_init(&audit, &system->mem.layout, 0, err);
	if (!ret)
		ret = mmi_system_boot(system, err);
	if (!ret) {
		const unsigned long long nr = count_unmovable(system);
		printf("%s: %llu single frees foretold, %llu pageblock%s mistyped: foretold %llu\n",
		       options.run.ops->name,
		       (unsigned long long)audit.totals[MMI_AUDIT_PAGE_BY_PAGE].nr, nr,
		       nr == 1 ? "" : "s", (unsigned long long)audit.totals[MMI_AUDIT_MISTYPED].nr);
	}
	mmi_audit_deinit(&audit);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return ret;
}

int main(void)
{
	struct mmi_platform *platform = NULL;
	struct mmi_error err = {0};

	if (mmi_platform_native_create(NULL, &platform, &err) ||
	    judge(platform, MMI_LINUX_6_1, &err) || judge(platform, MMI_LINUX_7_X, &err))
		fprintf(stderr, "%s\n", err.text);
	mmi_platform_native_destroy(platform);
	return err.code ? 1 : 0;
}
