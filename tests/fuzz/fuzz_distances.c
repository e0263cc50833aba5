/* SPDX-License-Identifier: MIT */
/* Files of distances: the first character says for how many nodes, as a digit, the rest is the file. */
#include "fuzz/fuzz_target.h"

#include "replay/distance_matrix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t nr_nodes = size ? data[0] % 16u + 1 : 1;
	uint16_t *distances = calloc(nr_nodes * nr_nodes, sizeof(*distances));
	struct mmi_error err = {0};

	if (!size)
		data = (const uint8_t *)"";
	fuzz_expect(distances != NULL);
	const int ret = mmi_distance_matrix_read(distances, nr_nodes, (const char *)data + !!size,
						 size - !!size, &err);
	if (ret)
		fuzz_expect_error(ret, &err, data, size);
	for (size_t i = 0; !ret && i < nr_nodes * nr_nodes; i++)
		fuzz_expect(i % (nr_nodes + 1) ? distances[i] > 10 : distances[i] == 10);
	free(distances);
	return 0;
}
