use strict; use warnings; use threads; use Digest::SHA qw(sha256_hex); use Storable qw(freeze thaw);
my %count; my $state = 1;
for (1 .. 200000) { $state = ($state * 1103515245 + 12345) % 2147483648; $count{"key " . $state % 50000} .= chr(65 + $state % 26); }
print "hash ", scalar(keys %count), " ", sha256_hex(join "|", map { "$_=$count{$_}" } sort keys %count), "\n";
my $text = join " ", map { "word$_" x ($_ % 5) } 1 .. 20000;
my $changed = ($text =~ s/(\d)(\d+)/<$2$1>/g);
print "regex $changed ", sha256_hex($text), "\n";
my $deep = []; $deep = [$deep, { n => $_ }] for 1 .. 200;
print "storable ", length(freeze(thaw(freeze($deep)))), "\n";
my @threads = map { my $n = $_; threads->create(sub { my @held = map { "x" x ($_ * $n % 3000) } 1 .. 2000; my $sum = 0; $sum += length for @held; $sum }) } 1 .. 4;
print "threads ", join(",", map { $_->join } @threads), "\n";
for my $n (1 .. 5) { my $child = fork; if (!$child) { my @held = map { "y" x $_ } 1 .. 1000; exit @held % 100 + $n } waitpid $child, 0; print "fork ", $? >> 8, "\n"; }
my @rows = sort { $a->[1] <=> $b->[1] or $a->[0] cmp $b->[0] } map { [ "row$_", ($_ * 7919) % 1009 ] } 1 .. 30000;
print "sort ", sha256_hex(join ",", map { $_->[0] } @rows), "\n";
print "pack ", sha256_hex(pack("N*", map { $_ * 3 } 1 .. 100000)), "\n";
