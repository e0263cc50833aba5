// SPDX-License-Identifier: MIT
// Proves that C++ reads every public header, all in one file, and can link with the library.
#include "all_public_headers.h"

#include <cstdio>
#include <cstring>

int main()
{
	mmi_error err{};

	mmi_error_set(&err, -22, "read %u: expected %s", 7u, "a section");
	if (err.code != -22 || std::strcmp(err.text, "read 7: expected a section") != 0) {
		std::printf("unexpected error object: %d \"%s\"\n", err.code, err.text);
		return 1;
	}
	return 0;
}
