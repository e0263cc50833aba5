/* SPDX-License-Identifier: MIT */
/* Reads kernelcore=, movablecore=, movable_node and numa=fake= off a kernel's command line. */
#include "input/kernel_params.h"
#include "input/size.h"

/* "4G" or "30%" */
static const char *scan_amount(struct mmi_scan *scan, struct mmi_amount *amount)
{
	const char *before = scan->at;
	uint64_t value;

	if (mmi_scan_size(scan, NULL, &value)) {
		scan->at = before;
		return "a size or a percentage";
	}
	amount->unit = mmi_scan_word(scan, "%") ? MMI_AMOUNT_PERCENT : MMI_AMOUNT_PAGES;
	amount->value = value;
	return NULL;
}

const char *mmi_kernel_params_scan(struct mmi_scan *scan, struct mmi_kernel_params *params)
{
	const char *expected = NULL;

	while (!expected && !mmi_scan_is_done(scan)) {
		mmi_scan_blanks(scan);
		if (mmi_scan_word(scan, "kernelcore=mirror"))
			params->kernelcore_is_mirror = true;
		else if (mmi_scan_word(scan, "kernelcore="))
			expected = scan_amount(scan, &params->kernelcore);
		else if (mmi_scan_word(scan, "movablecore="))
			expected = scan_amount(scan, &params->movablecore);
		else if (mmi_scan_word(scan, "movable_node"))
			params->movable_node = true;
		else if (mmi_scan_word(scan, "numa=fake="))
			params->has_fake_nodes = true;
		if (!expected && !mmi_scan_find(scan, " "))
			scan->at = scan->end;
	}
	return expected;
}

/* The kernel shifts, and so drops a part of a page. */
static struct mmi_amount in_pages(struct mmi_amount amount, unsigned page_shift)
{
	if (amount.unit == MMI_AMOUNT_PAGES)
		amount.value >>= page_shift;
	return amount;
}

void mmi_kernel_params_apply(const struct mmi_kernel_params *params, struct mmi_machine_spec *spec)
{
	if (params->movable_node)
		return;
	spec->kernelcore = in_pages(params->kernelcore, spec->geometry.page_shift);
	spec->movablecore = in_pages(params->movablecore, spec->geometry.page_shift);
}
