/* SPDX-License-Identifier: MIT */
/* What an audit says of each page, to be held against what is seen there. */
#ifndef TESTS_PROPERTY_AUDIT_SAID_H
#define TESTS_PROPERTY_AUDIT_SAID_H

#include <stdlib.h>

#include "unit/machine_fixture.h"

/* What became of a page. */
enum {
	PAGE_MIDBLOCK = 1 << 0, /* freed while others of its block were not initialised */
	PAGE_READ = 1 << 1,     /* read while not initialised */
	PAGE_SINGLE = 1 << 2,   /* freed by a call of its own */
	PAGE_MISTYPED = 1 << 3, /* of a pageblock that stays UNMOVABLE */
};

struct audit_said {
	uint8_t always;
	uint8_t sometimes; /* in a race */
};

static inline uint64_t said_start(const struct mmi_machine *machine)
{
	return mmi_align_down(machine->memory[0].start_pfn, mmi_section_pages(&machine->geometry));
}

static inline uint64_t said_end(const struct mmi_machine *machine)
{
	return mmi_align_up(machine->memory[machine->nr_memory - 1].end_pfn,
			    mmi_section_pages(&machine->geometry));
}

/* Of every page of the sections from said_start() to said_end(); the caller frees it. */
static inline struct audit_said *said_write_down(const struct mmi_audit *audit)
{
	static const uint8_t page_of[MMI_NR_AUDIT_KINDS] = {
	    [MMI_AUDIT_MIDBLOCK_FREE] = PAGE_MIDBLOCK,
	    [MMI_AUDIT_UNINIT_READ] = PAGE_READ,
	    [MMI_AUDIT_MISTYPED] = PAGE_MISTYPED,
	    [MMI_AUDIT_PAGE_BY_PAGE] = PAGE_SINGLE,
	};
	const struct mmi_machine *machine = audit->layout->machine;
	const uint64_t start_pfn = said_start(machine);
	struct audit_said *said = calloc(said_end(machine) - start_pfn, sizeof(*said));

	assert_non_null(said);
	for (uint64_t i = 0; i < audit->nr_places; i++) {
		const struct mmi_audit_place *place = &audit->places[i];
		for (uint64_t pfn = place->start_pfn; pfn < place->end_pfn; pfn++) {
			struct audit_said *page = &said[pfn - start_pfn];
			if (place->is_race)
				page->sometimes |= page_of[place->kind];
			else
				page->always |= page_of[place->kind];
		}
	}
	return said;
}

/*
 * @upwards and @downwards: what was seen with the nodes' threads one after another, in both orders.
 * Nothing is said that neither shows, and nothing shown that was not said.
 */
static inline void said_compare(const struct mmi_audit *audit, const struct audit_said *said,
				const uint8_t *upwards, const uint8_t *downwards, uint64_t seed)
{
	const struct mmi_machine *machine = audit->layout->machine;
	const uint64_t nr_pages = said_end(machine) - said_start(machine);

	for (uint64_t i = 0; i < nr_pages; i++) {
		const uint8_t any = upwards[i] | downwards[i], both = upwards[i] & downwards[i];
		if (any == (said[i].always | said[i].sometimes) && !(said[i].always & ~both))
			continue;
		fail_msg("seed %llu, Linux %s: PFN 0x%llx: seen %x and %x, said %x always, "
			 "%x sometimes",
			 (unsigned long long)seed, mmi_linux_version_name(machine->linux_version),
			 (unsigned long long)(said_start(machine) + i), upwards[i], downwards[i],
			 said[i].always, said[i].sometimes);
	}
}

#endif
