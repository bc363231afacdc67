# A service that somebody has got into: tells PEER:PORT a number twenty times a second, prints what
# it hears from there, answers on its OWN port who asks how it is, and dials anew when it is told to.
use strict;
use IO::Select;
use IO::Socket::INET;

my ($peer, $port, $own) = @ARGV;
my $seconds = 2;

sub dial {
    return IO::Socket::INET->new(PeerAddr => $peer, PeerPort => $port, Timeout => $seconds);
}

$| = 1;
my $asked = IO::Socket::INET->new(LocalPort => $own, Listen => 5, ReuseAddr => 1) or die "$own: $!";
my $told = dial();
$told->blocking(0) if $told;
my $all = IO::Select->new(\*STDIN, $asked, $told ? $told : ());
for (my $tick = 1; ; $tick++) {
    for my $ready ($all->can_read(0.05)) {
        if ($ready == $asked) {
            my $who = $asked->accept or next;
            syswrite $who, "well\n";
            close $who;
            next;
        }
        sysread($ready, my $words, 99) or exit;
        if ($ready == \*STDIN) { print "dialled ", (dial() ? "yes\n" : "no\n") }
        else { print "heard $_\n" for split /\n/, $words }
    }
    syswrite $told, "$tick\n" if $told;
    print "tick $tick\n";
}
