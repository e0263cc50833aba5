# SPDX-License-Identifier: MIT
# Reads a public header for doxygen: our comments are plain ones, doxygen's have two asterisks.
#
#   the first comment after the licence   is about the file
#   a comment above a declaration         is about it, and about functions that follow without a gap
#   a comment behind a declaration        is about what stands before it
#   @name                                 is a parameter
#
# Comments between blank lines are about nothing in particular; doxygen does not get them.

function parameters(text)
{
	gsub(/@[a-z_]+/, "\\p &", text)
	gsub(/\\p @/, "\\p ", text)
	return text
}

# The name of the function that a line at the left margin declares; "": none.
function declared(line)
{
	if (line !~ /^(static inline |const )?[a-z_]+[a-z0-9_ *]* \**mmi_[a-z0-9_]+\(/)
		return ""
	match(line, /mmi_[a-z0-9_]+\(/)
	return substr(line, RSTART, RLENGTH - 1)
}

/^\/\* SPDX/ {
	print ""
	next
}
# Behind something.
/[^ \t].*\/\* .*\*\// && !/^[ \t]*\/\*/ {
	sub(/\/\* /, "/**< ")
	$0 = parameters($0)
}
# Above something, or about the file.
/^[ \t]*\/\*/ {
	sub(/\/\*/, is_file_told ? "/**" : "/** \\file\n")
	is_file_told = 1
	in_comment = 1
	is_told = 1
}
in_comment {
	print parameters($0)
	if (/\*\//)
		in_comment = 0
	next
}
/^$/ {
	is_told = 0
	last = ""
}
{
	name = declared($0)
	if (name != "") {
		if (/\/\*\*</)
			last = ""
		else if (is_told)
			last = name
		else if (last != "")
			printf "/** \\copydoc %s */ ", last
		is_told = 0
	}
	print
}
