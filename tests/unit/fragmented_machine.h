/* SPDX-License-Identifier: MIT */
/* A machine whose free memory is in pieces, for tests that count what each piece costs. */
#ifndef TESTS_UNIT_FRAGMENTED_MACHINE_H
#define TESTS_UNIT_FRAGMENTED_MACHINE_H

#include "machine_fixture.h"

#define FRAGMENTED_LEAST_BYTES (2 * MIB)

/*
 * A GiB from 4 GiB on, with a page reserved in the middle of every @every_bytes of it; 0: none.
 * Its ranges stand until the next call.
 */
static inline struct mmi_machine_spec fragmented_spec(uint64_t every_bytes)
{
	static const struct mmi_spec_range memory = {4 * GIB, 5 * GIB, 0, 0, 0};
	static struct mmi_spec_range reserved[GIB / FRAGMENTED_LEAST_BYTES];
	struct mmi_machine_spec spec = x86_spec(&memory, 1);

	assert_true(!every_bytes || every_bytes >= FRAGMENTED_LEAST_BYTES);
	spec.reserved = reserved;
	spec.nr_reserved = every_bytes ? GIB / every_bytes : 0;
	for (size_t i = 0; i < spec.nr_reserved; i++) {
		const uint64_t start = 4 * GIB + i * every_bytes + every_bytes / 2;
		reserved[i] = (struct mmi_spec_range){start, start + 4 * KIB, -1, 0, 0};
	}
	return spec;
}

#endif
