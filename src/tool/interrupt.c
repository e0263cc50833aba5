/* SPDX-License-Identifier: MIT */
/* Notes the first interrupt in one word, and holds back whatever would end the program. */
#include <signal.h>
#include <stddef.h>

#include "tool/interrupt.h"

/* What terminals, shells and service managers end programs by. */
static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

#define NR_ENDING_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static uint32_t came;
static int held_signal;
static struct sigaction held_actions[NR_ENDING_SIGNALS];

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

static void hold(int signal_number)
{
	__atomic_store_n(&held_signal, signal_number, __ATOMIC_RELAXED);
}

/* Handlers, not a mask: the other threads of the team have masks of their own. */
void mmi_interrupt_hold(void)
{
	const struct sigaction holding = {.sa_handler = hold, .sa_flags = SA_RESTART};

	held_signal = 0;
	for (size_t i = 0; i < NR_ENDING_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &held_actions[i]);
		if (held_actions[i].sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &holding, NULL);
	}
}

void mmi_interrupt_release(void)
{
	for (size_t i = 0; i < NR_ENDING_SIGNALS; i++)
		sigaction(ending_signals[i], &held_actions[i], NULL);
	const int signal_number = __atomic_load_n(&held_signal, __ATOMIC_RELAXED);
	if (signal_number)
		raise(signal_number);
}
