# What somebody tries on the guard: bpf() and pidfd_getfd() as they are. Ends with 0 if it was let.
use strict;
my ($bpf, $open_pidfd, $take_fd) = (`uname -m` =~ /aarch64/ ? 280 : 321, 434, 438);
my %by_id = (program => 13, map => 14, link => 30);
my ($what, $which, $fd) = @ARGV;

sub bpf { my ($command, $attributes) = @_; return syscall($bpf, $command, $attributes, length $attributes) }
sub fail { warn "$what: $!\n"; exit 1 }

if (exists $by_id{$what}) {
	bpf($by_id{$what}, pack("L3", $which, 0, 0)) >= 0 or fail;
} elsif ($what eq "detach") {
	my $link = bpf(7, pack("pL2", $which, 0, 0));
	$link >= 0 or fail;
	bpf(34, pack("L", $link)) == 0 or fail;
} elsif ($what eq "steal") {
	my $pidfd = syscall($open_pidfd, $which + 0, 0);
	$pidfd >= 0 or fail;
	syscall($take_fd, $pidfd, $fd + 0, 0) >= 0 or fail;
} else {
	die "attempts.pl program|map|link ID, detach PIN, steal PID FD\n";
}
