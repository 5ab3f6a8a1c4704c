// Maps, strings, arrays and JSON in SpiderMonkey, Firefox's engine. Its collected heap is mapped by the
// engine itself; what an object has beside it (elements, hash tables, characters, buffers) comes from
// malloc. The argument is the number of rounds.
function numbers(seed) {
    return (below) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return Math.floor(seed / 65536) % below;
    };
}

const next = numbers(7);
let checksum = 0;
for (let round = 0; round < Number(ARGV[0]); round++) {
    const index = new Map();
    for (let i = 0; i < 20000; i++) {
        const key = `key-${next(6000)}`;
        const entry = index.get(key) || { visits: [], tags: new Set() };
        entry.visits.push(i);
        entry.tags.add(next(40));
        index.set(key, entry);
        if (i % 5 === 0) {
            index.delete(`key-${next(6000)}`);
        }
    }
    const rows = Array.from(index, ([key, entry]) => ({ key, visits: entry.visits, tags: entry.tags.size }));
    rows.sort((a, b) => b.visits.length - a.visits.length || (a.key < b.key ? -1 : 1));
    const text = JSON.stringify(rows);
    for (const row of JSON.parse(text)) {
        checksum += row.visits.length * row.tags;
    }
    let page = "";
    for (const row of rows) {
        page += `<li id="${row.key}">${row.visits.join(",")}</li>\n`;
    }
    checksum += page.replace(/<li id="key-(\d+)">/g, "$1 ").split("\n").length;
    const samples = [];
    for (let i = 0; i < 60; i++) {
        samples.push(new Float64Array(500 + next(8000)).fill(i));
    }
    checksum += samples.reduce((sum, sample) => sum + sample[sample.length - 1], 0);
}
print(`checksum=${checksum}`);
