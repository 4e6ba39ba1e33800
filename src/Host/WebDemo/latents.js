// Random latents and directions. A seed gives the same ones in every browser; they are not those that pggan draws of the same seed.

/** Uniform numbers in [0, 1) of a 32-bit seed (mulberry32). */
export function numbers(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** Normal numbers (Box and Muller). */
export function gaussian(next, count) {
    return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));
}

/** Rows of so many numbers, each made perpendicular to those before it and of length 1 (Gram and Schmidt). */
export function orthonormal(values, width) {
    const rows = [];
    for (let first = 0; first < values.length; first += width) {
        const row = values.slice(first, first + width);
        for (const other of rows) {
            const along = dot(row, other);
            row.forEach((_, k) => { row[k] -= along * other[k]; });
        }
        const length = Math.sqrt(dot(row, row));
        rows.push(row.map(value => value / length));
    }
    return rows;
}

const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
