#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every place of C files where one operator or constant can be flipped, in an order that a seed
# fixes: "FILE:LINE:COLUMN:LENGTH:REPLACEMENT", a line each.
#
#   sites.pl SEED FILE...
#
# Comments, preprocessor lines and lines with texts are left alone: those are messages.
use strict;
use warnings;

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
		my $skip = $in_comment || $line =~ /^#/ || $line =~ /["']/;
		$in_comment = 0 if $line =~ m{\*/};
		next if $skip;
		$line =~ s{/\*.*?(\*/|$)}{' ' x length $&}ge;
		while ($line =~ /($tokens)/g) {
			my $flip = $flips{$1};
			push @sites, join ':', $file, $., $-[1] + 1, length $1, $flip;
			pos($line) = $-[1] + 1;
		}
	}
	close $in;
}
srand $seed;
for (my $i = @sites - 1; $i > 0; $i--) {
	my $j = int rand $i + 1;
	@sites[$i, $j] = @sites[$j, $i];
}
print "$_\n" for @sites;
