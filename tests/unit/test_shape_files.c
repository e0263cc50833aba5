/* SPDX-License-Identifier: MIT */
/* The machines of tests/shapes: what is parsed is what tests/shapes/README.md computes. */
#include "input_fixture.h"

struct node_pages {
	int nid;
	uint64_t nr_pages;
};

struct shape_file {
	const char *name;
	enum mmi_arch arch;
	size_t nr_nodes;
	size_t nr_online;
	size_t nr_cpus;
	size_t nr_memory;
	size_t nr_windows;
	size_t nr_persistent;
	uint64_t nr_present_pages;
	struct node_pages nodes[4]; /* the remarkable ones; all 0: no more */
};

static const struct shape_file files[] = {
    {"16-nodes-12t.log",
     MMI_ARCH_X86_64,
     16,
     16,
     64,
     18,
     0,
     0,
     3221225373,
     {{0, 201326494}, {1, 201326591}, {2, 201326592}, {15, 201326592}}},
    {"32-nodes-no-zone-dma.log",
     MMI_ARCH_X86_64,
     32,
     32,
     64,
     35,
     0,
     0,
     201320031,
     {{0, 6291359}, {1, 6291456}, {3, 6290944}, {31, 6285504}}},
    {"arm64-section-of-two-nodes.log",
     MMI_ARCH_ARM64_4K,
     2,
     2,
     2,
     4,
     0,
     0,
     16760832,
     {{0, 8372224}, {1, 8388608}}},
    {"arm64-64t-up.log",
     MMI_ARCH_ARM64_4K,
     2,
     2,
     2,
     4,
     0,
     0,
     133169152,
     {{0, 66322432}, {1, 66846720}}},
    {"virtual-windows-past-2p49.log",
     MMI_ARCH_X86_64,
     4,
     4,
     8,
     7,
     3,
     0,
     520617885,
     {{0, 327417757}, {1, 58982400}, {2, 67108864}, {3, 67108864}}},
    {"gpu-nodes.log",
     MMI_ARCH_X86_64,
     10,
     2,
     4,
     4,
     0,
     0,
     67108767,
     {{0, 33554335}, {1, 33554432}, {2, 0}, {9, 0}}},
    {"odd-node-ids.log",
     MMI_ARCH_X86_64,
     4,
     4,
     4,
     5,
     0,
     0,
     13107103,
     {{1, 524191}, {3, 4194304}, {5, 4194304}, {7, 4194304}}},
    {"ppc64-node-ids-to-255.log",
     MMI_ARCH_PPC64_64K,
     6,
     6,
     4,
     6,
     0,
     0,
     2097152,
     {{0, 524288}, {8, 524288}, {252, 262144}, {255, 262144}}},
    {"dump-kernel.log", MMI_ARCH_X86_64, 2, 2, 1, 3, 0, 0, 327676, {{0, 65695}, {3, 261981}}},
    {"cxl-soft-reserved.log",
     MMI_ARCH_X86_64,
     2,
     2,
     4,
     4,
     0,
     2,
     201326495,
     {{0, 100663199}, {1, 100663296}}},
    {"cxl-around-hole.log", MMI_ARCH_X86_64, 1, 1, 2, 3, 0, 2, 201129887, {{0, 201129887}}},
    {"riscv-garbage.log", MMI_ARCH_ARM64_4K, 1, 1, 1, 1, 0, 0, 131072, {{0, 131072}}},
    {"248-nodes.log",
     MMI_ARCH_X86_64,
     248,
     248,
     248,
     250,
     0,
     0,
     3966198741,
     {{0, 15507031}, {1, 15990037}, {19, 16019177}, {247, 15999139}}},
    {"cpu-only-and-memory-only.shape",
     MMI_ARCH_X86_64,
     4,
     4,
     5,
     4,
     0,
     0,
     3145728,
     {{0, 1048576}, {1, 1048576}, {2, 0}, {3, 1048576}}},
};

static struct mmi_machine *parse_file(struct mmi_platform *platform, const char *name,
				      struct mmi_input_info *info)
{
	char path[128];
	size_t size_bytes;

	snprintf(path, sizeof(path), "tests/shapes/%s", name);
	char *text = read_source_file(path, &size_bytes);
	struct mmi_machine *machine = parse_sized(platform, text, size_bytes, info);
	free(text);
	return machine;
}

static void check_file(struct mmi_platform *platform, const struct shape_file *file)
{
	struct mmi_machine *machine = parse_file(platform, file->name, NULL);
	size_t nr_online = 0;

	print_message("%s\n", file->name);
	assert_int_equal(mmi_machine_check(machine, NULL), 0);
	assert_int_equal(machine->geometry.arch, file->arch);
	assert_int_equal(machine->nr_nodes, file->nr_nodes);
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_online += machine->nodes[i].online;
	assert_int_equal(nr_online, file->nr_online);
	assert_int_equal(machine->nr_cpus, file->nr_cpus);
	assert_int_equal(machine->nr_memory, file->nr_memory);
	assert_int_equal(machine->nr_windows, file->nr_windows);
	assert_int_equal(machine->nr_persistent, file->nr_persistent);
	assert_int_equal(machine->nr_present_pages, file->nr_present_pages);
	for (size_t i = 0; i < 4 && (!i || file->nodes[i].nid); i++) {
		const int index = mmi_machine_node_index(machine, file->nodes[i].nid);
		assert_true(index >= 0);
		assert_int_equal(machine->nodes[index].nr_present_pages, file->nodes[i].nr_pages);
	}
	mmi_machine_destroy(machine);
}

static void test_every_file_is_the_machine_it_describes(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(files); i++)
		check_file(*state, &files[i]);
}

static void test_a_kernel_without_zone_dma_has_none(void **state)
{
	struct mmi_machine *machine = parse_file(*state, "32-nodes-no-zone-dma.log", NULL);

	assert_false(machine->geometry.zone_mask >> MMI_ZONE_DMA & 1);
	assert_true(machine->geometry.zone_mask >> MMI_ZONE_DMA32 & 1);
	/* Node 3 ends in the middle of a 4 MiB block, node 31 with a range of one MiB. */
	assert_int_equal(machine->memory[machine->nr_memory - 1].start_pfn, 0xc07fc00);
	assert_int_equal(machine->memory[machine->nr_memory - 1].end_pfn, 0xc07fd00);
	mmi_machine_destroy(machine);
}

static void test_two_nodes_share_a_section(void **state)
{
	struct mmi_machine *machine = parse_file(*state, "arm64-section-of-two-nodes.log", NULL);
	const uint64_t section = mmi_section_pages(&machine->geometry);

	assert_int_equal(machine->memory[1].end_pfn, machine->memory[2].start_pfn);
	assert_int_equal(machine->memory[1].nid, 0);
	assert_int_equal(machine->memory[2].nid, 1);
	assert_int_equal(machine->memory[1].end_pfn % section, 0x5000);
	mmi_machine_destroy(machine);
}

static void test_soft_reserved_memory_is_persistent(void **state)
{
	struct mmi_machine *machine = parse_file(*state, "cxl-around-hole.log", NULL);

	assert_int_equal(machine->persistent[0].start_pfn, 0xc050000);
	assert_int_equal(machine->persistent[0].end_pfn, 0xfd00000);
	assert_int_equal(machine->persistent[1].start_pfn, 0x10000000);
	assert_int_equal(machine->persistent[1].end_pfn, 0x10350000);
	mmi_machine_destroy(machine);
}

static void test_garbage_reserves_nothing(void **state)
{
	struct mmi_input_info info;
	struct mmi_machine *machine = parse_file(*state, "riscv-garbage.log", &info);

	assert_int_equal(machine->nr_reserved, 2);
	assert_int_equal(machine->reserved[1].end_pfn, 0xa0000);
	assert_int_equal(machine->geometry.dma32_end_pfn, 0xa0000);
	assert_non_null(strstr(info.notes, "RISC-V"));
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_every_file_is_the_machine_it_describes),
	    serial_test(test_a_kernel_without_zone_dma_has_none),
	    serial_test(test_two_nodes_share_a_section),
	    serial_test(test_soft_reserved_memory_is_persistent),
	    serial_test(test_garbage_reserves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
