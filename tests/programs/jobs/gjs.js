// What Firefox's engine does with memory: maps and objects that come and go, strings that grow and
// are split, typed arrays, JSON. The output depends on nothing but the script.
function numbers(seed) {
    return () => {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        return seed / 0x7fffffff;
    };
}

const next = numbers(42);
const results = [];

const table = new Map();
for (let i = 0; i < 200000; i++) {
    const key = Math.floor(next() * 50000);
    table.set(key, { key, list: [i, i + 1, i + 2], name: "key" + key });
    if (i % 3 === 0) {
        table.delete(Math.floor(next() * 50000));
    }
}
results.push(table.size);

let text = "";
for (let i = 0; i < 20000; i++) {
    text += String.fromCharCode(97 + i % 26) + i;
}
results.push(text.length, text.split("a").length);

let sum = 0;
for (let i = 0; i < 300; i++) {
    const array = new Float64Array(10000 + i * 100);
    for (let j = 0; j < array.length; j += 7) {
        array[j] = j;
    }
    sum += array.reduce((x, y) => x + y, 0);
}
results.push(sum);

const objects = [];
for (let i = 0; i < 20000; i++) {
    objects.push({ id: i, name: "n" + i, list: [i % 7, i % 11] });
}
const json = JSON.stringify(objects);
results.push(json.length, JSON.parse(json).length);
print(results.join(" "));
