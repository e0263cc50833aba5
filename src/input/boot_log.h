/* SPDX-License-Identifier: MIT */
/*
 * What a boot log says, collected line by line, before anything is concluded from it.
 *
 *   log_e820      the firmware's table, and the kernel's edits of it
 *   log_srat      which node a range and a CPU belong to
 *   log_memblock  dumps of memblock, and what changed after the last one
 *   log_nodes     ranges of nodes and zones that the page allocator is set up with
 *   log_cpus      nodes of CPUs, where the kernel starts them
 *   log_kernel    version, command line, architecture, page size
 *   log_sysfs     distances and CPUs from files that were dumped behind the boot
 *   log_machine   concludes: a machine out of all this
 *
 * A line that is recognised but cannot be read does not end the parsing: its source remembers the
 * first such error, and it counts only when the machine has to be made from that source.
 */
#ifndef INPUT_BOOT_LOG_H
#define INPUT_BOOT_LOG_H

#include "input/draft.h"
#include "input/kernel_params.h"
#include "input/line_reader.h"

enum mmi_log_source {
	MMI_LOG_E820,
	MMI_LOG_EFI,
	MMI_LOG_SRAT,
	MMI_LOG_MEMBLOCK,
	MMI_LOG_EARLY_NODES,
	MMI_LOG_ZONES,
	MMI_LOG_COMMAND_LINE,
	MMI_LOG_SYSFS,
	MMI_NR_LOG_SOURCES
};

struct mmi_log_source_state {
	uint32_t first_line; /* 0: nothing of it was seen */
	uint32_t nr_lines;
	struct mmi_error error; /* code 0: all its lines could be read */
};

/* Kinds of e820 ranges, in the order in which the kernel lets one overrule another. */
enum mmi_e820_kind {
	MMI_E820_NOTHING,
	MMI_E820_USABLE,
	MMI_E820_RESERVED,
	MMI_E820_ACPI_DATA,
	MMI_E820_ACPI_NVS,
	MMI_E820_UNUSABLE,
	MMI_E820_PERSISTENT,
	MMI_E820_SOFT_RESERVED,
};

enum mmi_log_arch {
	MMI_LOG_ARCH_UNKNOWN,
	MMI_LOG_ARCH_X86_64,
	MMI_LOG_ARCH_ARM64,
	MMI_LOG_ARCH_PPC64,
	MMI_LOG_ARCH_RISCV,
};

struct mmi_log_zone {
	bool is_listed;
	struct mmi_byte_span span; /* empty: "empty" */
};

struct mmi_log_cpu {
	uint64_t hardware_id; /* APIC or MPIDR */
	int nid;
};

/* Flags of ranges in srat. */
enum { MMI_SRAT_HOTPLUG = 1, MMI_SRAT_NON_VOLATILE = 2 };

/* Nodes' files of sysfs, in the order in which they were met. */
struct mmi_log_sysfs {
	bool in_first_step;
	bool is_done; /* past the first step */
	int file_nid; /* of the file whose text is the next line; -1: none */
	bool file_is_distance;
	bool file_is_block_size;
	int nids[MMI_MAX_NODES]; /* with a distance row */
	size_t nr_nids;
	uint16_t *rows; /* MMI_MAX_NODES values each */
	size_t *row_lengths;
	struct mmi_byte_ranges cpus; /* CPU numbers; with numa=fake several nodes list the same */
};

struct mmi_log {
	const struct mmi_line_reader *reader;
	struct mmi_error *err;
	struct mmi_log_source_state sources[MMI_NR_LOG_SOURCES];

	struct mmi_byte_ranges e820; /* edits, of enum mmi_e820_kind */
	char e820_table[16];         /* the word before the table's lines: "BIOS-e820" */
	struct mmi_byte_ranges efi;
	struct mmi_byte_ranges firmware; /* what e820, else efi, leaves: filled at the end */
	struct mmi_byte_ranges srat;     /* in the order of the lines */
	struct mmi_byte_ranges early_nodes;
	struct mmi_byte_ranges memory;    /* edits since the last dump; nid -1: not said */
	struct mmi_byte_ranges reserved;  /* the same */
	struct mmi_byte_ranges allocated; /* reservations that other messages tell of */

	uint32_t dump_line; /* of the last "MEMBLOCK configuration"; 0: none */
	uint64_t dump_nr_memory;
	uint64_t dump_nr_reserved;  /* as the dump announces, less what was read: 0 is complete */
	uint32_t nr_memblock_lines; /* edits behind the dump */

	struct mmi_log_zone zones[MMI_NR_ZONES];
	bool in_zone_list;

	bool is_possible[MMI_MAX_NODES];
	bool is_online[MMI_MAX_NODES];
	bool is_in_srat[MMI_MAX_NODES];
	struct mmi_log_cpu *cpus; /* of SRAT */
	size_t nr_cpus;
	size_t cpu_capacity;
	uint64_t nr_allowed_cpus;        /* 0: not said */
	struct mmi_byte_ranges smp_cpus; /* CPU numbers, as the kernel started them */
	int smp_nid;                     /* of the list that is being read */
	bool has_x86_smp;
	uint64_t nr_listed_cpus; /* by all lists together */

	bool is_handed_over; /* past the hand-over to the page allocator */
	bool has_version;
	unsigned version_major;
	unsigned version_minor;
	enum mmi_log_arch arch;
	uint64_t page_bytes; /* 0: not seen */
	bool has_radix_mmu;
	bool has_hash_mmu;
	bool is_virtual;
	struct mmi_kernel_params params;
	uint64_t memory_block_bytes;
	uint32_t nr_boots;
	uint32_t last_line;

	struct mmi_log_sysfs sysfs;
};

/*
 * The parsers.  Each returns 1 when the line is its own, 0 when it is not, or -ENOMEM, or -EINVAL
 * where a bound is passed (then log->err is set).
 */
int mmi_log_e820_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_efi_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_srat_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_memblock_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_nodes_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_cpus_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_kernel_line(struct mmi_log *log, const struct mmi_line *line);
int mmi_log_sysfs_line(struct mmi_log *log, const struct mmi_line *line);

/* What a parser returns for a line that is its own, where @ret is 0 or an error. */
static inline int mmi_log_taken(int ret)
{
	return ret ? ret : 1;
}

/* Counts a line of @source. */
void mmi_log_note_line(struct mmi_log *log, enum mmi_log_source source,
		       const struct mmi_line *line);

/* Appends CPUs @first to @last of node @nid to @list.  -ENOMEM, -EINVAL. */
int mmi_log_list_cpus(struct mmi_log *log, struct mmi_byte_ranges *list, uint64_t first,
		      uint64_t last, int nid);

/* Remembers that @line of @source could not be read at @scan, where @expected should stand; 1. */
int mmi_log_bad_line(struct mmi_log *log, enum mmi_log_source source, const struct mmi_line *line,
		     const struct mmi_scan *scan, const char *expected);

/* The error that @source remembers, if any, goes to log->err; 0 or its code. */
int mmi_log_source_error(struct mmi_log *log, enum mmi_log_source source);

/* Frees what a log holds and empties it, but for what it reads from. */
void mmi_log_reset(struct mmi_log *log);

/* Makes a machine of what was collected. */
int mmi_log_machine(struct mmi_log *log, const struct mmi_platform *platform,
		    const struct mmi_input_options *options, struct mmi_machine **machine,
		    struct mmi_input_info *info);

#endif
