/* SPDX-License-Identifier: MIT */
/* Boot logs line by line: every wording of every source, which source counts, and bad lines. */
#include "input_fixture.h"

#define E820_4G "BIOS-e820: [mem 0x0000000000000000-0x00000000ffffffff] usable\n"

/* Memory as text, in MiB: "0-64@0 128-192@1" */
static void assert_memory(const struct mmi_machine *machine, const char *expected)
{
	char text[512] = "";
	size_t length = 0;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%llu-%llu@%d",
					   i ? " " : "", (unsigned long long)range->start_pfn >> 8,
					   (unsigned long long)range->end_pfn >> 8, range->nid);
	}
	assert_string_equal(text, expected);
}

static void assert_log(void **state, const char *log, const char *memory)
{
	struct mmi_machine *machine = parse(*state, log);

	assert_memory(machine, memory);
	mmi_machine_destroy(machine);
}

static void test_e820_tables_in_all_wordings(void **state)
{
	static const char *const logs[] = {
	    "BIOS-e820: [mem 0x0000000010000000-0x0000000013ffffff] usable\n",
	    "Xen: [mem 0x0000000010000000-0x0000000013ffffff] usable\n",
	    "BIOS-e820: [mem 0x0000000010000000-0x0000000013ffffff]  System RAM\n"
	    "BIOS-e820: [gap 0x0000000014000000-0x00000000effeffff]\n",
	    "BIOS-e820: 0000000010000000 - 0000000014000000 (usable)\n",
	    "user: [mem 0x0000000010000000-0x0000000013ffffff] usable\n",
	    "reserve setup_data: [mem 0x0000000010000000-0x0000000013ffffff] usable\n",
	};
	static const char others[] = "BIOS-e820: [mem 0x20000000-0x20ffffff] reserved\n"
				     "BIOS-e820: [mem 0x21000000-0x21ffffff] ACPI data\n"
				     "BIOS-e820: [mem 0x22000000-0x22ffffff] ACPI NVS\n"
				     "BIOS-e820: [mem 0x23000000-0x23ffffff] unusable\n"
				     "BIOS-e820: [mem 0x24000000-0x24ffffff] type 20\n"
				     "BIOS-e820: [mem 0x25000000-0x25ffffff]  device reserved\n"
				     "BIOS-e820: [mem 0x10000000-0x13ffffff] usable\n";

	for (size_t i = 0; i < ARRAY_NR(logs); i++)
		assert_log(state, logs[i], "256-320@0");
	assert_log(state, others, "256-320@0");
}

static void test_a_later_table_replaces_an_earlier_one(void **state)
{
	assert_log(state,
		   E820_4G "user-defined physical RAM map:\n"
			   "user: [mem 0x10000000-0x13ffffff] usable\n"
			   "user: [mem 0x14000000-0x17ffffff] persistent (type 12)\n",
		   "256-320@0");
}

static void test_e820_edits_change_only_what_is_of_their_type(void **state)
{
	static const char table[] = "BIOS-e820: [mem 0x10000000-0x1fffffff] usable\n"
				    "BIOS-e820: [mem 0x20000000-0x2fffffff] ACPI data\n";
	char log[512];

	/*  256        512        768        update turns 384..512 only, remove 256..272 only */
	snprintf(log, sizeof(log), "%s%s%s", table,
		 "e820: update [mem 0x18000000-0x27ffffff] usable ==> reserved\n",
		 "e820: remove [mem 0x00000000-0x10ffffff] usable\n");
	assert_log(state, log, "272-384@0");
	snprintf(log, sizeof(log), "%s%s%s", table,
		 "e820 update range: 0000000018000000 - 0000000028000000 (usable) ==> (reserved)\n",
		 "e820 remove range: 0000000000000000 - 0000000011000000 (usable)\n");
	assert_log(state, log, "272-384@0");
	snprintf(log, sizeof(log), "%s%s", table,
		 "e820: update [mem 0x18000000-0x27ffffff] ACPI data ==> usable\n");
	assert_log(state, log, "256-640@0");
}

static void test_the_stronger_type_keeps_an_overlap(void **state)
{
	assert_log(state,
		   "BIOS-e820: [mem 0x14000000-0x17ffffff] reserved\n"
		   "BIOS-e820: [mem 0x10000000-0x1fffffff] usable\n",
		   "256-320@0 384-512@0");
}

static void test_srat_gives_e820_memory_its_nodes(void **state)
{
	static const char table[] = "BIOS-e820: [mem 0x10000000-0x2fffffff] usable\n";
	static const char *const srats[] = {
	    "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x1fffffff]\n"
	    "ACPI: SRAT: Node 1 PXM 1 [mem 0x20000000-0x3fffffff]\n",
	    "SRAT: Node 0 PXM 0 [mem 0x00000000-0x1fffffff]\n"
	    "SRAT: Node 1 PXM 5 [mem 0x20000000-0x3fffffff] hotplug\n",
	    "SRAT: Node 0 PXM 0 0-20000000\n"
	    "SRAT: Node 1 PXM 1 20000000-40000000\n",
	    "ACPI: NUMA: SRAT: Node 0 PXM 0 [mem 0x00000000-0x1fffffff] hotplug non-volatile\n"
	    "ACPI: NUMA: SRAT: Node 1 PXM 1 [mem 0x20000000-0x3fffffff]\n",
	};
	char log[512];

	for (size_t i = 0; i < ARRAY_NR(srats); i++) {
		snprintf(log, sizeof(log), "%s%s", table, srats[i]);
		assert_log(state, log, "256-512@0 512-768@1");
	}
}

static void test_hotplug_windows_may_overlap_memory_and_may_wrap(void **state)
{
	struct mmi_machine *machine =
	    parse(*state, E820_4G
		  "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x1ffffffff] hotplug\n"
		  "ACPI: SRAT: Node 4 PXM 2 [mem 0x40000000000-0x5ffffffffff] hotplug\n"
		  "ACPI: SRAT: Node 7 PXM 7 [mem 0x00000000-0xffffffffffffffff] hotplug\n"
		  "ACPI: SRAT: Node 8 PXM 8 [mem 0x10000000000000-0x1fffffffffffff] hotplug\n");

	assert_int_equal(machine->nr_windows, 2);
	assert_int_equal(machine->windows[1].nid, 4);
	assert_int_equal(machine->windows[1].end_pfn, 0x60000000000 >> 12);
	assert_int_equal(machine->nr_nodes, 4);
	assert_int_equal(machine->nodes[3].nid, 8);
	assert_false(machine->nodes[3].online);
	mmi_machine_destroy(machine);
}

static void test_a_window_takes_no_memory_from_another_node(void **state)
{
	assert_log(state,
		   E820_4G "SRAT: Node 0 PXM 0 [mem 0x0-0x7fffffff]\n"
			   "SRAT: Node 1 PXM 1 [mem 0x0-0xffffffff] hotplug\n",
		   "0-2048@0 2048-4096@1");
}

static void test_cpus_of_srat_count_once(void **state)
{
	struct mmi_machine *machine = parse(*state, E820_4G "SRAT: PXM 0 -> APIC 0x00 -> Node 0\n"
							    "SRAT: PXM 1 -> APIC 0x33 -> Node 1\n"
							    "SRAT: PXM 1 -> APIC 0x33 -> Node 1\n"
							    "SRAT: PXM 1 -> APIC 40 -> Node 1\n");

	assert_int_equal(machine->nr_cpus, 3);
	assert_int_equal(machine->nodes[1].nr_cpus, 2);
	assert_true(machine->nodes[1].online); /* CPUs and no memory */
	mmi_machine_destroy(machine);
	machine = parse(*state, "  node   0: [mem 0x80000000-0xbfffffff]\n"
				"ACPI: NUMA: SRAT: PXM 1 -> MPIDR 0x10000 -> Node 1\n");
	assert_int_equal(machine->geometry.arch, MMI_ARCH_ARM64_4K);
	assert_int_equal(machine->nodes[1].nr_cpus, 1);
	mmi_machine_destroy(machine);
}

static void test_cpus_without_srat_are_found_or_assumed(void **state)
{
	static const char nodes[] = "  node   0: [mem 0x00100000-0x0fffffff]\n"
				    "  node   1: [mem 0x10000000-0x1fffffff]\n";
	static const struct {
		const char *lines;
		unsigned nr_cpus[2];
	} cases[] = {
	    {".... node  #0, CPUs:      #1\n.... node  #1, CPUs:   #2 #3\n  #4\n", {2, 3}},
	    {"numa: Node 0 CPUs: 0-3\nnuma: Node 1 CPUs: 4,6\n", {4, 2}},
	    {"smpboot: Allowing 6 CPUs, 0 hotplug CPUs\n", {6, 0}},
	    {"SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=5, Nodes=2\n", {5, 0}},
	};
	char log[512];

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		snprintf(log, sizeof(log), "%s%s", nodes, cases[i].lines);
		struct mmi_machine *machine = parse(*state, log);
		for (size_t n = 0; n < 2; n++)
			assert_int_equal(machine->nodes[n].nr_cpus, cases[i].nr_cpus[n]);
		mmi_machine_destroy(machine);
	}
}

static void test_memoryless_nodes_in_both_wordings(void **state)
{
	struct mmi_machine *machine =
	    parse(*state, "  node   0: [mem 0x00100000-0x0fffffff]\n"
			  "Initmem setup node 0 [mem 0x00100000-0x0fffffff]\n"
			  "Could not find start_pfn for node 1\n"
			  "Initmem setup node 1 [mem 0x0000000000000000-0x0000000000000000]\n"
			  "Initmem setup node 4 as memoryless\n");

	assert_int_equal(machine->nr_nodes, 3);
	assert_true(machine->nodes[1].online);
	assert_int_equal(machine->nodes[2].nid, 4);
	assert_false(machine->nodes[2].online);
	assert_int_equal(machine->nr_present_pages, 0x10000 - 0x100);
	mmi_machine_destroy(machine);
}

#define DUMP                                                                                       \
	"MEMBLOCK configuration:\n"                                                                \
	" memory size = 0x10000000 reserved size = 0x100000\n"                                     \
	" memory.cnt  = 0x2\n"                                                                     \
	" memory[0x0]\t[0x10000000-0x17ffffff], 0x8000000 bytes on node 0 flags: 0x0\n"            \
	" memory[0x1]\t[0x18000000-0x1fffffff], 0x8000000 bytes on node 1 flags: 0x4\n"            \
	" reserved.cnt  = 0x1\n"                                                                   \
	" reserved[0x0]\t[0x10000000-0x100fffff], 0x100000 bytes flags: 0x0\n"

static void test_the_last_dump_counts_and_what_follows_up_to_the_hand_over(void **state)
{
	struct mmi_machine *machine =
	    parse(*state, E820_4G
		  "memblock_reserve: [0x1f000000-0x1f0fffff] early+0x1/0x2\n" /* before the dump */
		  DUMP "memblock_reserve: [0x10000080-0x101fffff] a+0x1/0x2\n"
		  "__memblock_reserve: [0x11000000-0x110fffff] nid=-1 flags=20 b+0x1/0x2\n"
		  "memblock_reserve: [0x12000000-0x121fffff] flags 0x0 c+0x1/0x2\n"
		  "memblock_phys_free: [0x12000000-0x120fffff] d+0x1/0x2\n"
		  "memblock_free: [0x12180000-0x1217ffff] empty+0x1/0x2\n"
		  "memblock_reserve: [0x0000000000000000-0xffffffffffffffff] empty+0x1/0x2\n"
		  "memblock_add: [0x20000000-0x20ffffff] e+0x1/0x2\n"
		  "memblock_remove: [0x17000000-0x17ffffff] f+0x1/0x2\n"
		  "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=2\n"
		  "memblock_phys_free: [0x11000000-0x110fffff] late+0x1/0x2\n");
	static const uint64_t reserved[][2] = {
	    {0x10000, 0x10200}, {0x11000, 0x11100}, {0x12100, 0x12200}};

	assert_memory(machine, "256-368@0 384-512@1 512-528@0");
	assert_int_equal(machine->memory[1].flags, MMI_MEM_NOMAP);
	assert_int_equal(machine->nr_reserved, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(machine->reserved[i].start_pfn, reserved[i][0]);
		assert_int_equal(machine->reserved[i].end_pfn, reserved[i][1]);
	}
	mmi_machine_destroy(machine);
}

static void test_a_dump_without_nodes_takes_them_from_the_early_ranges(void **state)
{
	assert_log(state,
		   "MEMBLOCK configuration:\n"
		   " memory.cnt  = 0x1\n"
		   " memory[0x0]\t[0x10000000-0x1fffffff], 0x10000000 bytes\n"
		   " reserved.cnt  = 0x1\n"
		   " reserved[0x0]\t[0x10000000-0x100fffff], 0x100000 bytes\n"
		   "  node   0: [mem 0x10000000-0x17ffffff]\n"
		   "  node   1: [mem 0x18000000-0x1fffffff]\n",
		   "256-384@0 384-512@1");
}

static void test_a_dump_that_lost_lines_is_passed_over(void **state)
{
	struct mmi_input_info info;
	static const char log[] = "MEMBLOCK configuration:\n"
				  " memory.cnt  = 0x2\n"
				  " memory[0x0]\t[0x10000000-0x17ffffff], 0x8000000 bytes\n"
				  "** 4 printk messages dropped **\n"
				  "  node   0: [mem 0x10000000-0x1fffffff]\n";
	struct mmi_machine *machine = parse_sized(*state, log, strlen(log), &info);

	assert_memory(machine, "256-512@0");
	assert_non_null(strstr(info.notes, "not complete"));
	mmi_machine_destroy(machine);
	assert_text_refused_at(*state,
			       "MEMBLOCK configuration:\n memory.cnt  = 0x2\n"
			       " memory[0x0]\t[0x10000000-0x17ffffff], 0x8000000 bytes\n",
			       1, 0, "not complete");
}

static void test_efi_maps_are_the_last_resort(void **state)
{
	assert_log(state,
		   "efi: mem00: [Conventional Memory|   |  |WB|WT|WC|UC] "
		   "range=[0x0000000010000000-0x0000000014000000) (64MB)\n"
		   "efi: mem01: [Boot Data          |   |  |WB|WT|WC|UC] "
		   "range=[0x0000000014000000-0x0000000017ffffff] (64MB)\n"
		   "efi: mem02: [Reserved           |   |  |WB|WT|WC|UC] "
		   "range=[0x0000000018000000-0x000000001bffffff] (64MB)\n",
		   "256-384@0");
	assert_log(state,
		   "efi: mem16: type=7, attr=0xf, range=[0x10000000-0x14000000) (64MB)\n"
		   "efi: mem17: type=0, attr=0xf, range=[0x14000000-0x18000000) (64MB)\n",
		   "256-320@0");
	assert_log(state,
		   "efi:   0x000010000000-0x000013ffffff [Conventional Memory|   |WB]\n"
		   "efi:   0x000014000000-0x000017ffffff [Runtime Data       |RUN|WB]\n",
		   "256-320@0");
}

static void test_zones_and_page_sizes_are_those_of_the_log(void **state)
{
	struct mmi_machine *machine =
	    parse(*state, "Booting Linux on physical CPU 0x0000000000 [0x410fd083]\n"
			  "Dentry cache hash table entries: 1048576 (order: 7, 8388608 bytes)\n"
			  "Zone ranges:\n  DMA32    [mem 0x40000000-0x7fffffff]\n"
			  "  Normal   [mem 0x80000000-0xffffffff]\n"
			  "Movable zone start for each node\nEarly memory node ranges\n"
			  "  node   0: [mem 0x40000000-0xffffffff]\n");

	assert_int_equal(machine->geometry.arch, MMI_ARCH_ARM64_64K);
	assert_int_equal(machine->geometry.zone_mask,
			 1u << MMI_ZONE_DMA32 | 1u << MMI_ZONE_NORMAL | 1u << MMI_ZONE_MOVABLE);
	assert_int_equal(machine->geometry.dma_end_pfn, 0);
	assert_int_equal(machine->geometry.dma32_end_pfn, 0x80000000 >> 16);
	mmi_machine_destroy(machine);
	machine = parse(*state, "hash-mmu: Page sizes\nZone ranges:\n"
				"  DMA      [mem 0x00000000-0x7fffffff]\n  DMA32    empty\n"
				"  Normal   empty\nMovable zone start for each node\n"
				"  node   0: [mem 0x00000000-0x7fffffff]\n");
	assert_int_equal(machine->geometry.arch, MMI_ARCH_PPC64_64K);
	assert_int_equal(machine->geometry.pageblock_order, 8);
	assert_int_equal(machine->geometry.dma_end_pfn, 0x80000000 >> 16);
	mmi_machine_destroy(machine);
}

static void test_parameters_of_the_command_line(void **state)
{
	struct mmi_machine *machine = parse(
	    *state, "Command line: quiet movablecore=30% x=kernelcore=1 kernelcore=512M\n" E820_4G);

	assert_int_equal(machine->kernelcore.unit, MMI_AMOUNT_PAGES);
	assert_int_equal(machine->kernelcore.value, 512 * MIB >> 12);
	assert_int_equal(machine->movablecore.unit, MMI_AMOUNT_PERCENT);
	assert_int_equal(machine->movablecore.value, 30);
	mmi_machine_destroy(machine);
	machine = parse(*state, "Command line: kernelcore=1p movablecore=2g\n" E820_4G);
	assert_int_equal(machine->kernelcore.value, 1ull << (50 - 12));
	assert_int_equal(machine->movablecore.value, 2 * GIB >> 12);
	mmi_machine_destroy(machine);
	machine =
	    parse(*state, "Command line: kernelcore=1G movable_node movablecore=1G\n" E820_4G);
	assert_int_equal(machine->kernelcore.unit, MMI_AMOUNT_NONE);
	assert_int_equal(machine->movablecore.unit, MMI_AMOUNT_NONE);
	mmi_machine_destroy(machine);
	assert_text_refused_at(*state, "Command line: kernelcore=lots\n" E820_4G, 1, 26,
			       "a size or a percentage");
}

static void test_a_table_without_usable_ranges_is_refused(void **state)
{
	assert_text_refused_at(*state,
			       "Linux version 6.1.0\n"
			       "BIOS-e820: [mem 0x0000000000000000-0x00000000bfffffff] reserved\n",
			       2, 0, "usable ranges expected");
	assert_text_refused_at(*state,
			       "efi: mem16: type=0, attr=0xf, "
			       "range=[0x0000000000100000-0x0000000000200000) (1MB)\n",
			       1, 0, "usable ranges expected");
}

static void test_the_last_of_several_boots_is_read(void **state)
{
	struct mmi_input_info info;
	static const char log[] =
	    "Linux version 4.19.0\n" E820_4G "Memory: 4000000K/4194304K available (x)\n"
	    "Linux version 6.12.1\n"
	    "BIOS-e820: [mem 0x10000000-0x13ffffff] usable\n";
	struct mmi_machine *machine = parse_sized(*state, log, strlen(log), &info);

	assert_memory(machine, "256-320@0");
	assert_int_equal(machine->linux_version, MMI_LINUX_6_12);
	assert_non_null(strstr(info.notes, "2 boots"));
	mmi_machine_destroy(machine);
}

static void test_the_version_of_the_caller_counts_more(void **state)
{
	const struct mmi_input_options options = {.has_linux_version = true,
						  .linux_version = MMI_LINUX_5_16};
	static const char log[] = "Linux version 6.12.1\n" E820_4G;
	struct mmi_machine *machine = NULL;

	assert_int_equal(mmi_input_text(*state, log, strlen(log), &options, &machine, NULL, NULL),
			 0);
	assert_int_equal(machine->linux_version, MMI_LINUX_5_16);
	mmi_machine_destroy(machine);
}

static void test_bad_lines_are_named_by_line_and_column(void **state)
{
	static const struct {
		const char *log;
		uint32_t line, column;
		const char *words;
	} cases[] = {
	    {"", 1, 1, "empty"},
	    {"hello world\nof text\n", 1, 1, "nothing about memory"},
	    {E820_4G "[    0.000000] BIOS-e820: [mem 0x00000001", 2, 42, "text ends"},
	    {E820_4G "BIOS-e820: [mem 0x1000-0x1ffff] ", 2, 32, "a type of memory"},
	    {E820_4G "BIOS-e8", 2, 8, "BIOS-e820"},
	    {"BIOS-e820: [mem 0x20000-0x10000] usable\n", 1, 25, "not before the start"},
	    {"BIOS-e820: [mem 0xzz-0x10000] usable\n", 1, 17, "an address"},
	    {"BIOS-e820: [mem 0x11112222333344445-0x1] usable\n", 1, 17, "an address"},
	    {E820_4G "SRAT: Node 1024 PXM 0 [mem 0x0-0xfff]\n", 2, 12, "0 to 1023"},
	    {E820_4G "SRAT: Node 1 PXM 0 [mem 0x0-0xf", 2, 32, "\"]\""},
	    {E820_4G "SRAT: Node 1 PXM 0 [mem 0x0-0xfff] hotpl", 2, 36, "\"hotplug\""},
	    {"  node 0: [mem 0x1000-0xffffffff]\n  node   1: [mem 0x1000", 2, 24, "text ends"},
	    {"  node 1024: [mem 0x1000-0xffffffff]\n", 1, 8, "0 to 1023"},
	    {DUMP "memblock_reserve: [0x0000", 8, 26, "text ends"},
	    {DUMP "memblock_rese", 8, 14, "memblock_reserve"},
	    {DUMP "memblock_remove: [0x0-0x1fffffff] a+0x1/0x2\n", 1, 0, "no memory is left"},
	    {"MEMBLOCK configuration:\n memory.cnt  = 0x1\n"
	     " memory[0x0]\t[0x1000-0xffffff], 0x",
	     3, 33, "size in bytes"},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++)
		assert_text_refused_at(*state, cases[i].log, cases[i].line, cases[i].column,
				       cases[i].words);
}

static void test_overlapping_nodes_and_high_addresses_are_refused_with_their_line(void **state)
{
	assert_text_refused_at(
	    *state,
	    "MEMBLOCK configuration:\n memory.cnt  = 0x1\n"
	    " memory[0x0]\t[0x10000000000000-0x10000000ffffff], 0x1000000 bytes\n"
	    " reserved.cnt  = 0x0\n",
	    3, 0, "address bits");
	assert_text_refused_at(*state,
			       "  node   0: [mem 0x00100000-0x1fffffff]\n"
			       "  node   1: [mem 0x10000000-0x2fffffff]\n",
			       2, 0, "overlaps");
	assert_text_refused_at(*state,
			       E820_4G "SRAT: Node 0 PXM 0 [mem 0x0-0x3fffffff]\n"
				       "SRAT: Node 1 PXM 1 [mem 0x30000000-0xffffffff]\n",
			       3, 0, "overlaps");
}

static void test_lines_twice_change_nothing(void **state)
{
	assert_log(state,
		   E820_4G E820_4G "SRAT: Node 0 PXM 0 [mem 0x0-0x7fffffff]\n"
				   "SRAT: Node 0 PXM 0 [mem 0x0-0x7fffffff]\n"
				   "SRAT: Node 1 PXM 1 [mem 0x80000000-0xffffffff]\n"
				   "SRAT: Node 1 PXM 1 [mem 0x80000000-0xffffffff]\n",
		   "0-2048@0 2048-4096@1");
	assert_log(state,
		   "  node   0: [mem 0x10000000-0x17ffffff]\n"
		   "  node   0: [mem 0x10000000-0x17ffffff]\n",
		   "256-384@0");
}

/* Bytes of a log changed at random: a machine or an error, never anything else. */
static void test_damaged_logs_do_no_harm(void **state)
{
	static const char log[] = "Linux version 6.1.0-amd64\nCommand line: kernelcore=1G\n" E820_4G
				  "e820: update [mem 0x0-0xfff] usable ==> reserved\n"
				  "SRAT: PXM 1 -> APIC 0x33 -> Node 1\n"
				  "SRAT: Node 1 PXM 1 [mem 0x0-0xffffffff] hotplug\n"
				  "Zone ranges:\n  DMA      [mem 0x1000-0xffffff]\n"
				  "  node   1: [mem 0x10000000-0x17ffffff]\n" DUMP
				  "memblock_reserve: [0x12000000-0x121fffff] c+0x1/0x2\n"
				  "==STEP boot\n==FILE sys/devices/system/node/node1/distance\n"
				  "10\n==FILE sys/devices/system/node/node1/cpulist\n0-3\n";
	uint32_t seed = 42;

	print_message("seed %u\n", seed);
	for (int round = 0; round < 2000; round++) {
		char damaged[sizeof(log)];
		struct mmi_machine *machine = NULL;
		struct mmi_error err = {0};
		memcpy(damaged, log, sizeof(log));
		for (int i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			damaged[(seed >> 8) % (sizeof(log) - 1)] = (char)(seed >> 24);
		}
		const int ret = mmi_input_boot_log(*state, damaged, sizeof(log) - 1, NULL, &machine,
						   NULL, &err);
		assert_true(ret == 0 || ret == -EINVAL);
		assert_int_equal(ret == 0, machine != NULL);
		if (machine)
			assert_int_equal(mmi_machine_check(machine, NULL), 0);
		mmi_machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_e820_tables_in_all_wordings),
	    serial_test(test_a_later_table_replaces_an_earlier_one),
	    serial_test(test_e820_edits_change_only_what_is_of_their_type),
	    serial_test(test_the_stronger_type_keeps_an_overlap),
	    serial_test(test_srat_gives_e820_memory_its_nodes),
	    serial_test(test_hotplug_windows_may_overlap_memory_and_may_wrap),
	    serial_test(test_a_window_takes_no_memory_from_another_node),
	    serial_test(test_cpus_of_srat_count_once),
	    serial_test(test_cpus_without_srat_are_found_or_assumed),
	    serial_test(test_memoryless_nodes_in_both_wordings),
	    serial_test(test_the_last_dump_counts_and_what_follows_up_to_the_hand_over),
	    serial_test(test_a_dump_without_nodes_takes_them_from_the_early_ranges),
	    serial_test(test_a_dump_that_lost_lines_is_passed_over),
	    serial_test(test_efi_maps_are_the_last_resort),
	    serial_test(test_zones_and_page_sizes_are_those_of_the_log),
	    serial_test(test_parameters_of_the_command_line),
	    serial_test(test_a_table_without_usable_ranges_is_refused),
	    serial_test(test_the_last_of_several_boots_is_read),
	    serial_test(test_the_version_of_the_caller_counts_more),
	    serial_test(test_bad_lines_are_named_by_line_and_column),
	    serial_test(test_overlapping_nodes_and_high_addresses_are_refused_with_their_line),
	    serial_test(test_lines_twice_change_nothing),
	    serial_test(test_damaged_logs_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
