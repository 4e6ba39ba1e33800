import { getBlob } from './api.js';

/** Pictures kept at once: enough to play a run's snapshots smoothly, little enough for a page that is never closed. */
const MOST_PICTURES = 80;
const MOST_AT_ONCE = 4;

/** Well below what the server allows, so that playing through a long run leaves room for everything else. */
const SPACING = 40;

const kept = new Map();
const waiting = [];
let running = 0;
let lastStart = 0;

/** A blob URL of a picture of a run; kept for a while. An image cannot send the token, so it is fetched. */
export function picture(run, name) {
    return keep(`${run}/${name}`, `/api/samples/${encodeURIComponent(name)}.png`, { run });
}

/** A blob URL of a skipped image's thumbnail. */
export function thumbnail(run, index) {
    return keep(`${run}//${index}`, `/api/skipped/${index}.png`, {});
}

/** Forgets a picture that is drawn anew under its name. */
export function forget(run, name) {
    drop(`${run}/${name}`);
}

/** An image of a blob URL, ready to be drawn. */
export async function decoded(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
}

function keep(key, path, query) {
    const known = kept.get(key);
    // Taken out and put back, so that the map's order is that of use.
    kept.delete(key);
    const entry = known ?? { url: null, promise: null };
    kept.set(key, entry);
    entry.promise ??= inTurn(() => getBlob(path, query)).then(
        blob => entry.url = URL.createObjectURL(blob),
        fault => {
            if (kept.get(key) === entry)
                kept.delete(key);
            throw fault;
        });
    if (kept.size > MOST_PICTURES)
        drop(kept.keys().next().value);
    return entry.promise;
}

function drop(key) {
    const entry = kept.get(key);
    kept.delete(key);
    // An image on the page has its pixels; a picture that is still on its way revokes nothing.
    entry?.promise.then(url => setTimeout(() => URL.revokeObjectURL(url), 5_000), () => { });
}

function inTurn(work) {
    return new Promise((resolve, reject) => {
        waiting.push(() => work().then(resolve, reject));
        next();
    });
}

function next() {
    if (running >= MOST_AT_ONCE || waiting.length === 0)
        return;
    running++;
    const start = waiting.shift();
    const delay = Math.max(0, lastStart + SPACING - Date.now());
    lastStart = Date.now() + delay;
    setTimeout(() => start().finally(() => {
        running--;
        next();
    }), delay);
}
