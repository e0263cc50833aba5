/* SPDX-License-Identifier: MIT */
/* An interrupt (^C): work stops at its next border, and what stands is reported. */
#ifndef TOOL_INTERRUPT_H
#define TOOL_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the first interrupt is noted; the second one ends the program, as ever. */
void mmi_interrupt_catch(void);

/* Not 0 when there was one; atomic.  For who looks at it from other threads. */
const uint32_t *mmi_interrupt_word(void);
bool mmi_interrupt_came(void);

/* Between these two whatever would end the program waits: for what must not be left half done. */
void mmi_interrupt_hold(void);
void mmi_interrupt_release(void);

#endif
