<?php
function say($name, $text) { echo $name, " ", strlen($text), " ", substr(hash("sha256", $text), 0, 16), "\n"; }
$extensions = get_loaded_extensions();
sort($extensions);
echo "extensions ", implode(" ", $extensions), "\n";
$table = []; $state = 1;
for ($i = 0; $i < 200000; $i++) {
    $state = ($state * 1103515245 + 12345) % 2147483648;
    $key = "key " . $state % 20000;
    $table[$key] = ($table[$key] ?? "") . chr(65 + $state % 26);
}
ksort($table);
$text = json_encode($table);
say("json", json_encode(json_decode($text, true)));
say("serialize", serialize(unserialize(serialize($table))));
say("preg", preg_replace('/(\d)(\d+)/', '<$2$1>', $text));
say("random bytes", (string) strlen(random_bytes(100000)));
$iterator = new ArrayIterator(array_fill(0, 50000, "item"));
say("spl", implode(",", iterator_to_array(new LimitIterator($iterator, 100, 1000))));
$heap = new SplPriorityQueue();
foreach (range(1, 5000) as $n) $heap->insert(str_repeat("h", $n % 50), ($n * 7919) % 5003);
$drained = ""; while (!$heap->isEmpty()) $drained .= $heap->extract();
say("heap", $drained);
class Node { public $self; public $data; }
for ($i = 0; $i < 30000; $i++) { $node = new Node; $node->self = $node; $node->data = str_repeat("x", $i % 300); }
say("cycles", (string) (gc_collect_cycles() > 0));
function generate() { for ($i = 0; $i < 20000; $i++) yield $i => str_repeat("g", $i % 40); }
$length = 0; foreach (generate() as $part) $length += strlen($part);
say("generator", (string) $length);
if (extension_loaded("iconv")) say("iconv", iconv("UTF-8", "UTF-16LE", str_repeat("häß€", 5000)));
if (extension_loaded("ctype")) say("ctype", (string) count(array_filter(array_keys($table), "ctype_print")));
if (extension_loaded("sodium")) say("sodium", bin2hex(sodium_crypto_generichash($text)));
if (extension_loaded("fileinfo")) {
    file_put_contents("script", "#!/bin/sh\necho\n");
    say("fileinfo", (new finfo(FILEINFO_MIME_TYPE))->file("script"));
}
if (extension_loaded("Phar")) {
    $archive = new PharData("archive.tar");
    for ($i = 0; $i < 50; $i++) $archive->addFromString("file$i", str_repeat("content", $i * 10));
    say("phar", implode(",", array_map(fn($n) => $archive["file$n"]->getSize(), range(0, 49))));
}
if (extension_loaded("FFI")) {
    // Names looked up in libc itself are libc's own, whatever is preloaded: what one of them
    // hands out may only be given back to another, and strdup is served by the preload.
    $libc = FFI::cdef("void *malloc(size_t); void free(void *); int abs(int);", "libc.so.6");
    for ($i = 1; $i < 2000; $i++) $libc->free($libc->malloc($i * 17));
    say("ffi", (string) $libc->abs(-3));
    $global = FFI::cdef("void *malloc(size_t); void free(void *); char *strdup(const char *);");
    for ($i = 1; $i < 2000; $i++) $global->free($global->malloc($i * 17));
    $copy = $global->strdup("a string of libc's own");
    say("ffi", FFI::string($copy));
    $global->free($copy);
}
if (extension_loaded("sockets")) {
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
    socket_write($pair[0], "through a socket"); say("sockets", socket_read($pair[1], 100));
}
if (extension_loaded("pcntl") && function_exists("pcntl_fork")) {
    for ($n = 1; $n <= 5; $n++) {
        $child = pcntl_fork();
        if ($child === 0) { $held = array_map(fn($i) => str_repeat("y", $i), range(1, 1000)); exit(count($held) % 100 + $n); }
        pcntl_waitpid($child, $status);
        say("fork", (string) pcntl_wexitstatus($status));
    }
}
if (extension_loaded("openssl")) say("openssl", openssl_encrypt($text, "aes-256-cbc", str_repeat("k", 32), 0, str_repeat("i", 16)));
if (extension_loaded("zlib")) say("zlib", gzcompress($text, 9));
if (class_exists("DateTimeZone")) say("date", (new DateTime("2024-02-29", new DateTimeZone("Europe/Berlin")))->modify("+1 year")->format(DATE_ATOM));
say("process", shell_exec("echo from a child"));
