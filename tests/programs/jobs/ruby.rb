require "digest"; require "json"; require "zlib"; require "stringio"
def say(name, text) = puts("#{name} #{text.bytesize} #{Digest::SHA256.hexdigest(text)[0, 16]}")
table = Hash.new { |hash, key| hash[key] = "" }
state = 1
200_000.times { state = (state * 1103515245 + 12345) % 2**31; table["key #{state % 20_000}"] << (65 + state % 26).chr }
say "hash", table.sort.flatten.join("|")
say "json", JSON.generate(JSON.parse(JSON.generate(table)))
results = 8.times.map { |n| Thread.new { (1..3000).map { |i| "x" * (i * n % 5000) }.sum(&:size) } }.map(&:value)
say "threads", results.inspect
say "marshal", Marshal.dump(Marshal.load(Marshal.dump(table.to_a)))
say "zlib", Zlib::Deflate.deflate(table.keys.join, 9)
GC.start; GC.compact if GC.respond_to?(:compact)
codes = 5.times.map { |n| pid = fork { x = (1..2000).map { |i| "y" * i }; exit!(x.size % 100 + n) }; Process.wait2(pid)[1].exitstatus }
say "fork", codes.inspect
say "big", (3**50_000).to_s
fibers = 200.times.map { |n| Fiber.new { 20.times { |i| Fiber.yield "z" * (n * i) }; "" } }
say "fibers", 20.times.map { fibers.map(&:resume).join }.join
say "gsub", table.keys.join(",").gsub(/(\d)(\d+)/) { "<#{$2}#{$1}>" }
