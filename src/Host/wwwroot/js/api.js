import { token } from './session.js';

/** A request that was answered, but not with what was asked for. `status` is 0 where no answer came. */
export class RequestError extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

const TRIES_WHEN_BUSY = 4;
let onRefusedToken = () => { };

/** Is called whenever the server does not accept the token. */
export function whenTokenIsRefused(listener) {
    onRefusedToken = listener;
}

/** A fetch with the token. Throws RequestError for all but success. */
export async function request(path, { method = 'GET', body, headers = {}, signal } = {}) {
    if (token() === null) {
        onRefusedToken();
        throw new RequestError(401, 'the token is missing');
    }

    const response = await send(path, { method, body, signal, headers: { ...headers, Authorization: `Bearer ${token()}` } });
    if (response.ok)
        return response;
    if (response.status === 401)
        onRefusedToken();
    throw new RequestError(response.status, await reasonOf(response));
}

/** The JSON that a reading route answers. */
export async function getJson(path, query = {}) {
    return (await whenNotBusy(() => request(address(path, query), { signal: AbortSignal.timeout(30_000) }))).json();
}

/** A picture's bytes. */
export async function getBlob(path, query = {}) {
    return (await whenNotBusy(() => request(address(path, query), { signal: AbortSignal.timeout(30_000) }))).blob();
}

/** Sends a command. Answers `{ accepted, text, reply }`; a refusal is an answer, too. */
export async function command(path, body, method = 'POST') {
    try {
        const options = { method, signal: AbortSignal.timeout(200_000) };
        if (body !== undefined)
            Object.assign(options, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
        const reply = await (await request(path, options)).json();
        return { accepted: true, text: reply.message ?? 'done', reply };
    } catch (fault) {
        return { accepted: false, text: fault.message, reply: null };
    }
}

function address(path, query) {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
    return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

async function send(path, options) {
    try {
        return await fetch(path, { ...options, cache: 'no-store' });
    } catch (fault) {
        if (fault.name === 'AbortError')
            throw fault;
        throw new RequestError(0, fault.name === 'TimeoutError' ? 'the server did not answer in time' : 'the server cannot be reached');
    }
}

/** The server allows bursts, not floods: what came too early is asked again. */
async function whenNotBusy(ask) {
    for (let attempt = 1; ; attempt++) {
        try {
            return await ask();
        } catch (fault) {
            if (fault.status !== 429 || attempt === TRIES_WHEN_BUSY)
                throw fault;
            await new Promise(resolve => setTimeout(resolve, 500 * attempt));
        }
    }
}

async function reasonOf(response) {
    try {
        const { error } = await response.json();
        if (typeof error === 'string')
            return error;
    } catch {
        // Not JSON: a proxy, or no body at all. The status says enough.
    }

    return `the server answered ${response.status} ${response.statusText}`.trim();
}
