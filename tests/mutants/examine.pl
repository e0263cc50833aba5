#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Makes mutants, runs the tests on each until one notices, and reports: the second half of mutants.sh,
# in the folder that it has filled.
#
#   examine.pl SEED HOW_MANY MINUTES FILE... -- COMPILER... -- SANITIZED...
#
# Of the tests that reach the line those go first that noticed most nearby, for the time they take;
# first all in the plain build, then all in the sanitized one.  What the compiler makes the same code
# of is no mutant, and no more is what it refuses.  Survivors that argued.txt names, with the reason
# why no input can tell, may be one in twenty; any other fails, and so does what was not tried.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use File::Basename;
use POSIX qw(:sys_wait_h);

use constant HANG_SECONDS => 120;    # asleep, that is: who spins is ended sooner
use constant NEAR_LINES   => 12;     # what notices one mutant notices those around it

my ($seed, $how_many, $minutes) = splice @ARGV, 0, 3;
my @files = up_to_dashes();
my %build = (plain => [up_to_dashes()]);
$build{sanitized} = [@{$build{plain}}, @ARGV];
my $end_time = $minutes ? time + 60 * $minutes : 'inf';

sub up_to_dashes {
	my @words;
	push @words, shift @ARGV while @ARGV && $ARGV[0] ne '--';
	shift @ARGV;
	return @words;
}

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or return '';
	local $/;
	return scalar <$in>;
}

my %text  = map { $_ => [split /^/, slurp($_)] } @files;
my @tests = map { { name => $_->[0], machines => $_->[1], plain => $_->[2], sanitized => $_->[3] } }
	map { [split] } split /\n/, slurp('tests.list');
my %kills;    # FILE => [LINE, TEST]: what was noticed
my %reach;    # FILE => LINE => TEST => how often it runs the line

# The function or other item that a line is of: the indexes of its first line and its last.
sub item_around {
	my ($lines, $index) = @_;
	my ($first, $last) = ($index, $index);
	$first-- while $first > 0 && $lines->[$first - 1] !~ /^}/;
	$last++  while $last < $#$lines && $lines->[$last] !~ /^}/;
	return ($first, $last);
}

# A mutant as sites.pl names it.  What is kept of it stands until its function changes.
sub parse_site {
	my ($line) = @_;
	my %site;
	@site{qw(file line column length replacement)} = split /:/, $line;
	my @lines = mutated_lines(\%site);
	my ($first, $last) = item_around($text{$site{file}}, $site{line} - 1);
	$site{key} = "$site{file} " . sha1_hex(@lines[$first .. $last]);
	return \%site;
}

sub mutated_lines {
	my ($site) = @_;
	my @lines = @{$text{$site->{file}}};
	substr($lines[$site->{line} - 1], $site->{column} - 1, $site->{length}) = $site->{replacement};
	return @lines;
}

# FILE | LINE AS IT IS | LINE AS MUTATED
sub describe {
	my ($site) = @_;
	my @pair = ($text{$site->{file}}[$site->{line} - 1], (mutated_lines($site))[$site->{line} - 1]);
	s/^\s+|\s+$//g for @pair;
	return join ' | ', $site->{file}, @pair;
}

# succeeds LOG SECONDS COMMAND...: in a process group of its own, which is ended with it.
sub succeeds {
	my ($log, $seconds, @command) = @_;
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		setpgrp;
		open STDIN,  '<', '/dev/null';
		open STDOUT, '>', $log;
		open STDERR, '>&', \*STDOUT;
		exec 'prlimit', "--cpu=$seconds", '--', @command or POSIX::_exit(127);
	}
	# Second by second: no time passes while the run as a whole is stopped.
	my $nr_seconds = 0;
	local $SIG{ALRM} = sub {
		kill 'KILL', -$pid if ++$nr_seconds == HANG_SECONDS;
		alarm 1;
	};
	alarm 1;
	waitpid $pid, 0;
	alarm 0;
	my $status = $?;
	kill 'KILL', -$pid;
	return $status == 0;
}

sub note {
	my ($site, $test) = @_;
	push @{$kills{$site->{file}}}, [$site->{line}, $test];
}

# Lines without code of their own go with the last one before that has some, or else with none that
# a test could be left out for.
sub reaches {
	my ($site, $test) = @_;
	my $lines = $reach{$site->{file}} or return 1;
	my ($first) = item_around($text{$site->{file}}, $site->{line} - 1);
	for (my $line = $site->{line}; $line > $first; $line--) {
		return $lines->{$line}{$test} if $lines->{$line};
	}
	return 1;
}

# The tests that reach a mutant, the most promising first; one that is named after the file has the
# first try.
sub tests_for {
	my ($site) = @_;
	my $namesake = 'test_' . basename($site->{file}, '.c');
	my %promise = map { $_->{name} => ($_->{name} eq $namesake) + 0.1 } @tests;
	for (@{$kills{$site->{file}}}) {
		my ($line, $test) = @$_;
		$promise{$test} += abs($line - $site->{line}) <= NEAR_LINES ? 10 : 1 if $promise{$test};
	}
	my %worth = map { $_->{name} => $promise{$_->{name}} / ($_->{plain} + 0.05) } @tests;
	return sort { $worth{$b->{name}} <=> $worth{$a->{name}} } grep { reaches($site, $_->{name}) } @tests;
}

# Compiles a mutant for one build and loads it in front of the tests.  As verdict_on(), and nothing if
# no test notices.
sub try_build {
	my ($site, $build, $scratch) = @_;
	my $object = "$build/objects/" . ($site->{file} =~ s{/}{_}gr =~ s/c$/o/r);
	succeeds("$scratch/log", 60, @{$build{$build}}, '-c', '-o', "$scratch/mutant.o",
		"$scratch/" . basename($site->{file}))
		or return 'stillborn';
	slurp("$scratch/mutant.o") ne slurp($object) or return 'same';
	succeeds("$scratch/log", 60, 'gcc', '-shared', '-o', "$scratch/mutant.so", "$scratch/mutant.o")
		or die "cannot link a mutant of $site->{file}\n";
	for my $test (tests_for($site)) {
		next if succeeds("$scratch/log", 1 + int(5 * $test->{$build}), 'env',
			"LD_LIBRARY_PATH=$build", "LD_PRELOAD=./$scratch/mutant.so",
			"MMINIT_MACHINES=$test->{machines}", "$build/programs/$test->{name}");
		note($site, $test->{name});
		return $test->{name};
	}
	return;
}

# same, stillborn, survived, or the test that noticed it.
sub verdict_on {
	my ($site, $scratch) = @_;
	my $source = "$scratch/" . basename($site->{file});
	open my $out, '>', $source or die "$source: $!\n";
	print $out mutated_lines($site);
	close $out;
	return try_build($site, 'plain', $scratch) // try_build($site, 'sanitized', $scratch)
		// 'survived';
}

sub examine {
	my ($worker, @sites) = @_;
	my $scratch = "worker.$worker";
	mkdir $scratch;
	open my $found, '>>', 'found' or die "found: $!\n";
	$found->autoflush(1);
	for my $site (@sites) {
		last if time > $end_time;
		my $verdict = verdict_on($site, $scratch);
		print STDERR "survived: $site->{line}: ", describe($site), "\n" if $verdict eq 'survived';
		print $found "$site->{key} $verdict\n";
	}
}

sub read_found {
	my %found;
	for (split /\n/, slurp('found')) {
		/^(.*) (\S+)$/ and $found{$1} = $2;
	}
	return %found;
}

sub examine_in_parallel {
	my ($nr_workers, @sites) = @_;
	my @pids;
	for my $worker (0 .. $nr_workers - 1) {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			examine($worker, @sites[grep { $_ % $nr_workers == $worker } 0 .. $#sites]);
			exit 0;
		}
		push @pids, $pid;
	}
	my $failed = 0;
	for (@pids) {
		waitpid $_, 0;
		$failed ||= $?;
	}
	exit 1 if $failed;
}

# A file of another processor has no code here: whatever is flipped in it is the same.
sub files_without_code {
	my ($found, @sites) = @_;
	my %without = map { $_->{file} => 1 } @sites;
	for (@sites) {
		delete $without{$_->{file}} if ($found->{$_->{key}} // '') ne 'same';
	}
	return \%without;
}

sub report {
	my (@sites) = @_;
	my %found  = read_found();
	my $without_code = files_without_code(\%found, @sites);
	my %argued = map { /^([^#].*) \| [^|]+$/ ? ($1 => 1) : () } split /\n/, slurp(dirname($0) . '/argued.txt');
	my (@survivors, @stale);
	my ($nr_noticed, $nr_argued, $nr_none, $nr_untried) = (0, 0, 0, 0);
	for my $site (@sites) {
		my $verdict = $found{$site->{key}} // 'untried';
		my $name    = describe($site);
		if ($verdict eq 'untried') {
			$nr_untried++;
		} elsif ($without_code->{$site->{file}}) {
			$nr_argued++;
		} elsif ($verdict eq 'same' || $verdict eq 'stillborn') {
			$nr_none++;
		} elsif ($verdict ne 'survived') {
			$nr_noticed++;
			push @stale, "$name: $verdict" if $argued{$name};
		} elsif ($argued{$name}) {
			$nr_argued++;
		} else {
			push @survivors, "$site->{line}: $name";
		}
	}
	my $nr_run = @sites - $nr_none - $nr_untried;
	printf "report: seed %s: %d mutants, %d noticed, %d argued, %d survived; %d more are the same "
		. "code or none; %d were not tried\n", $seed, $nr_run, $nr_noticed, $nr_argued,
		scalar @survivors, $nr_none, $nr_untried;
	print "survived: $_\n" for @survivors;
	print "argued, but noticed by: $_\n" for @stale;
	return !@survivors && !$nr_untried && $nr_argued * 20 <= $nr_run;
}

sub read_reach {
	for (split /\n/, slurp('reach.list')) {
		my ($test, $file, $line, $how_often) = split;
		$reach{$file}{$line}{$test} = $how_often;
	}
}

my @sites = map { chomp; parse_site($_) } qx{perl '${\dirname($0)}/sites.pl' $seed @files};
@sites = @sites[0 .. $how_many - 1] if $how_many ne 'all' && $how_many < @sites;
my %found = read_found();
my (@untried, @survivors);
for my $site (@sites) {
	my $verdict = $found{$site->{key}};
	if (!defined $verdict) {
		push @untried, $site;
	} elsif ($verdict eq 'survived') {
		push @survivors, $site;
	} elsif ($verdict !~ /^(same|stillborn)$/) {
		note($site, $verdict);
	}
}
print STDERR 'mutants: ', scalar @sites, ' by seed ', $seed, ', of which ', scalar @untried,
	' have not been tried and ', scalar @survivors, " survived\n";
read_reach();
chomp(my $nr_workers = qx{nproc});
examine_in_parallel($nr_workers, @untried, @survivors);
exit !report(@sites);
