/* SPDX-License-Identifier: MIT */
/* Distances between nodes, given by the user as a matrix. */
#ifndef REPLAY_DISTANCE_MATRIX_H
#define REPLAY_DISTANCE_MATRIX_H

#include "mminit/machine.h"

/*
 * Reads @nr_nodes rows of as many numbers, one row a line: as `numactl -H` prints them (its
 * heading and the "N:" before a row are passed), or plain.  Fills @distances row by row.
 * -EINVAL with line and column: not a matrix of that size, a node that is not 10 from itself or
 * not further from another.
 */
int mmi_distance_matrix_read(uint16_t *distances, size_t nr_nodes, const char *text,
			     size_t size_bytes, struct mmi_error *err);

#endif
