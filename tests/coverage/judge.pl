#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Adds up what gcovr counted, room by room, and fails when less is covered than CONTRIBUTING.md states,
# or when a file has more uncovered lines than gaps.txt gives a reason for.  What threads meet differs from
# run to run: a file that is named there may have two more.
#
#   judge.pl GAPS CONTRIBUTING COUNTS...
use strict;
use warnings;
use JSON::PP;

my ($gaps, $contributing, @counts) = @ARGV;

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$in>;
}

# "FILE | LINES | WHY"
sub read_gaps {
	my %allowed;
	for (grep { !/^#|^$/ } split /\n/, slurp($gaps)) {
		/^(\S+) \| (\d+) \| \S/ or die "$gaps: $_: FILE | LINES | WHY expected\n";
		$allowed{$1} = $2 + 2;
	}
	return %allowed;
}

my %runs;    # of a file, of a line: how often it ran
for my $document (map { decode_json(slurp($_)) } @counts) {
	for my $file (@{$document->{files}}) {
		$runs{$file->{file}}{$_->{line_number}} += $_->{count}
			for grep { !$_->{'gcovr/noncode'} } @{$file->{lines}};
	}
}

my %allowed = read_gaps();
my (%nr_lines, %nr_covered, @unnamed);
for my $file (sort keys %runs) {
	my ($room) = $file =~ m{^src/(\w+)/} or next;
	my @uncovered = grep { !$runs{$file}{$_} } sort { $a <=> $b } keys %{$runs{$file}};
	for ($room, 'src') {
		$nr_lines{$_} += keys %{$runs{$file}};
		$nr_covered{$_} += keys(%{$runs{$file}}) - @uncovered;
	}
	push @unnamed, sprintf "%s: %d lines did not run, at most %d expected: %s", $file, scalar @uncovered,
		$allowed{$file} // 0, join ' ', @uncovered
		if @uncovered > ($allowed{$file} // 0);
}
my @gone = grep { !$runs{$_} } sort keys %allowed;

my %share = map { $_ => 100 * $nr_covered{$_} / $nr_lines{$_} } keys %nr_lines;
printf "%-12s %6d of %6d lines  %5.1f%%\n", $_, $nr_covered{$_}, $nr_lines{$_}, $share{$_}
	for (sort grep { $_ ne 'src' } keys %share), 'src';
my ($stated) = slurp($contributing) =~ /covers at least (\d+)% of the\s+lines of `src\/`/
	or die "$contributing: covers at least N% of the lines of `src/`: expected\n";
printf "report: the suite covers %.1f%% of the lines of src/, %d%% expected\n", $share{src}, $stated;
print "$_\n" for @unnamed;
print "$_: named in $gaps, but there is no such file\n" for @gone;
exit($share{src} < $stated || @unnamed || @gone ? 1 : 0);
