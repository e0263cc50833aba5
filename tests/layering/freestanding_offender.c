/* SPDX-License-Identifier: MIT */
/* Breaks each rule of a freestanding object once, to prove that the test of them can fail. */
extern int not_a_mem_function(void);
extern _Thread_local int offending_thread_local;
extern int offending_global;

_Thread_local int offending_thread_local;
int offending_global;

int offending_call(void);
int offending_call(void)
{
	offending_thread_local = ++offending_global;
	return not_a_mem_function();
}
