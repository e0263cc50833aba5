/* SPDX-License-Identifier: MIT */
/*
 * The captured boots of tests/linux.  The oracle stands in the logs themselves: of
 * "Memory: XK/YK available (... ZK reserved, CK cma-reserved)", Y is all present memory and
 * Y - Z - C what was free at the hand-over.
 */
#include "input_fixture.h"

struct boot {
	const char *name;
	enum mmi_arch arch;
	enum mmi_linux_version version;
	size_t nr_nodes;
	size_t nr_online;
	size_t nr_cpus;
	size_t nr_memory; /* ranges: lines of the last dump, less those that touch and are alike */
	size_t nr_windows;
	unsigned far_distance; /* from the first node to the last */
};

#define X86   MMI_ARCH_X86_64
#define V6_1  MMI_LINUX_6_1
#define V6_12 MMI_LINUX_6_12
#define V7    MMI_LINUX_7_X

static const struct boot boots[] = {
    {"arm64-two-nodes", MMI_ARCH_ARM64_4K, V6_1, 2, 2, 2, 2, 0, 15},
    {"big-256g", X86, V6_1, 2, 2, 2, 4, 0, 20},
    {"eight-nodes-two-groups", X86, V6_1, 8, 8, 8, 9, 0, 32},
    {"fake-nodes", X86, V6_1, 4, 4, 4, 6, 0, 10},
    {"four-nodes-ring", X86, V6_1, 4, 4, 4, 6, 0, 20},
    {"holes", X86, V6_1, 1, 1, 2, 7, 0, 10},
    {"hotplug-movable", X86, V6_1, 2, 1, 2, 3, 1, 20},
    {"kernelcore", X86, V6_1, 2, 2, 2, 4, 0, 20},
    {"no-cpu-node", X86, V6_1, 2, 2, 2, 4, 0, 40},
    {"no-memory-node", X86, V6_1, 3, 3, 3, 4, 0, 20},
    {"one-node-256m", X86, V6_1, 1, 1, 1, 2, 0, 10},
    {"one-node-4g", X86, V6_1, 1, 1, 2, 3, 0, 10},
    {"ppc64el-two-nodes", MMI_ARCH_PPC64_64K, V6_1, 2, 2, 2, 2, 0, 20},
    {"section-shared", X86, V6_1, 2, 2, 2, 4, 0, 20},
    {"two-nodes-8g", X86, V6_1, 2, 2, 4, 4, 0, 20},
    {"v612-holes", X86, V6_12, 1, 1, 2, 7, 0, 10},
    {"v612-hotplug-movable", X86, V6_12, 2, 1, 2, 3, 1, 20},
    {"v612-two-nodes-8g", X86, V6_12, 2, 2, 4, 4, 0, 20},
    {"v72-kernelcore", X86, V7, 2, 2, 2, 4, 0, 20},
    {"v72-two-nodes-8g", X86, V7, 2, 2, 4, 4, 0, 20},
};

/* The figures of the "Memory:" line, in KiB. */
struct memory_line {
	unsigned long long present, reserved, cma;
};

static struct memory_line read_memory_line(const char *text)
{
	struct memory_line figures = {0};
	unsigned long long available;
	const char *at = strstr(text, "] Memory: ");

	assert_non_null(at);
	assert_int_equal(
	    sscanf(at, "] Memory: %lluK/%lluK available", &available, &figures.present), 2);
	at = strstr(at, " bss, ");
	assert_non_null(at);
	assert_int_equal(
	    sscanf(at, " bss, %lluK reserved, %lluK cma", &figures.reserved, &figures.cma), 2);
	return figures;
}

static char *read_boot(const char *name, size_t *size_bytes)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/linux/%s.log", name);
	return read_source_file(path, size_bytes);
}

static uint64_t nr_free_pages(const struct mmi_machine *machine)
{
	uint64_t nr_free = machine->nr_present_pages;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *memory = &machine->memory[i];
		for (size_t j = 0; j < machine->nr_reserved; j++) {
			const struct mmi_pfn_range *taken = &machine->reserved[j];
			const uint64_t start = taken->start_pfn > memory->start_pfn
						   ? taken->start_pfn
						   : memory->start_pfn;
			const uint64_t end =
			    taken->end_pfn < memory->end_pfn ? taken->end_pfn : memory->end_pfn;
			if (start < end)
				nr_free -= end - start;
		}
	}
	return nr_free;
}

static void check_boot(struct mmi_platform *platform, const struct boot *boot)
{
	size_t size_bytes, nr_online = 0;
	char *text = read_boot(boot->name, &size_bytes);
	struct mmi_input_info info;
	struct mmi_machine *machine = parse_sized(platform, text, size_bytes, &info);
	const struct memory_line figures = read_memory_line(text);
	const unsigned page_kib = 1u << (machine->geometry.page_shift - 10);

	print_message("%s\n", boot->name);
	assert_int_equal(info.format, MMI_INPUT_BOOT_LOG);
	assert_int_equal(machine->geometry.arch, boot->arch);
	assert_int_equal(machine->linux_version, boot->version);
	assert_int_equal(machine->nr_present_pages * page_kib, figures.present);
	/* Newer kernels print the line later, when more has been given back. */
	if (boot->version == V6_1)
		assert_int_equal(nr_free_pages(machine) * page_kib,
				 figures.present - figures.reserved - figures.cma);
	assert_int_equal(machine->nr_nodes, boot->nr_nodes);
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_online += machine->nodes[i].online;
	assert_int_equal(nr_online, boot->nr_online);
	assert_int_equal(machine->nr_cpus, boot->nr_cpus);
	assert_int_equal(machine->nr_memory, boot->nr_memory);
	assert_int_equal(machine->nr_windows, boot->nr_windows);
	assert_int_equal(machine->distances[machine->nr_nodes - 1], boot->far_distance);
	mmi_machine_destroy(machine);
	free(text);
}

static void test_all_boots_agree_with_their_memory_line(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(boots); i++)
		check_boot(*state, &boots[i]);
}

static void test_cpus_are_on_their_nodes(void **state)
{
	static const struct {
		const char *name;
		unsigned nr_cpus[8];
	} cases[] = {
	    {"two-nodes-8g", {2, 2}},
	    {"no-cpu-node", {2, 0}},
	    {"no-memory-node", {1, 1, 1}},
	    {"fake-nodes", {1, 1, 1, 1}},
	    {"eight-nodes-two-groups", {1, 1, 1, 1, 1, 1, 1, 1}},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		size_t size_bytes;
		char *text = read_boot(cases[i].name, &size_bytes);
		/* With the files dumped behind the boot, and without. */
		for (int cut = 0; cut < 2; cut++) {
			if (cut)
				size_bytes = (size_t)(strstr(text, "==STEP") - text);
			struct mmi_machine *machine = parse_sized(*state, text, size_bytes, NULL);
			for (size_t n = 0; n < machine->nr_nodes; n++)
				assert_int_equal(machine->nodes[n].nr_cpus, cases[i].nr_cpus[n]);
			mmi_machine_destroy(machine);
		}
		free(text);
	}
}

static void test_kernelcore_and_memory_blocks_are_read(void **state)
{
	size_t size_bytes;
	char *text = read_boot("kernelcore", &size_bytes);
	struct mmi_machine *machine = parse_sized(*state, text, size_bytes, NULL);

	assert_int_equal(machine->kernelcore.unit, MMI_AMOUNT_PAGES);
	assert_int_equal(machine->kernelcore.value, 4 * GIB >> 12);
	assert_int_equal(machine->memory_block_bytes, 128 * MIB);
	mmi_machine_destroy(machine);
	free(text);
	text = read_boot("big-256g", &size_bytes);
	machine = parse_sized(*state, text, size_bytes, NULL);
	assert_int_equal(machine->memory_block_bytes, GIB);
	mmi_machine_destroy(machine);
	free(text);
}

/* Every boot, cut at many places: a machine or an error with a line, never more. */
static void test_boots_cut_anywhere_are_a_machine_or_an_error(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(boots); i += 3) {
		size_t size_bytes;
		char *text = read_boot(boots[i].name, &size_bytes);
		for (size_t length = 1; length < size_bytes && length < 40000; length += 797) {
			struct mmi_machine *machine = NULL;
			struct mmi_error err = {0};
			const int ret =
			    mmi_input_boot_log(*state, text, length, NULL, &machine, NULL, &err);
			assert_true(ret == 0 || ret == -EINVAL);
			assert_int_equal(ret == 0, machine != NULL);
			assert_true(ret == 0 || err.line > 0);
			mmi_machine_destroy(machine);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_all_boots_agree_with_their_memory_line),
	    serial_test(test_cpus_are_on_their_nodes),
	    serial_test(test_kernelcore_and_memory_blocks_are_read),
	    serial_test(test_boots_cut_anywhere_are_a_machine_or_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
