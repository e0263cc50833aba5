# SPDX-License-Identifier: MIT
# Completes the source of a manual page with what the tool says of itself, so that pages list the
# very commands and options that there are:
#
#   @VERSION@            the version
#   @COMMANDS@           every command and what it is for
#   @SEEALSO@            the pages of all commands
#   @OPTIONS COMMAND@    the options of a command
#
#   awk -v tool=PATH -v version=V -f man_page.awk PAGE.scd
#
# The tool's help is a table with fixed columns ("  -q, --quiet   words"); see src/tool/options.c.

function plain(text) # for scdoc, which reads these as markup
{
	gsub(/[\\_*<#]/, "\\\\&", text)
	return text
}

function read_commands(line, parts)
{
	while (((tool " help") | getline line) > 0)
		if (match(line, /^  mminit [a-z]+/)) {
			split(line, parts, " ")
			names[++nr_commands] = parts[2]
			match(line, /  [^ \[].*$/)
			sub(/^  mminit [a-z]+ +(\[?[A-Z]+[^ ]* +)*/, "", line)
			summaries[nr_commands] = line
		}
	close(tool " help")
}

function print_commands(i)
{
	for (i = 1; i <= nr_commands; i++)
		printf "*mminit-%s*(1)\n\t%s\n\n", names[i], plain(summaries[i])
}

function see_also(i, text)
{
	for (i = 1; i <= nr_commands; i++)
		text = text (i > 1 ? ", " : "") "*mminit-" names[i] "*(1)"
	return text
}

function print_options(command, line, on, name, argument, letter)
{
	while (((tool " help " command) | getline line) > 0) {
		if (line == "Options:")
			on = 1
		if (!on || !match(line, /^  (-.,|   ) --[a-z-]+/))
			continue
		letter = substr(line, 3, 2)
		line = substr(line, 7)
		match(line, /^--[a-z-]+/)
		name = substr(line, 1, RLENGTH)
		line = substr(line, RLENGTH + 1)
		argument = match(line, /^ [A-Z][^ ]*/) ? " _" substr(line, 2, RLENGTH - 1) "_" : ""
		if (argument != "")
			line = substr(line, RLENGTH + 1)
		sub(/^ +/, "", line)
		printf "%s*%s*%s\n\t%s\n\n", letter ~ /-/ ? "*" letter "*, " : "", name, argument, plain(line)
	}
	close(tool " help " command)
}

BEGIN {
	read_commands()
}
/^@COMMANDS@$/ {
	print_commands()
	next
}
/^@OPTIONS [a-z]+@$/ {
	gsub(/@/, "", $2)
	print_options($2)
	next
}
{
	gsub(/@VERSION@/, version)
	gsub(/@SEEALSO@/, see_also())
	print
}
