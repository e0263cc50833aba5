/* SPDX-License-Identifier: MIT */
/* Notes the first interrupt in one word. */
#include <signal.h>
#include <stddef.h>

#include "tool/interrupt.h"

static uint32_t came;

static void note(int signal_number)
{
	(void)signal_number;
	__atomic_store_n(&came, 1, __ATOMIC_RELEASE);
}

void mmi_interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
}

const uint32_t *mmi_interrupt_word(void)
{
	return &came;
}

bool mmi_interrupt_came(void)
{
	return __atomic_load_n(&came, __ATOMIC_ACQUIRE) != 0;
}
