/* SPDX-License-Identifier: MIT */
/*
 * Input: text in, machine out.  A library of its own beside the core (it uses libc, and hwloc
 * for this machine); the core knows nothing of it.
 *
 * Every parser bounds what it takes, says `line:column: what was read: what was expected`
 * through `struct mmi_error`, and leaves nothing behind on failure.  All functions may be called
 * from any thread; nothing is shared between calls.
 */
#ifndef MMINIT_INPUT_H
#define MMINIT_INPUT_H

#include "mminit/machine.h"

MMI_DECLARATIONS_BEGIN

enum mmi_input_format {
	MMI_INPUT_BOOT_LOG, /* a kernel boot log, with or without memblock=debug */
	MMI_INPUT_SHAPE,    /* a shape string: "2n:64G,cpus=8" */
	MMI_INPUT_THIS_MACHINE,
	MMI_INPUT_TOPOLOGY,     /* of hwloc: XML, or a synthetic description */
	MMI_INPUT_MACHINE_FILE, /* mminit's own, as `mminit import` writes it */
	MMI_INPUT_MEMORY_FILE,  /* a copy of a file of /proc, /sys or debugfs, or lsmem's JSON */
	MMI_INPUT_DEVICE_TREE,  /* a flattened device tree */
};

/* What a description was read from, for people: the format and the sources that were used. */
struct mmi_input_info {
	enum mmi_input_format format;
	char format_name[32]; /* "boot log", "shape", "this machine", ... */
	char sources[256];    /* "memblock dump at line 203 and 117 later lines", "/proc/iomem" */
	char notes[512];      /* what was missing and what was assumed instead; "" when nothing */
};

/* Overrides of the command line; zero the struct for none. */
struct mmi_input_options {
	bool has_linux_version;
	enum mmi_linux_version linux_version;
	/*
	 * Memory block size and zone limits of a boot log by Linux's rules, not as the log states
	 * them: for who holds one against the other.
	 */
	bool by_rules;
	/*
	 * Distances between all possible nodes, as a matrix or as `numactl -H` prints them, in
	 * place of what the machine itself says; NULL: none.
	 */
	const char *distances;
	size_t distances_bytes;
	struct mmi_error *distances_err; /* what is wrong with them; NULL: said as all else */
};

/*
 * Reads a machine from @text of @size_bytes, in whichever of the formats below it is.
 * Errors: -EINVAL (bad input, @err has line and column), -ENOMEM.  The caller owns *@machine
 * (mmi_machine_destroy()).  @info and @options may be NULL.
 */
int mmi_input_text(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		   const struct mmi_input_options *options, struct mmi_machine **machine,
		   struct mmi_input_info *info, struct mmi_error *err);

/* The same for one format. */
int mmi_input_boot_log(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		       const struct mmi_input_options *options, struct mmi_machine **machine,
		       struct mmi_input_info *info, struct mmi_error *err);
int mmi_input_shape(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		    const struct mmi_input_options *options, struct mmi_machine **machine,
		    struct mmi_input_info *info, struct mmi_error *err);

/*
 * An hwloc topology: XML of version 2, as lstopo writes it, or a synthetic description,
 * "numa:2(memory=64GB) core:26 pu:2".  Memory is laid out node after node.
 */
int mmi_input_topology(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		       const struct mmi_input_options *options, struct mmi_machine **machine,
		       struct mmi_input_info *info, struct mmi_error *err);

/* A file that `mminit import` wrote; mminit-machine(5). */
int mmi_input_machine_file(const struct mmi_platform *platform, const char *text, size_t size_bytes,
			   const struct mmi_input_options *options, struct mmi_machine **machine,
			   struct mmi_input_info *info, struct mmi_error *err);

/*
 * A copy of what a running system shows: /proc/iomem, /proc/zoneinfo, the files of
 * /sys/firmware/memmap as `grep . /sys/firmware/memmap/N/N` prints them, memblock's file "memory"
 * of debugfs, or what `lsmem --json` prints.
 */
int mmi_input_memory_file(const struct mmi_platform *platform, const char *text, size_t size_bytes,
			  const struct mmi_input_options *options, struct mmi_machine **machine,
			  struct mmi_input_info *info, struct mmi_error *err);

/* A device-tree blob: memory, reservations, nodes, CPUs, distances. */
int mmi_input_device_tree(const struct mmi_platform *platform, const char *blob, size_t size_bytes,
			  const struct mmi_input_options *options, struct mmi_machine **machine,
			  struct mmi_input_info *info, struct mmi_error *err);

/*
 * The machine that this process runs on: hwloc, /proc/iomem, /sys/firmware/memmap, /proc/zoneinfo.
 * -EINVAL: none of them tells where memory is, or one cannot be understood; -ENOMEM.  The caller
 * owns *@machine.
 */
int mmi_input_this_machine(const struct mmi_platform *platform,
			   const struct mmi_input_options *options, struct mmi_machine **machine,
			   struct mmi_input_info *info, struct mmi_error *err);

/*
 * A size of the command line: a number with K, M, G, T (binary), `p` (pages) or `s` (sections);
 * plain numbers are bytes.  Returns 0 and *@size_bytes, or -EINVAL; never overflows.
 */
int mmi_input_size(const char *text, size_t length, const struct mmi_geometry *geometry,
		   uint64_t *size_bytes, struct mmi_error *err);

MMI_DECLARATIONS_END

#endif
