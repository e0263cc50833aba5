/* SPDX-License-Identifier: MIT */
/*
 * What libmminit.so shows: the declarations of the public headers and nothing else.
 *
 * The library is compiled with hidden visibility.  A public header puts its declarations between
 * these two, which give them C linkage for C++ and make the functions visible; what only the
 * library's own headers declare stays inside.
 */
#ifndef MMINIT_EXPORT_H
#define MMINIT_EXPORT_H

#ifdef __cplusplus
#define MMI_DECLARATIONS_BEGIN                                                                     \
	extern "C" {                                                                               \
	_Pragma("GCC visibility push(default)")
#define MMI_DECLARATIONS_END                                                                       \
	_Pragma("GCC visibility pop")                                                              \
	}
#else
#define MMI_DECLARATIONS_BEGIN _Pragma("GCC visibility push(default)")
#define MMI_DECLARATIONS_END   _Pragma("GCC visibility pop")
#endif

#endif
