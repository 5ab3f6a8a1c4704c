"""100,000 live bytearrays of 1 to 5000 bytes, and how many mappings that takes."""
import random

random.seed(7)
live = []
for number in range(100_000):
    size = random.randint(1, 5000)
    live.append(bytearray(size))
    live[-1][-1] = number & 255
assert all(block[-1] == number & 255 for number, block in enumerate(live))
with open("/proc/self/maps") as maps:
    mappings = sum(1 for _ in maps)
print(mappings)
