const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const crypto = require("crypto"), zlib = require("zlib"), fs = require("fs"), child = require("child_process");
const digest = data => crypto.createHash("sha256").update(data).digest("hex").slice(0, 16);
function work(seed) {
  const held = []; let state = seed, total = 0;
  for (let i = 0; i < 5000; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 1;
    held.push(Buffer.alloc(state % 16 ? state % 20000 : state % 500000, i));
    if (held.length > 50) total += held.splice(state % 50, 1)[0].length;
  }
  return total;
}
if (!isMainThread) {
  parentPort.postMessage(work(workerData));
} else (async () => {
  const document = Array.from({ length: 20000 }, (_, n) => ({ n, text: "é".repeat(n % 30), list: [n, String(n)] }));
  const text = JSON.stringify(document);
  console.log("json", text.length, digest(JSON.stringify(JSON.parse(text))));
  const workers = [1, 2, 3, 4].map(seed => new Promise((resolve, reject) =>
    new Worker(__filename, { workerData: seed }).on("message", resolve).on("error", reject)));
  console.log("workers", ...await Promise.all(workers));
  const packed = await Promise.all([1, 5, 9].map(level => new Promise(resolve =>
    zlib.deflate(text, { level }, (_, data) => resolve(data)))));
  console.log("zlib", ...packed.map(digest), packed.every(data => zlib.inflateSync(data).toString() === text));
  console.log("brotli", digest(zlib.brotliCompressSync(text.slice(0, 200000))));
  const keys = await Promise.all([1, 2, 3, 4].map(n => new Promise(resolve =>
    crypto.pbkdf2("word", "salt" + n, 2000, 64, "sha512", (_, key) => resolve(key)))));
  console.log("crypto", ...keys.map(digest));
  fs.writeFileSync("file", text);
  const parts = [];
  for await (const part of fs.createReadStream("file", { highWaterMark: 777 })) parts.push(part);
  console.log("stream", parts.length, digest(Buffer.concat(parts)));
  console.log("child", child.execFileSync(process.execPath, ["-p", "[1,2,3].map(n => n * n).join()"]).toString().trim());
  console.log("regex", digest(text.replace(/(\d)(\d+)/g, "<$2$1>")));
  const code = new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]);
  console.log("wasm", (await WebAssembly.instantiate(code)).instance.exports.add(40, 2));
})();
