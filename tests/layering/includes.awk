# SPDX-License-Identifier: MIT
# Holds every #include against the table of rooms, and two habits of the tree: a basename occurs
# once, and a file's first line names its licence.
#
#   awk -f includes.awk tests/layering.txt FILE...
#
# FILEs are named from the top of the tree ("src/zone/buddy.c").  An #include is resolved by its
# basename, which is why basenames are unique.  Prints every violation; exits 1 if there was one.

function violation(text)
{
	print text
	nr_violations++
}

function base_of(path)
{
	sub(/.*\//, "", path)
	return path
}

# The room of a file, "" for files outside src/ and include/, which may include anything.
function room_of(path, parts)
{
	split(path, parts, "/")
	if (parts[1] == "src")
		return parts[2]
	if (parts[1] != "include")
		return ""
	if (base_of(path) in header_room)
		return header_room[base_of(path)]
	return substr(base_of(path), 1, length(base_of(path)) - 2)
}

function add_file(path, base)
{
	base = base_of(path)
	if (base in path_of)
		violation(path ": the basename is also that of " path_of[base])
	path_of[base] = path
	if (room_of(path) != "" && !(room_of(path) in is_room))
		violation(path ": room \"" room_of(path) "\" is not in the table")
}

function check_system_include(path, header)
{
	if ((room_of(path) in is_freestanding) && !(header in is_system))
		violation(path ": freestanding, but includes <" header ">")
}

function check_include(path, header, from, to)
{
	if (!(base_of(header) in path_of)) {
		violation(path ": includes \"" header "\", which is not in the tree")
		return
	}
	header = path_of[base_of(header)]
	from = room_of(path)
	to = room_of(header)
	if (from == to)
		return
	if (!((from, to) in may_include))
		violation(path ": room " from " may not include " header " of room " to)
	else if ((from in is_public_only) && header !~ /^include\//)
		violation(path ": room " from " may include public headers only, not " header)
}

FNR == 1 && FILENAME != ARGV[1] {
	if (!table_read) {
		table_read = 1
		for (i = 2; i < ARGC; i++)
			add_file(ARGV[i])
	}
	nr_files++
	if (index($0, "SPDX-License-Identifier: MIT") == 0)
		violation(FILENAME ": the first line is not the licence identifier")
}

FILENAME == ARGV[1] {
	if ($1 == "room") {
		is_room[$2] = 1
		for (i = 3; i <= NF; i++)
			may_include[$2, $i] = 1
	} else if ($1 == "header") {
		header_room[$2] = $3
	} else {
		for (i = 2; i <= NF; i++) {
			if ($1 == "freestanding")
				is_freestanding[$i] = 1
			else if ($1 == "system")
				is_system[$i] = 1
			else if ($1 == "public")
				is_public_only[$i] = 1
		}
	}
	next
}

room_of(FILENAME) != "" && /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	nr_includes++
	header = $0
	gsub(/^[^<"]*[<"]|[>"].*$/, "", header)
	if ($0 ~ /^[^"]*</)
		check_system_include(FILENAME, header)
	else
		check_include(FILENAME, header)
}

END {
	printf "%d files, %d includes, %d violations\n", nr_files, nr_includes, nr_violations
	exit nr_violations > 0
}
