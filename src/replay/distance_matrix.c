/* SPDX-License-Identifier: MIT */
/* Reads a matrix of distances. */
#include "replay/distance_matrix.h"

#include <errno.h>

#include "input/line_reader.h"

#define FARTHEST_DISTANCE 254 /* 255 means unreachable */

static bool is_row(struct mmi_scan scan)
{
	mmi_scan_blanks(&scan);
	return !mmi_scan_is_done(&scan) && *scan.at >= '0' && *scan.at <= '9';
}

/* "  0:" before the numbers of a row. */
static void skip_row_label(struct mmi_scan *scan)
{
	struct mmi_scan label = *scan;
	uint64_t nid;

	mmi_scan_blanks(&label);
	if (mmi_scan_decimal(&label, &nid) && mmi_scan_word(&label, ":"))
		*scan = label;
}

static int read_row(uint16_t *row, size_t index, size_t nr_nodes,
		    const struct mmi_line_reader *reader, const struct mmi_line *line,
		    struct mmi_error *err)
{
	struct mmi_scan scan = {line->text, line->end};
	uint64_t value;

	skip_row_label(&scan);
	for (size_t i = 0; i < nr_nodes; i++) {
		mmi_scan_blanks(&scan);
		const char *at = scan.at;
		const bool found = mmi_scan_decimal(&scan, &value) && value <= FARTHEST_DISTANCE;
		if (!found ||
		    (i == index ? value != MMI_LOCAL_DISTANCE : value <= MMI_LOCAL_DISTANCE))
			return mmi_error_set_at(err, -EINVAL, line->number,
						mmi_line_reader_column(reader, at),
						"row %zu of %zu distances: %d for the node itself, "
						"%d to %d for others expected",
						index, nr_nodes, MMI_LOCAL_DISTANCE,
						MMI_LOCAL_DISTANCE + 1, FARTHEST_DISTANCE);
		row[i] = (uint16_t)value;
	}
	mmi_scan_blanks(&scan);
	if (mmi_scan_is_done(&scan))
		return 0;
	return mmi_error_set_at(
	    err, -EINVAL, line->number, mmi_line_reader_column(reader, scan.at),
	    "more than %zu distances in a row: as many as possible nodes expected", nr_nodes);
}

int mmi_distance_matrix_read(uint16_t *distances, size_t nr_nodes, const char *text,
			     size_t size_bytes, struct mmi_error *err)
{
	struct mmi_line_reader reader;
	struct mmi_line line;
	size_t nr_rows = 0;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, err);

	while (!ret && mmi_line_reader_next(&reader, &line)) {
		if (!is_row((struct mmi_scan){line.text, line.end}))
			continue;
		if (nr_rows == nr_nodes)
			return mmi_error_set_at(err, -EINVAL, line.number, 1,
						"more than %zu rows of distances: one for each "
						"possible node expected",
						nr_nodes);
		ret = read_row(&distances[nr_rows * nr_nodes], nr_rows, nr_nodes, &reader, &line,
			       err);
		nr_rows++;
	}
	if (!ret && nr_rows < nr_nodes)
		ret = mmi_error_set(err, -EINVAL,
				    "%zu rows of distances: one for each of %zu possible nodes "
				    "expected",
				    nr_rows, nr_nodes);
	return ret;
}
