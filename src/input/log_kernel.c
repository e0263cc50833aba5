/* SPDX-License-Identifier: MIT */
/*
 * The kernel of a boot log: version, command line, architecture, page size, and the reservations
 * that other messages than memblock's tell of.
 */
#include "input/boot_log.h"

/* Words that only one architecture's kernel prints; the first that is met decides. */
static const struct {
	const char *word;
	enum mmi_log_arch arch;
} arch_words[] = {
    {"BIOS-e820:", MMI_LOG_ARCH_X86_64}, {"BIOS-provided physical RAM map", MMI_LOG_ARCH_X86_64},
    {"e820:", MMI_LOG_ARCH_X86_64},      {"x86/", MMI_LOG_ARCH_X86_64},
    {"smpboot:", MMI_LOG_ARCH_X86_64},   {"Booting Linux on physical CPU 0x", MMI_LOG_ARCH_ARM64},
    {"psci:", MMI_LOG_ARCH_ARM64},       {"GICv", MMI_LOG_ARCH_ARM64},
    {"radix-mmu:", MMI_LOG_ARCH_PPC64},  {"hash-mmu:", MMI_LOG_ARCH_PPC64},
    {"lpar:", MMI_LOG_ARCH_PPC64},       {"PPC64 nvram", MMI_LOG_ARCH_PPC64},
    {"riscv:", MMI_LOG_ARCH_RISCV},      {"SBI specification", MMI_LOG_ARCH_RISCV},
};

/* The same, anywhere in the line of the version. */
static const struct {
	const char *word;
	enum mmi_log_arch arch;
} version_words[] = {
    {"-amd64", MMI_LOG_ARCH_X86_64},   {"x86_64", MMI_LOG_ARCH_X86_64},
    {"-arm64", MMI_LOG_ARCH_ARM64},    {"aarch64", MMI_LOG_ARCH_ARM64},
    {"powerpc64", MMI_LOG_ARCH_PPC64}, {"ppc64", MMI_LOG_ARCH_PPC64},
    {"riscv64", MMI_LOG_ARCH_RISCV},
};

static const struct {
	const char *word;
	uint64_t page_bytes;
} page_flavours[] = {{"-arm64-16k", 16 << 10}, {"-arm64-64k", 64 << 10}, {"+64k", 64 << 10}};

static const char *const virtual_words[] = {
    "DMI: QEMU",        "DMI: VMware",    "DMI: Xen",   "DMI: Amazon EC2",
    "DMI: Google",      "DMI: OpenStack", "DMI: KVM",   "DMI: Microsoft Corporation Virtual",
    "DMI: Red Hat KVM", "DMI: innotek",   "DMI: Bochs", "Hypervisor detected",
};

/* Messages that name a range which is reserved from then on. */
static const char *const reservation_words[] = {"RAMDISK: ", "NODE_DATA(", "NODE_DATA ",
						"numa:   NODE_DATA ", "ACPI: Reserving "};

static void read_arch(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	if (mmi_scan_word(&scan, "radix-mmu:"))
		log->has_radix_mmu = true;
	if (mmi_scan_word(&scan, "hash-mmu:"))
		log->has_hash_mmu = true;
	scan.at = line->text;
	for (size_t i = 0; !log->arch && i < sizeof(arch_words) / sizeof(arch_words[0]); i++)
		if (mmi_scan_word(&scan, arch_words[i].word))
			log->arch = arch_words[i].arch;
}

static int version_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	uint64_t major, minor;
	struct mmi_scan rest;

	if (!mmi_scan_decimal(scan, &major) || !mmi_scan_word(scan, ".") ||
	    !mmi_scan_decimal(scan, &minor) || major > 999 || minor > 999)
		return 0;
	log->has_version = true;
	log->version_major = (unsigned)major;
	log->version_minor = (unsigned)minor;
	for (size_t i = 0; i < sizeof(version_words) / sizeof(version_words[0]); i++) {
		rest = (struct mmi_scan){scan->at, line->end};
		if (!log->arch && mmi_scan_find(&rest, version_words[i].word))
			log->arch = version_words[i].arch;
	}
	for (size_t i = 0; i < sizeof(page_flavours) / sizeof(page_flavours[0]); i++) {
		rest = (struct mmi_scan){scan->at, line->end};
		if (mmi_scan_find(&rest, page_flavours[i].word))
			log->page_bytes = page_flavours[i].page_bytes;
	}
	return 1;
}

static int command_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	const char *expected = mmi_kernel_params_scan(scan, &log->params);

	return expected ? mmi_log_bad_line(log, MMI_LOG_COMMAND_LINE, line, scan, expected) : 1;
}

/* "... hash table entries: 1048576 (order: 7, 8388608 bytes": bytes are pages << order */
static bool read_page_size(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	uint64_t order, size_bytes;

	if (!mmi_scan_find(&scan, "hash table entries: ") || !mmi_scan_find(&scan, "(order: "))
		return false;
	if (mmi_scan_decimal(&scan, &order) && mmi_scan_word(&scan, ", ") &&
	    mmi_scan_decimal(&scan, &size_bytes) && mmi_scan_word(&scan, " bytes") && order &&
	    order < 32)
		log->page_bytes = size_bytes >> order;
	return true;
}

static void read_cpu_count(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	uint64_t value;

	if (mmi_scan_word(&scan, "SLUB: ")) {
		if (mmi_scan_find(&scan, "CPUs=") && mmi_scan_decimal(&scan, &value))
			log->nr_allowed_cpus = value;
	} else if (mmi_scan_word(&scan, "smpboot: Allowing ") ||
		   mmi_scan_word(&scan, "CPU topo: Allowing ")) {
		if (mmi_scan_decimal(&scan, &value))
			log->nr_allowed_cpus = value;
	}
}

static int read_reservation(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	struct mmi_byte_span span;
	bool is_one = false;

	for (size_t i = 0; i < sizeof(reservation_words) / sizeof(reservation_words[0]); i++)
		is_one = is_one || mmi_scan_word(&scan, reservation_words[i]);
	if (!is_one || !mmi_scan_find(&scan, "[mem ") || mmi_scan_inclusive_range(&scan, &span))
		return 0;
	return mmi_log_taken(mmi_byte_ranges_put(&log->allocated, span, line->number, log->err));
}

/* Whether the page allocator takes over at this line: memblock's later changes do not count. */
static bool is_hand_over(const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	uint64_t value;

	return mmi_scan_word(&scan, "SLUB: ") ||
	       (mmi_scan_word(&scan, "Memory: ") && mmi_scan_decimal(&scan, &value) &&
		mmi_scan_word_nocase(&scan, "K/"));
}

static void read_memory_block(struct mmi_log *log, struct mmi_scan *scan)
{
	uint64_t value;

	if (mmi_scan_decimal(scan, &value) && value && value <= 1u << 20)
		log->memory_block_bytes = value << 20;
}

int mmi_log_kernel_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	read_arch(log, line);
	read_cpu_count(log, line);
	if (is_hand_over(line)) {
		log->is_handed_over = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof(virtual_words) / sizeof(virtual_words[0]); i++)
		if (mmi_scan_word(&scan, virtual_words[i]))
			log->is_virtual = true;
	scan.at = line->text;
	if (mmi_scan_word(&scan, "Linux version "))
		return version_line(log, line, &scan);
	if (mmi_scan_word(&scan, "Command line: ") || mmi_scan_word(&scan, "Kernel command line: "))
		return command_line(log, line, &scan);
	if (mmi_scan_word(&scan, "x86/mm: Memory block size: "))
		read_memory_block(log, &scan);
	if (read_page_size(log, line))
		return 1;
	return log->is_handed_over ? 0 : read_reservation(log, line);
}
