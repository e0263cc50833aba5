/* SPDX-License-Identifier: MIT */
/* Distances between nodes, given by the user as a matrix. */
#ifndef INPUT_DISTANCE_MATRIX_H
#define INPUT_DISTANCE_MATRIX_H

#include "mminit/machine.h"

/*
 * Reads rows of distances into @distances, @nr_nodes x @nr_nodes for the nodes @nids, which rise.
 * As `numactl -H` prints them: the line "node   0   1" names the nodes of rows and columns, and
 * nodes that it leaves out keep what they have.  Without that line: a row of every node in turn.
 * -EINVAL with line and column: not such a matrix, a node that @nids does not have or that is not
 * 10 from itself or not further from another.
 */
int mmi_distance_matrix_read(uint16_t *distances, const int *nids, size_t nr_nodes,
			     const char *text, size_t size_bytes, struct mmi_error *err);

#endif
