import { request } from './api.js';
import { nextToken } from './session.js';

const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

/** The server writes a comment every 15 s; twice that and more without a byte is a dead connection. */
const LONGEST_SILENCE = 40_000;

/**
 * Reads server-sent events until the server says that the run has ended, connecting again after each loss. EventSource cannot send the token.
 * @param onEvent Called with (name, data, isFirst): `isFirst` where what came before is unknown, and history has to be read.
 * @param onState Called with "open", "lost" (with the milliseconds to the next try) or "refused".
 */
export async function readStream(onEvent, onState) {
    const place = { id: null, isFirst: true, ended: false };
    for (let failures = 0; !place.ended;) {
        try {
            await readOnce(place, onEvent, () => {
                failures = 0;
                onState('open');
            });
        } catch (fault) {
            if (fault.status === 404)
                return;
            if (fault.status === 401) {
                onState('refused');
                await nextToken();
                continue;
            }
        }

        if (place.ended)
            return;
        const delay = backOff(failures++);
        onState('lost', delay);
        await new Promise(resolve => setTimeout(resolve, delay));
    }
}

/** Twice as long after each failure, up to ten seconds, and never in step with other pages. */
function backOff(failures) {
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2);
}

async function readOnce(place, onEvent, onOpen) {
    const abort = new AbortController();
    let watchdog = 0;
    const alive = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), LONGEST_SILENCE);
    };
    alive();
    try {
        const headers = { Accept: 'text/event-stream', ...place.id !== null && { 'Last-Event-ID': place.id } };
        const response = await request('/api/stream', { headers, signal: abort.signal });
        onOpen();
        const parse = createParser(message => deliver(place, message, onEvent));
        for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
            const { done, value } = await reader.read();
            if (done || place.ended)
                return;
            alive();
            parse(value);
        }
    } finally {
        clearTimeout(watchdog);
        abort.abort();
    }
}

function deliver(place, { name, data, id }, onEvent) {
    place.id = id ?? place.id;
    if (name === 'end') {
        place.ended = true;
    } else if (name === 'reset') {
        place.isFirst = true;
    } else {
        onEvent(name, JSON.parse(data), place.isFirst);
        // Each connection begins with a status; it is what a history is read for.
        if (name === 'status')
            place.isFirst = false;
    }
}

/** Takes the text of a stream in pieces of any size, and calls back once for each message. */
export function createParser(onMessage) {
    let rest = '';
    let message = { name: 'message', data: [], id: null };
    return piece => {
        // A carriage return at the very end may be half of a line's end.
        const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
        rest = lines.pop();
        for (const line of lines)
            message = takeLine(line, message, onMessage);
    };
}

function takeLine(line, message, onMessage) {
    if (line === '') {
        // "end" and "reset" say all by their name.
        if (message.data.length > 0 || message.name !== 'message')
            onMessage({ ...message, data: message.data.join('\n') });
        return { name: 'message', data: [], id: null };
    }

    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === 'event')
        message.name = value;
    else if (field === 'data')
        message.data.push(value);
    else if (field === 'id')
        message.id = value;
    return message;
}
