/* SPDX-License-Identifier: MIT */
/* Reads a matrix of distances. */
#include "input/distance_matrix.h"

#include <errno.h>

#include "input/line_reader.h"

#define FARTHEST_DISTANCE 254 /* 255 means unreachable */

struct matrix {
	uint16_t *distances;
	const int *nids;
	size_t nr_nodes;
	size_t columns[MMI_MAX_NODES]; /* which node a column, and a row, is of */
	size_t nr_columns;
	size_t nr_rows;
	struct mmi_line_reader reader;
	struct mmi_error *err;
};

static int bad(const struct matrix *m, const struct mmi_line *line, const char *at,
	       const char *expected)
{
	return mmi_error_set_at(
	    m->err, -EINVAL, line->number, mmi_line_reader_column(&m->reader, at),
	    "row %zu of %zu distances: %s expected", m->nr_rows, m->nr_columns, expected);
}

static bool is_row(struct mmi_scan scan)
{
	mmi_scan_blanks(&scan);
	return !mmi_scan_is_done(&scan) && *scan.at >= '0' && *scan.at <= '9';
}

/* "node   0   1   8", and nothing else. */
static bool is_heading(struct mmi_scan scan)
{
	int nid;

	if (!mmi_scan_word(&scan, "node "))
		return false;
	do {
		if (mmi_scan_nid(&scan, &nid))
			return false;
		mmi_scan_blanks(&scan);
	} while (!mmi_scan_is_done(&scan));
	return true;
}

static int read_heading(struct matrix *m, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	int nid;

	m->nr_columns = 0;
	for (mmi_scan_word(&scan, "node "); !mmi_scan_is_done(&scan); mmi_scan_blanks(&scan)) {
		const char *at = scan.at;
		size_t node = 0;
		mmi_scan_nid(&scan, &nid);
		while (node < m->nr_nodes && m->nids[node] != nid)
			node++;
		if (node == m->nr_nodes || (m->nr_columns && node <= m->columns[m->nr_columns - 1]))
			return bad(m, line, at, "nodes of the machine, in rising order,");
		m->columns[m->nr_columns++] = node;
	}
	return 0;
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

static int read_row(struct matrix *m, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	uint64_t value;

	if (m->nr_rows == m->nr_columns)
		return bad(m, line, line->text, "no more rows than nodes");
	uint16_t *row = &m->distances[m->columns[m->nr_rows] * m->nr_nodes];
	skip_row_label(&scan);
	for (size_t i = 0; i < m->nr_columns; i++) {
		mmi_scan_blanks(&scan);
		const char *at = scan.at;
		const bool found = mmi_scan_decimal(&scan, &value) && value <= FARTHEST_DISTANCE;
		if (!found ||
		    (i == m->nr_rows ? value != MMI_LOCAL_DISTANCE : value <= MMI_LOCAL_DISTANCE))
			return bad(m, line, at, "10 for the node itself, 11 to 254 for others");
		row[m->columns[i]] = (uint16_t)value;
	}
	m->nr_rows++;
	mmi_scan_blanks(&scan);
	return mmi_scan_is_done(&scan) ? 0 : bad(m, line, scan.at, "as many numbers as nodes");
}

int mmi_distance_matrix_read(uint16_t *distances, const int *nids, size_t nr_nodes,
			     const char *text, size_t size_bytes, struct mmi_error *err)
{
	struct matrix m = {.distances = distances,
			   .nids = nids,
			   .nr_nodes = nr_nodes,
			   .nr_columns = nr_nodes,
			   .err = err};
	struct mmi_line line;
	int ret = mmi_line_reader_init(&m.reader, text, size_bytes, err);

	for (size_t i = 0; i < nr_nodes; i++)
		m.columns[i] = i;
	while (!ret && mmi_line_reader_next(&m.reader, &line)) {
		const struct mmi_scan scan = {line.text, line.end};
		if (!m.nr_rows && is_heading(scan))
			ret = read_heading(&m, &line);
		else if (is_row(scan))
			ret = read_row(&m, &line);
	}
	if (!ret && m.nr_rows < m.nr_columns)
		ret = mmi_error_set(err, -EINVAL,
				    "%zu rows of distances: one for each of %zu nodes expected",
				    m.nr_rows, m.nr_columns);
	return ret;
}
