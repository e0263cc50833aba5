/* SPDX-License-Identifier: MIT */
/* The four functions of a libc that the core, and every compiler, takes for granted. */
#include <stddef.h>

/* As <string.h> declares them; a bare machine may have no such header. */
void *memcpy(void *restrict to, const void *restrict from, size_t nr);
void *memmove(void *to, const void *from, size_t nr);
void *memset(void *to, int value, size_t nr);
int memcmp(const void *a, const void *b, size_t nr);

void *memcpy(void *restrict to, const void *restrict from, size_t nr)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	for (size_t i = 0; i < nr; i++)
		out[i] = in[i];
	return to;
}

void *memmove(void *to, const void *from, size_t nr)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	if (out <= in)
		return memcpy(to, from, nr);
	while (nr-- > 0)
		out[nr] = in[nr];
	return to;
}

void *memset(void *to, int value, size_t nr)
{
	unsigned char *out = to;

	for (size_t i = 0; i < nr; i++)
		out[i] = (unsigned char)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t nr)
{
	const unsigned char *left = a;
	const unsigned char *right = b;

	for (size_t i = 0; i < nr; i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}
