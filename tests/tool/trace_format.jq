# SPDX-License-Identifier: MIT
# What the trace event format wants of a document in its object form, and Perfetto of one that it is to
# show whole: prints what is wrong, a line each; nothing is good.  Only the two kinds of events that
# mminit writes are known: names (M) and complete events (X).

# Perfetto keeps process and thread numbers in 32 bits.
def is_id: type == "number" and . == floor and . >= 0 and . < 4294967296;
def is_time: type == "number" and (isnan | not) and (isinfinite | not) and . >= 0;
def is_word: type == "string" and length > 0;
# Microseconds with fractions do not add up exactly.
def ns: . * 1000 | round;

def wrong_members:
	if type != "object" then "no object"
	elif (.pid | is_id | not) then "pid"
	elif (.tid | is_id | not) then "tid"
	elif (.name | is_word | not) then "name"
	elif (.args | type) != "object" then "args"
	elif .ph == "M" then
		if (.name | IN("process_name", "thread_name") | not) then "a name of something else"
		elif (.args.name | is_word | not) then "a name that is none"
		else empty end
	elif .ph == "X" then
		if (.cat | is_word | not) then "cat"
		elif (.ts | is_time | not) then "ts"
		elif (.dur | is_time | not) then "dur"
		else empty end
	else "ph" end;

# Of two events of a thread one ends before the other begins: Perfetto drops what partly overlaps.
def wrong_order:
	group_by([.pid, .tid])[] | sort_by(.ts) | [.[:-1], .[1:]] | transpose[]
	| select((.[0].ts | ns) + (.[0].dur | ns) > (.[1].ts | ns))
	| "overlaps: \(.[0].name) and \(.[1].name)";

def wrong_names($names; $events):
	($names | map(select(.name == "process_name").pid)) as $processes
	| ($names | map(select(.name == "thread_name") | [.pid, .tid])) as $threads
	| (select(($processes | length) != ($processes | unique | length)) | "a process is named twice"),
	  (select(($threads | length) != ($threads | unique | length)) | "a thread is named twice"),
	  ($events | map(.pid) | unique[] | select(IN($processes[]) | not) | "process \(.) has no name"),
	  ($events | map([.pid, .tid]) | unique[] | select(IN($threads[]) | not) | "thread \(.) has no name");

def wrong_events:
	map(select(.ph == "M")) as $names | map(select(.ph == "X")) as $events
	| wrong_names($names; $events), ($events | wrong_order),
	  (select(($events | length) > 0 and ($events | map(.ts) | min) != 0) | "no event at time 0");

if type != "object" then "no object"
elif (.displayTimeUnit | IN("ms", "ns") | not) then "displayTimeUnit"
elif (.traceEvents | type) != "array" then "traceEvents"
elif (.otherData | type) != "object" then "otherData"
else
	[.traceEvents | to_entries[] | .key as $i | .value | wrong_members | "event \($i): \(.)"] as $wrong
	| if $wrong == [] then .traceEvents | wrong_events else $wrong[] end
end
