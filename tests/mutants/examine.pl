#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Makes mutants, runs the tests on each until one notices, and reports: the second half of mutants.sh,
# in the folder that it has filled.
#
#   examine.pl SEED HOW_MANY FILE... -- COMPILER...
#
# The tests that noticed most mutants of the file go first, then those that noticed most of all, then
# the quickest.  What the compiler makes the same code of is no mutant, and no more is what it refuses.
# Survivors that argued.txt names, with the reason why no input can tell, may be one in twenty; any
# other fails.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use File::Basename;
use POSIX qw(:sys_wait_h);

use constant HANG_SECONDS => 120;    # asleep, that is: who spins is ended sooner

my ($seed, $how_many) = splice @ARGV, 0, 2;
my @files;
push @files, shift @ARGV while @ARGV && $ARGV[0] ne '--';
my @compiler = @ARGV[1 .. $#ARGV];

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or return '';
	local $/;
	return scalar <$in>;
}

my %text = map { $_ => slurp($_) } @files;
my %sum  = map { $_ => sha1_hex($text{$_}) } @files;
my @tests = map { { name => $_->[0], machines => $_->[1], seconds => $_->[2] } }
	map { [split] } split /\n/, slurp('tests.list');
my %kills;    # how many mutants a test noticed: "FILE TEST", and "TEST" of all

# A mutant as sites.pl names it.
sub parse_site {
	my ($line) = @_;
	my %site;
	@site{qw(file line column length replacement)} = split /:/, $line;
	$site{key} = "$sum{$site{file}} $line";
	return \%site;
}

sub mutated_lines {
	my ($site) = @_;
	my @lines = split /^/, $text{$site->{file}};
	substr($lines[$site->{line} - 1], $site->{column} - 1, $site->{length}) = $site->{replacement};
	return @lines;
}

# FILE | LINE AS IT IS | LINE AS MUTATED
sub describe {
	my ($site) = @_;
	my @as_it_is = split /^/, $text{$site->{file}};
	my @pair     = ($as_it_is[$site->{line} - 1], (mutated_lines($site))[$site->{line} - 1]);
	s/^\s+|\s+$//g for @pair;
	return join ' | ', $site->{file}, @pair;
}

# run LOG COMMAND...: in a process group of its own, which is ended with it.
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
	my $hung = 0;
	local $SIG{ALRM} = sub { $hung = 1; kill 'KILL', -$pid };
	alarm HANG_SECONDS;
	waitpid $pid, 0;
	alarm 0;
	my $status = $?;
	kill 'KILL', -$pid;
	return !$hung && $status == 0;
}

sub note {
	my ($file, $test) = @_;
	$kills{$test}++;
	$kills{"$file $test"}++;
}

# A test that is named after the file has the first try.
sub tests_for {
	my ($file) = @_;
	my $namesake = 'test_' . basename($file, '.c');
	my $rank = sub { ($kills{"$file $_[0]"} // 0) + ($_[0] eq $namesake) };
	return sort {
		$rank->($b->{name}) <=> $rank->($a->{name})
			|| ($kills{$b->{name}} // 0) <=> ($kills{$a->{name}} // 0)
	} @tests;
}

# same, stillborn, survived, or the test that noticed it.
sub verdict_on {
	my ($site, $scratch) = @_;
	my $file   = $site->{file};
	my $source = "$scratch/" . basename($file);
	my $object = 'objects/' . ($file =~ s{/}{_}gr =~ s/c$/o/r);
	open my $out, '>', $source or die "$source: $!\n";
	print $out mutated_lines($site);
	close $out;
	succeeds("$scratch/log", 60, @compiler, '-c', '-o', "$scratch/mutant.o", $source)
		or return 'stillborn';
	slurp("$scratch/mutant.o") ne slurp($object) or return 'same';
	succeeds("$scratch/log", 60, 'gcc', '-shared', '-o', "$scratch/mutant.so", "$scratch/mutant.o")
		or die "cannot link a mutant of $file\n";
	for my $test (tests_for($file)) {
		next if succeeds("$scratch/log", $test->{seconds}, 'env', "LD_PRELOAD=./$scratch/mutant.so",
			"MMINIT_MACHINES=$test->{machines}", "programs/$test->{name}");
		note($file, $test->{name});
		return $test->{name};
	}
	return 'survived';
}

sub examine {
	my ($worker, @sites) = @_;
	my $scratch = "worker.$worker";
	mkdir $scratch;
	open my $found, '>>', 'found' or die "found: $!\n";
	$found->autoflush(1);
	for my $site (@sites) {
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

sub report {
	my (@sites) = @_;
	my %found  = read_found();
	my %argued = map { /^([^#].*) \| [^|]+$/ ? ($1 => 1) : () } split /\n/, slurp(dirname($0) . '/argued.txt');
	my (@survivors, @stale);
	my ($nr_noticed, $nr_argued, $nr_none) = (0, 0, 0);
	for my $site (@sites) {
		my $verdict = $found{$site->{key}};
		my $name    = describe($site);
		if ($verdict eq 'same' || $verdict eq 'stillborn') {
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
	my $nr_run = @sites - $nr_none;
	printf "report: seed %s: %d mutants, %d noticed, %d argued, %d survived; %d more are the same "
		. "code or none\n", $seed, $nr_run, $nr_noticed, $nr_argued, scalar @survivors, $nr_none;
	print "survived: $_\n" for @survivors;
	print "argued, but noticed by: $_\n" for @stale;
	return !@survivors && $nr_argued * 20 <= $nr_run;
}

my @sites = map { chomp; parse_site($_) } qx{perl '${\dirname($0)}/sites.pl' $seed @files};
@sites = @sites[0 .. $how_many - 1] if $how_many ne 'all' && $how_many < @sites;
my %found = read_found();
for (keys %found) {
	note(/ (.*?):/, $found{$_}) unless $found{$_} =~ /^(same|stillborn|survived)$/;
}
my @todo  = grep { ($found{$_->{key}} // 'survived') eq 'survived' } @sites;
print STDERR 'mutants: ', scalar @sites, ' by seed ', $seed, ', of which ', scalar @todo, " to be tried\n";
chomp(my $nr_workers = qx{nproc});
examine_in_parallel($nr_workers, @todo);
exit !report(@sites);
