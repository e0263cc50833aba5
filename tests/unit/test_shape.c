/* SPDX-License-Identifier: MIT */
/* Shapes: the whole grammar, where memory comes to lie, and what is refused at which column. */
#include "input_fixture.h"

/* Memory as text, in MiB: "0-64@0 128-192@1" */
static void assert_memory(const struct mmi_machine *machine, const char *expected)
{
	const unsigned shift = 20 - machine->geometry.page_shift;
	char text[512] = "";
	size_t length = 0;

	for (size_t i = 0; i < machine->nr_memory && length < sizeof(text); i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		length +=
		    (size_t)snprintf(text + length, sizeof(text) - length, "%s%llu-%llu@%d",
				     i ? " " : "", (unsigned long long)range->start_pfn >> shift,
				     (unsigned long long)range->end_pfn >> shift, range->nid);
	}
	assert_string_equal(text, expected);
}

static void test_memory_lies_where_the_word_says(void **state)
{
	static const struct {
		const char *shape;
		const char *memory;
	} cases[] = {
	    {"1G", "0-1024@0"},
	    {"2n:1G", "0-1024@0 1024-2048@1"},
	    /* 0    2G   3G gap 4G   5G    the gap opens where memory gets to it */
	    {"2n:2G", "0-2048@0 2048-3072@1 4096-5120@1"},
	    {"3G+1G", "0-3072@0 4096-5120@1"},
	    {"2n:2G,pci=0", "0-2048@0 2048-4096@1"},
	    {"2n:2G,pci=2G", "0-2048@0 4096-6144@1"},
	    {"2n:2G,start=4G", "4096-6144@0 6144-8192@1"},
	    {"1G+0+512M", "0-1024@0 1024-1536@2"},
	    {"2n:1G,interleave=512M", "0-512@0 512-1024@1 1024-1536@0 1536-2048@1"},
	    {"1G+512M,interleave=512M", "0-512@0 512-1024@1 1024-1536@0"},
	    {"1G,hole=256M@256M", "0-256@0 512-1024@0"},
	    {"1G,hole=1M@0,hole=1M@1023M", "1-1023@0"},
	    {"2n:1G,persistent=512M@768M", "0-768@0 1280-2048@1"},
	    {"2n:1G,arch=arm64-4k", "1024-2048@0 2048-3072@1"},
	    {"2n:2G,arch=ppc64-64k", "0-2048@0 2048-4096@1"},
	    {"512s,arch=ppc64-64k", "0-8192@0"},
	    {"65536p", "0-256@0"},
	    {"0x40000000", "0-1024@0"},
	    {"# a comment\n# and another\n1G\n", "0-1024@0"},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_machine *machine = parse(*state, cases[i].shape);
		print_message("%s\n", cases[i].shape);
		assert_memory(machine, cases[i].memory);
		assert_int_equal(mmi_machine_check(machine, NULL), 0);
		mmi_machine_destroy(machine);
	}
}

static void test_defaults(void **state)
{
	struct mmi_machine *machine = parse(*state, "3n:1G");

	assert_int_equal(machine->geometry.arch, MMI_ARCH_X86_64);
	assert_int_equal(machine->linux_version, MMI_LINUX_6_1);
	assert_int_equal(machine->nr_cpus, 3);
	assert_int_equal(mmi_machine_distance(machine, 0, 2), 20);
	assert_int_equal(machine->nr_reserved, 1);
	assert_int_equal(machine->reserved[0].end_pfn, 256); /* the first MiB */
	mmi_machine_destroy(machine);
	machine = parse(*state, "1G,arch=arm64-64k");
	assert_int_equal(machine->geometry.page_shift, 16);
	assert_int_equal(machine->nr_reserved, 0);
	mmi_machine_destroy(machine);
}

static void test_options_fill_the_machine(void **state)
{
	struct mmi_machine *machine = parse(
	    *state, "2G+0+2G,linux=6.12,cpus=4/2/0,kernelcore=1G,movablecore=25%,reserved=1M@64M,"
		    "hotplug=8G@16G/2,hotplug=4G@1T/9,persistent=1G@1G");

	assert_int_equal(machine->linux_version, MMI_LINUX_6_12);
	assert_int_equal(machine->nodes[0].nr_cpus, 4);
	assert_int_equal(machine->nodes[1].nr_cpus, 2);
	assert_int_equal(machine->nodes[2].nr_cpus, 0);
	assert_int_equal(machine->nodes[1].nr_present_pages, 0);
	assert_int_equal(machine->kernelcore.unit, MMI_AMOUNT_PAGES);
	assert_int_equal(machine->kernelcore.value, 262144);
	assert_int_equal(machine->movablecore.unit, MMI_AMOUNT_PERCENT);
	assert_int_equal(machine->movablecore.value, 25);
	assert_int_equal(machine->nr_reserved, 2);
	assert_int_equal(machine->reserved[1].start_pfn, 64 * MIB >> 12);
	assert_int_equal(machine->nr_windows, 2);
	assert_int_equal(machine->windows[1].nid, 9);
	assert_int_equal(machine->nodes[3].nid, 9);
	assert_false(machine->nodes[3].online);
	assert_int_equal(machine->nr_persistent, 1);
	assert_int_equal(machine->persistent[0].nid, 0);
	assert_int_equal(machine->persistent[0].end_pfn, 2 * GIB >> 12);
	mmi_machine_destroy(machine);
}

static void test_distances(void **state)
{
	static const struct {
		const char *shape;
		uint16_t distances[16];
	} cases[] = {
	    {"4n:1G,distance=ring",
	     {10, 20, 30, 20, 20, 10, 20, 30, 30, 20, 10, 20, 20, 30, 20, 10}},
	    {"4n:1G,distance=line",
	     {10, 20, 30, 40, 20, 10, 20, 30, 30, 20, 10, 20, 40, 30, 20, 10}},
	    {"2n:1G,distance=flat", {10, 20, 20, 10}},
	    {"2n:1G,distance=10/16/17/10", {10, 16, 17, 10}},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_machine *machine = parse(*state, cases[i].shape);
		for (size_t j = 0; j < machine->nr_nodes * machine->nr_nodes; j++)
			assert_int_equal(machine->distances[j], cases[i].distances[j]);
		mmi_machine_destroy(machine);
	}
}

static void test_versions_are_those_of_the_rules(void **state)
{
	static const struct {
		const char *shape;
		enum mmi_linux_version version;
	} cases[] = {{"1G,linux=4.13", MMI_LINUX_4_13}, {"1G,linux=5.16", MMI_LINUX_5_16},
		     {"1G,linux=6.6", MMI_LINUX_6_1},   {"1G,linux=6.12", MMI_LINUX_6_12},
		     {"1G,linux=7.x", MMI_LINUX_7_X},   {"1G,linux=7.2", MMI_LINUX_7_X}};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_machine *machine = parse(*state, cases[i].shape);
		assert_int_equal(machine->linux_version, cases[i].version);
		mmi_machine_destroy(machine);
	}
}

static void test_bad_shapes_are_refused_at_their_column(void **state)
{
	static const struct {
		const char *shape;
		uint32_t column;
		const char *words;
	} cases[] = {
	    {"0", 1, "above 0"},
	    {"2n:0", 1, "above 0"},
	    {"0n:1G", 1, "1 to 1024 nodes"},
	    {"1025n:1G", 1, "1 to 1024 nodes"},
	    {"2n:", 4, "ends here"},
	    {"2n:64Q", 6, "\"Q\""},
	    {"64G+", 5, "ends here"},
	    {"hello", 1, "a size"},
	    {"18446744073709551616", 1, "2^64"},
	    {"17179869184G", 1, "2^64"},
	    {"2n:16777215T", 1, "2^64"},
	    {"8192T", 1, "architecture's limit"},
	    {"1G,start=4096T", 10, "architecture's limit"},
	    {"1G,", 4, "an option"},
	    {"1G,colour=red", 4, "\"colour=red\""},
	    {"1G,arch=mips", 9, "x86_64"},
	    {"1G,arch=arm64", 9, "arm64-4k"},
	    {"1G,linux=six", 10, "version"},
	    {"2n:1G,cpus=1/2/3", 16, "for each node"},
	    {"3n:1G,cpus=1/2", 15, "for each node"},
	    {"1G,cpus=0", 9, "at least one CPU"},
	    {"1G,cpus=99999999", 9, "65536"},
	    {"1G,cpus=1,cpus=2", 11, "only once"},
	    {"2n:1G,distance=10/20/20", 24, "ends here"},
	    {"2n:1G,distance=10/20/20/10/20", 27, "\",\""},
	    {"2n:1G,distance=11/20/20/10", 16, "a node to itself"},
	    {"2n:1G,distance=10/9/20/10", 19, "10 to 254"},
	    {"2n:1G,distance=10/255/20/10", 19, "10 to 254"},
	    {"2n:1G,distance=star", 16, "ring, line, flat"},
	    {"1G,hole=0@1M", 9, "above 0"},
	    {"1G,hole=1M", 11, "\"@\""},
	    {"1G,hole=1M@8192T", 12, "limit"},
	    {"1G,hole=18446744073709551615@1", 30, "limit"},
	    {"1G,interleave=0", 15, "above 0"},
	    {"16T,interleave=1p", 16, "larger size"},
	    {"1G,pci=5G", 8, "at most 4G"},
	    {"1G,arch=arm64-4k,pci=1G", 22, "x86_64"},
	    {"1G,hotplug=1G@4G", 17, "\"/\""},
	    {"1G,hotplug=1G@4G/1024", 18, "0 to 1023"},
	    {"1G,kernelcore=101%", 15, "100%"},
	    {"1G;cpus=2", 3, "\",\""},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++)
		assert_text_refused_at(*state, cases[i].shape, 1, cases[i].column, cases[i].words);
	assert_text_refused_at(*state, "# two lines of\n# comment\n1G,cpus=x\n", 3, 9, "CPUs");
}

static void test_the_largest_shapes_are_made(void **state)
{
	struct mmi_machine *machine = parse(*state, "1024n:3T,cpus=64,distance=ring");

	assert_int_equal(machine->nr_nodes, 1024);
	assert_int_equal(machine->nr_cpus, 65536);
	assert_int_equal(mmi_machine_distance(machine, 0, 512), 254);
	assert_int_equal(machine->nr_present_pages, (1024ull * 3 << 40) >> 12);
	mmi_machine_destroy(machine);
}

static void test_sizes_of_the_command_line(void **state)
{
	static const struct {
		const char *text;
		uint64_t size_bytes; /* 0: refused */
	} cases[] = {{"512", 512},
		     {"4K", 4096},
		     {"2M", 2 * MIB},
		     {"3G", 3 * GIB},
		     {"1T", 1024 * GIB},
		     {"10p", 40960},
		     {"2s", 256 * MIB},
		     {"0x1000", 4096},
		     {"0x10G", 16 * GIB},
		     {"0x10s", 2 * GIB},
		     {"1.5G", 0},
		     {"0x1p3s", 0},
		     {"16777216T", 0},
		     {"", 0},
		     {"G", 0},
		     {"4Q", 0},
		     {"99999999999999999999", 0},
		     {"4 K", 0},
		     {"-4", 0}};
	struct mmi_geometry geometry;

	(void)state;
	mmi_geometry_init(&geometry, MMI_ARCH_X86_64);
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		uint64_t size_bytes = 0;
		struct mmi_error err = {0};
		const int ret = mmi_input_size(cases[i].text, strlen(cases[i].text), &geometry,
					       &size_bytes, &err);
		assert_int_equal(ret, cases[i].size_bytes ? 0 : -EINVAL);
		assert_int_equal(size_bytes, cases[i].size_bytes);
		assert_int_equal(ret != 0, err.text[0] != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_memory_lies_where_the_word_says),
	    serial_test(test_defaults),
	    serial_test(test_options_fill_the_machine),
	    serial_test(test_distances),
	    serial_test(test_versions_are_those_of_the_rules),
	    serial_test(test_bad_shapes_are_refused_at_their_column),
	    serial_test(test_the_largest_shapes_are_made),
	    cmocka_unit_test(test_sizes_of_the_command_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
