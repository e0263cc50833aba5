#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every place of C files where one operator or constant can be flipped, in an order that a seed
# fixes: "FILE:LINE:COLUMN:LENGTH:REPLACEMENT", a line each.
#
#   sites.pl SEED FILE...
#
# Comments, preprocessor lines and what is between quotes are left alone.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);

my %flips = (
	' < '  => ' <= ', ' <= ' => ' < ',  ' > '  => ' >= ', ' >= ' => ' > ',
	' == ' => ' != ', ' != ' => ' == ', ' && ' => ' || ', ' || ' => ' && ',
	' + '  => ' - ',  ' - '  => ' + ',  ' * '  => ' + ',  ' / '  => ' * ',
	' % '  => ' / ',  ' << ' => ' >> ', ' >> ' => ' << ', ' & '  => ' | ',
	' | '  => ' & ',  ' += ' => ' -= ', ' -= ' => ' += ', ' |= ' => ' &= ',
	' &= ' => ' |= ', '++'   => '--',   '--'   => '++',   'true' => 'false',
	'false' => 'true', '0'   => '1',    '1'    => '2',
);
my $tokens = join '|', map { /^\w/ ? "\\b$_\\b" : quotemeta } sort { length $b <=> length $a } keys %flips;

my $seed = shift @ARGV;
my (@sites, $in_comment);
for my $file (@ARGV) {
	open my $in, '<', $file or die "$file: $!\n";
	while (my $line = <$in>) {
		$in_comment = 1 if $line =~ m{^\s*/\*};
		my $skip = $in_comment || $line =~ /^#/;
		$in_comment = 0 if $line =~ m{\*/};
		next if $skip;
		$line =~ s{"(\\.|[^"\\])*"|'(\\.|[^'\\])*'}{' ' x length $&}ge;
		$line =~ s{/\*.*?(\*/|$)}{' ' x length $&}ge;
		while ($line =~ /($tokens)/g) {
			my $flip = $flips{$1};
			push @sites, join ':', $file, $., $-[1] + 1, length $1, $flip;
			pos($line) = $-[1] + 1;
		}
	}
	close $in;
}
# A site's place in the order is its own: it stays the same when other files change.
my %place = map { $_ => sha1_hex("$seed $_") } @sites;
print "$_\n" for sort { $place{$a} cmp $place{$b} } @sites;
