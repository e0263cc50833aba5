/* SPDX-License-Identifier: MIT */
/*
 * Values by name, in the order they came: what a log states, and what we say of the same.
 *
 * A name may come more than once.  Out of memory is remembered and told at the end, so that those
 * who add need not ask each time.
 */
#ifndef REPLAY_NAMED_VALUES_H
#define REPLAY_NAMED_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MMI_NAME_BYTES 192

enum mmi_value_kind {
	MMI_VALUE_EXACT,
	MMI_VALUE_AT_MOST, /* a number that must not be exceeded */
	MMI_VALUE_UNKNOWN, /* cannot be known; the value says why */
};

struct mmi_named_value {
	char *name;
	char *value;
	enum mmi_value_kind kind;
	uint32_t line; /* of the log; 0: none */
	uint32_t next; /* with the same hash: its number + 1; 0: none */
};

/* Values of one hash, in the order they came; numbers + 1, 0: none. */
struct mmi_value_chain {
	uint32_t first;
	uint32_t last;
};

struct mmi_named_values {
	struct mmi_named_value *items;
	struct mmi_value_chain *chains; /* as many as there is room for items: a power of two */
	size_t nr;
	size_t capacity;
	bool failed; /* memory ran out; something is missing */
};

void mmi_named_values_deinit(struct mmi_named_values *values); /* zeroed ones are allowed */

/* Adds @value, copied, under the name that @name_format makes. */
void mmi_named_values_add(struct mmi_named_values *values, uint32_t line, const char *value,
			  const char *name_format, ...) __attribute__((format(printf, 4, 5)));
void mmi_named_values_add_number(struct mmi_named_values *values, uint32_t line, uint64_t value,
				 const char *name_format, ...)
    __attribute__((format(printf, 4, 5)));

/* Makes the value that was added last one of another kind. */
void mmi_named_values_set_kind(struct mmi_named_values *values, enum mmi_value_kind kind);

/* Number of the first value under @name at or above @from; nr when there is none. */
size_t mmi_named_values_find(const struct mmi_named_values *values, const char *name, size_t from);

#endif
