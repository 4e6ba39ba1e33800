const KEY = 'pggan-token';
let waiting = null;

/** Takes the token out of the address, where the printed URL carries it, and keeps it for this tab. */
export function takeToken() {
    const token = tokenIn(location.hash);
    if (token === null)
        return false;
    keepToken(token);
    history.replaceState(null, '', location.pathname + location.search);
    return true;
}

/** The token of this tab, or null. */
export const token = () => sessionStorage.getItem(KEY);

/** Keeps a token; requests that wait for one go on. */
export function keepToken(value) {
    sessionStorage.setItem(KEY, value);
    waiting?.resolve();
    waiting = null;
}

/** The token of a pasted text: a token, or a URL that ends in one. Null where there is none. */
export function tokenOf(text) {
    const trimmed = text.trim();
    return tokenIn(trimmed) ?? (/^[\w.~+/=-]+$/.test(trimmed) ? trimmed : null);
}

/** Comes back when a new token was given. */
export function nextToken() {
    if (waiting === null) {
        waiting = {};
        waiting.promise = new Promise(resolve => waiting.resolve = resolve);
    }

    return waiting.promise;
}

function tokenIn(text) {
    const match = /#(?:.*&)?token=([^&\s]+)/.exec(text);
    return match === null ? null : decodeURIComponent(match[1]);
}
