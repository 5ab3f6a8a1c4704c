// Buffers, strings and JSON. The JavaScript heap has its own collector; the
// buffers, the parser and the compiler's zones come from malloc. The argument is
// the number of rounds.
const crypto = require("crypto");
const zlib = require("zlib");

let total = 0;
for (let round = 0; round < Number(process.argv[2]); round++) {
  const records = [];
  for (let i = 0; i < 3000; i++) {
    records.push({ id: i, name: `name-${(i * 7919) % 1000}`, blob: Buffer.alloc(200 + (i % 9000), i & 255) });
  }
  const text = JSON.stringify(records.map(({ id, name }) => ({ id, name })));
  const packed = zlib.deflateSync(text, { level: 1 });
  const again = JSON.parse(zlib.inflateSync(packed).toString());
  for (const { id, blob } of records) {
    total += again[id].name.length + blob[blob.length - 1];
    if (id % 16 === 0) {
      total += crypto.createHash("md5").update(blob).digest()[0];
    }
  }
}
console.log(`checksum=${total}`);
