/* SPDX-License-Identifier: MIT */
/* This machine: the files of /proc and /sys as texts, and what the machine below us says. */
#include "input_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "input/host_ranges.h"

static const char iomem[] = "00000000-00000fff : Reserved\n"
			    "00001000-0009fbff : System RAM\n"
			    "00100000-bfffffff : System RAM\n"
			    "  01000000-022090c7 : Kernel code\n"
			    "  03b34000-03c57fff : Kernel bss\n"
			    "c0000000-febfffff : PCI Bus 0000:00\n"
			    "100000000-63fffffff : System RAM\n"
			    "640000000-73fffffff : Persistent Memory\n"
			    "  640000000-67fffffff : dax0.0\n"
			    "    640000000-67fffffff : System RAM (kmem)\n";

static void test_iomem_gives_memory_at_any_depth_and_the_kernel(void **state)
{
	struct mmi_host_ranges ranges = {0};
	bool is_hidden = true;

	(void)state;
	assert_int_equal(mmi_proc_iomem_read(&ranges, iomem, strlen(iomem), &is_hidden, NULL), 1);
	assert_false(is_hidden);
	assert_int_equal(ranges.memory.nr, 4);
	assert_int_equal(ranges.memory.items[2].start, 4 * GIB);
	assert_int_equal(ranges.memory.items[3].end, 26 * GIB);
	assert_int_equal(ranges.reserved.nr, 3);
	assert_int_equal(ranges.reserved.items[1].end, 0x22090c8);
	assert_int_equal(ranges.persistent.nr, 1);
	mmi_host_ranges_deinit(&ranges);
}

static void test_hidden_addresses_are_noticed(void **state)
{
	static const char hidden[] = "00000000-00000000 : Reserved\n"
				     "00000000-00000000 : System RAM\n"
				     "  00000000-00000000 : Kernel code\n";
	struct mmi_host_ranges ranges = {0};
	bool is_hidden = false;

	(void)state;
	assert_int_equal(mmi_proc_iomem_read(&ranges, hidden, strlen(hidden), &is_hidden, NULL), 0);
	assert_true(is_hidden);
	assert_int_equal(ranges.memory.nr, 0);
	mmi_host_ranges_deinit(&ranges);
}

static void test_a_bad_iomem_line_is_named(void **state)
{
	static const char bad[] = "00001000-0009fbff : System RAM\n00100000 System RAM\n";
	struct mmi_host_ranges ranges = {0};
	struct mmi_error err = {0};
	bool is_hidden;

	(void)state;
	assert_int_equal(mmi_proc_iomem_read(&ranges, bad, strlen(bad), &is_hidden, &err), -EINVAL);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 9);
	mmi_host_ranges_deinit(&ranges);
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_the_firmware_map_is_read_entry_by_entry(void **state)
{
	static const char *const entries[][3] = {
	    {"0x0\n", "0x9fbff\n", "System RAM\n"},
	    {"0x9fc00\n", "0xfffff\n", "Reserved\n"},
	    {"0x100000\n", "0x3fffffff\n", "System RAM\n"},
	    {"0x40000000\n", "0x7fffffff\n", "Soft Reserved\n"},
	};
	static const char *const names[] = {"start", "end", "type"};
	char directory[] = "/tmp/mminit-memmap-XXXXXX", path[256];
	struct mmi_host_ranges ranges = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (unsigned i = 0; i < ARRAY_NR(entries); i++) {
		snprintf(path, sizeof(path), "%s/%u", directory, i);
		assert_int_equal(mkdir(path, 0700), 0);
		for (int part = 0; part < 3; part++)
			write_file(path, names[part], entries[i][part]);
	}
	assert_int_equal(mmi_firmware_memmap_read(&ranges, directory, NULL), 1);
	assert_int_equal(ranges.memory.nr, 2);
	assert_int_equal(ranges.memory.items[1].end, GIB);
	assert_int_equal(ranges.persistent.nr, 1);
	mmi_host_ranges_deinit(&ranges);
	for (unsigned i = 0; i < ARRAY_NR(entries); i++) {
		for (int part = 0; part < 3; part++) {
			snprintf(path, sizeof(path), "%s/%u/%s", directory, i, names[part]);
			unlink(path);
		}
		snprintf(path, sizeof(path), "%s/%u", directory, i);
		rmdir(path);
	}
	rmdir(directory);
	assert_int_equal(mmi_firmware_memmap_read(&ranges, directory, NULL), 0);
}

static void test_a_bad_firmware_entry_is_refused(void **state)
{
	struct mmi_host_ranges ranges = {0};
	struct mmi_error err = {0};

	(void)state;
	assert_int_equal(mmi_firmware_memmap_add(&ranges, "0x2000", "0x1000", "System RAM", &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "0x2000"));
	assert_int_equal(mmi_firmware_memmap_add(&ranges, "none", "0x1000", "System RAM", NULL),
			 -EINVAL);
	mmi_host_ranges_deinit(&ranges);
}

static const char zoneinfo[] = "Node 0, zone      DMA\n"
			       "  per-node stats\n"
			       "      nr_inactive_anon 2545\n"
			       "  pages free     3840\n"
			       "        spanned  4095\n"
			       "        present  3998\n"
			       "        managed  3840\n"
			       "  start_pfn:           1\n"
			       "Node 0, zone   Normal\n"
			       "        spanned  65536\n"
			       "        present  60000\n"
			       "        managed  59000\n"
			       "  start_pfn:           1048576\n"
			       "Node 1, zone  Movable\n"
			       "        spanned  32768\n"
			       "        present  32768\n"
			       "        managed  32768\n"
			       "  start_pfn:           1114112\n";

static void test_zoneinfo_gives_spans_and_guesses_memory(void **state)
{
	struct mmi_byte_ranges spans = {0}, memory = {0};
	struct mmi_zoneinfo zones = {0};

	(void)state;
	assert_int_equal(mmi_zoneinfo_read(&zones, zoneinfo, strlen(zoneinfo), NULL), 0);
	assert_int_equal(zones.nr, 3);
	assert_int_equal(zones.zones[1].type, MMI_ZONE_NORMAL);
	assert_int_equal(zones.zones[1].nr_managed_pages, 59000);
	assert_int_equal(zones.zones[2].nid, 1);
	assert_int_equal(mmi_zoneinfo_spans(&zones, 12, &spans, NULL), 0);
	assert_int_equal(spans.nr, 3);
	assert_int_equal(spans.items[0].start, 4096);
	assert_int_equal(spans.items[1].end, (1048576ull + 65536) << 12);
	assert_int_equal(mmi_zoneinfo_memory(&zones, 12, &memory, NULL), 0);
	assert_int_equal(memory.items[1].end, (1048576ull + 60000) << 12);
	assert_int_equal(memory.items[2].nid, 1);
	mmi_byte_ranges_deinit(&spans);
	mmi_byte_ranges_deinit(&memory);
	mmi_zoneinfo_deinit(&zones);
}

static void test_an_unknown_zone_is_named(void **state)
{
	struct mmi_zoneinfo zones = {0};
	struct mmi_error err = {0};

	(void)state;
	assert_int_equal(mmi_zoneinfo_read(&zones, "Node 0, zone  HighMem\n", 22, &err), -EINVAL);
	assert_int_equal(err.column, 15);
	assert_int_equal(zones.nr, 0);
}

static void test_this_machine_is_a_machine(void **state)
{
	struct mmi_machine *machine = NULL;
	struct mmi_input_info info;
	struct mmi_error err = {0};

	if (mmi_input_this_machine(*state, NULL, &machine, &info, &err)) {
		/* A container may hide all of its memory; then it must say so. */
		assert_non_null(strstr(err.text, "expected"));
		return;
	}
	assert_int_equal(info.format, MMI_INPUT_THIS_MACHINE);
	assert_non_null(strstr(info.sources, "hwloc"));
	assert_int_equal(mmi_machine_check(machine, NULL), 0);
	assert_true(machine->nr_cpus > 0);
	/* What the kernel manages is less than what there is. */
	assert_true(machine->nr_present_pages >= (uint64_t)sysconf(_SC_PHYS_PAGES));
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_iomem_gives_memory_at_any_depth_and_the_kernel),
	    cmocka_unit_test(test_hidden_addresses_are_noticed),
	    cmocka_unit_test(test_a_bad_iomem_line_is_named),
	    cmocka_unit_test(test_the_firmware_map_is_read_entry_by_entry),
	    cmocka_unit_test(test_a_bad_firmware_entry_is_refused),
	    cmocka_unit_test(test_zoneinfo_gives_spans_and_guesses_memory),
	    cmocka_unit_test(test_an_unknown_zone_is_named),
	    serial_test(test_this_machine_is_a_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
