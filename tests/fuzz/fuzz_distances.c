/* SPDX-License-Identifier: MIT */
/* Files of distances: the first character says for how many nodes, as a digit, the rest is the file. */
#include "fuzz/fuzz_target.h"

#include "input/distance_matrix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int nids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 1023};
	const size_t nr_nodes = size ? data[0] % 16u + 1 : 1;
	uint16_t *distances = calloc(nr_nodes * nr_nodes, sizeof(*distances));
	struct mmi_error err = {0};

	if (!size)
		data = (const uint8_t *)"";
	fuzz_expect(distances != NULL);
	for (size_t i = 0; i < nr_nodes * nr_nodes; i++)
		distances[i] = i % (nr_nodes + 1) ? 20 : 10;
	const int ret = mmi_distance_matrix_read(distances, nids, nr_nodes,
						 (const char *)data + !!size, size - !!size, &err);
	if (ret)
		fuzz_expect_error(ret, &err, data, size);
	for (size_t i = 0; !ret && i < nr_nodes * nr_nodes; i++)
		fuzz_expect(i % (nr_nodes + 1) ? distances[i] > 10 : distances[i] == 10);
	free(distances);
	return 0;
}
