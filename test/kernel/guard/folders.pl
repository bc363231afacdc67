# Does what it is told, a line each ("r /path"), and answers with 0 or the number of the error.
use Fcntl;
use strict;

my %act = (
	r => sub { my $file; sysopen($file, $_[0], O_RDONLY) },
	w => sub { my $file; sysopen($file, $_[0], O_WRONLY) },
	c => sub { my $file; sysopen($file, $_[0], O_WRONLY | O_CREAT | O_EXCL) },
	o => sub { my $file; sysopen($file, $_[0], O_WRONLY | O_CREAT) },
	u => sub { unlink($_[0]) == 1 },
	m => sub { mkdir($_[0]) },
	x => sub { chmod(0640, $_[0]) == 1 },
);

$| = 1;
print "ready\n";
while (my $line = <STDIN>) {
	chomp $line;
	my ($what, $path) = split / /, $line, 2;
	my $done = $act{$what}->($path);
	print $done ? "0\n" : $! + 0 . "\n";
}
