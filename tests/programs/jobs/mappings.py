import random
random.seed(1)
held = [bytearray(random.randint(1, 5000)) for _ in range(100000)]
print("live", sum(map(len, held)))
print("few mappings", sum(1 for _ in open("/proc/self/maps")) < 1000)
del held[::2]
print("half freed", sum(1 for _ in open("/proc/self/maps")) < 1000)
