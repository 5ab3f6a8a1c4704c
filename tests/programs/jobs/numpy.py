import io
import numpy

numbers = numpy.random.default_rng(7)
left = numbers.integers(-9, 9, (300, 300)).astype(float)
right = numbers.integers(-9, 9, (300, 300)).astype(float)
product = left @ right
print("product", int(product.sum()), int(abs(product).max()))
print("solved", bool(numpy.allclose(left @ numpy.linalg.solve(left, right), right)))
print("values", bool(numpy.allclose(numpy.linalg.svd(left, compute_uv=False)[0], numpy.linalg.norm(left, 2))))
sizes = [int(numpy.arange(size, dtype=numpy.int64)[::3].copy().sum()) for size in range(1, 30000, 97)]
print("sums", sum(sizes))
words = numpy.array([str(n) * (n % 7) for n in range(20000)], dtype=object)
print("sorted", "".join(numpy.sort(words)[:200]))
wave = numpy.sin(numpy.arange(1 << 16))
print("transform", bool(numpy.allclose(numpy.fft.irfft(numpy.fft.rfft(wave)), wave)))
store = io.BytesIO()
numpy.savez_compressed(store, left=left, words=numpy.arange(100000).reshape(100, -1))
store.seek(0)
print("loaded", int(numpy.load(store)["words"].sum()))
grown = numpy.empty(0, dtype=numpy.int32)
for step in range(200):
    grown = numpy.append(grown, numpy.arange(step * 100, dtype=numpy.int32))
print("grown", grown.size, int(grown.sum()))
