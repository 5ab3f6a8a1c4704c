import collections, ctypes, gc, hashlib, json, multiprocessing, os, pickle, re
import subprocess, sys, threading, zlib

def say(name, value):
    text = value if isinstance(value, str) else repr(value)
    print(name, len(text), hashlib.sha256(text.encode()).hexdigest()[:16])

def tree(depth):
    return {"n": depth, "t": "é" * depth, "c": [tree(depth - 1) for _ in range(3)]} if depth else None

def work(seed):
    # Sizes from a handful of bytes to some hundred KiB, freed in another order.
    held, total, state = collections.deque(), 0, seed
    for _ in range(4000):
        state = (state * 1103515245 + 12345) % 2**31
        size = state % 200 if state % 16 else state % 300000
        held.append(bytearray(size))
        if len(held) > 100:
            held.rotate(state % 7)
            total += len(held.popleft())
    return total

def main():
    document = tree(8)
    text = json.dumps(document)
    say("json", json.dumps(json.loads(text)))
    say("pickle", pickle.dumps(document, 4).hex())
    say("zlib", zlib.compress(text.encode(), 9).hex())
    say("re", re.findall(r"(\d+), \"t\": \"(.)", text)[:1000])

    results = {}
    def thread(seed):
        results[seed] = work(seed)
    for _ in range(3):
        threads = [threading.Thread(target=thread, args=(seed,)) for seed in range(8)]
        for one in threads: one.start()
        for one in threads: one.join()
    say("threads", sorted(results.items()))

    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            say("multiprocessing " + method, pool.map(work, range(6)))
    # Children of a process whose other threads are allocating.
    stop = threading.Event()
    def churn():
        while not stop.is_set():
            work(7)
    busy = [threading.Thread(target=churn) for _ in range(3)]
    for one in busy: one.start()
    codes = []
    for number in range(30):
        child = os.fork()
        if child == 0:
            held = [bytes(1000 + number) for _ in range(200)]
            os._exit(len(held) % 100)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    codes.append(subprocess.run([sys.executable, "-c", "print('child')"], capture_output=True).stdout)
    stop.set()
    for one in busy: one.join()
    say("fork", codes)

    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.realloc.restype = ctypes.c_void_p
    libc.realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.strdup.restype = ctypes.c_void_p
    libc.strdup.argtypes = [ctypes.c_char_p]
    block = libc.malloc(100)
    ctypes.memset(block, 65, 100)
    block = libc.realloc(block, 100000)
    say("ctypes", ctypes.string_at(block, 100).decode())
    libc.free(block)
    copy = libc.strdup(b"a string of libc's own")
    say("strdup", ctypes.string_at(copy).decode())
    libc.free(copy)
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    numbers = (ctypes.c_int * 1000)(*[(n * 7919) % 1000 for n in range(1000)])
    libc.qsort(numbers, 1000, 4, compare(lambda a, b: a[0] - b[0]))
    say("qsort", list(numbers))
    # The other thing a libc hands out: memory that the caller must free.
    libc.getline.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t), ctypes.c_void_p]
    libc.fopen.restype = ctypes.c_void_p
    with open("line", "w") as out:
        out.write("x" * 5000 + "\n")
    line, room = ctypes.c_void_p(), ctypes.c_size_t()
    say("getline", libc.getline(line, room, ctypes.c_void_p(libc.fopen(b"line", b"r"))))
    libc.free(line)
    gc.collect()

if __name__ == "__main__":
    main()
