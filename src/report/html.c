/* SPDX-License-Identifier: MIT */
/*
 * The page: its template with the results in it.
 *
 * The results stand in a <script type="application/json">, which ends at the next "</script"
 * whatever it means in JSON.  So every '<' is written as \u003c, which means the same in a string,
 * and outside of strings JSON has none.  The page's own script makes text nodes of what it finds.
 */
#include <errno.h>

#include "report/page_template.h"
#include "report/result_file.h"

/* json_dump_callback()'s; errors stay with the stream. */
static int write_escaped(const char *bytes, size_t size_bytes, void *stream)
{
	for (size_t i = 0; i < size_bytes; i++)
		if (bytes[i] == '<')
			fputs("\\u003c", stream);
		else
			fputc(bytes[i], stream);
	return 0;
}

static int write_json(FILE *out, const json_t *value)
{
	return json_dump_callback(value, write_escaped, out, JSON_COMPACT | JSON_ENCODE_ANY)
		   ? -ENOMEM
		   : 0;
}

static int write_result(FILE *out, const struct mmi_result *result)
{
	int ret;

	fputs("{\"name\":", out);
	ret = write_json(out, result->name);
	fputs(",\"document\":", out);
	if (!ret)
		ret = write_json(out, result->document);
	fputc('}', out);
	return ret;
}

int mmi_report_html(FILE *out, struct mmi_result *const *results, size_t nr_results)
{
	int ret = 0;

	fwrite(mmi_page_head, 1, mmi_page_head_bytes, out);
	fputc('[', out);
	for (size_t i = 0; i < nr_results && !ret; i++) {
		if (i)
			fputs(",\n", out);
		ret = write_result(out, results[i]);
	}
	fputc(']', out);
	fwrite(mmi_page_tail, 1, mmi_page_tail_bytes, out);
	return ret;
}
