/** What stands where a number is not known. */
const UNKNOWN = '–';

const isNumber = value => typeof value === 'number' && Number.isFinite(value);

/** Four digits that matter; very large and very small numbers with an exponent. */
export function number(value) {
    if (!isNumber(value))
        return UNKNOWN;
    const size = Math.abs(value);
    if (size !== 0 && (size >= 1e6 || size < 1e-3))
        return minus(value.toExponential(2).replace('e+', 'e'));
    return minus(String(Number(value.toPrecision(4))));
}

/** A typographic minus: as wide as a digit, so that columns stand still. */
const minus = text => text.replace(/-/g, '\u2212');

/** A whole number with thousands set apart. */
export const count = value => isNumber(value) ? Math.round(value).toLocaleString('en-GB').replace(/,/g, '\u202f') : UNKNOWN;

/** Thousands of images: three decimals for tiny runs, one for long ones. */
export const kimg = value => isNumber(value) ? value.toFixed(value < 10 ? 2 : 1) : UNKNOWN;

/** A share from 0 to 1. */
export const percent = value => isNumber(value) ? `${Math.round(value * 100)}\u202f%` : UNKNOWN;

/** Images a second. */
export const rate = value => isNumber(value) ? value > 0 && value < 10 ? value.toFixed(1) : count(value) : UNKNOWN;

/** Bytes in the largest fitting unit. */
export function bytes(value) {
    if (!isNumber(value))
        return UNKNOWN;
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    for (; value >= 1024 && unit < units.length - 1; unit++)
        value /= 1024;
    return `${value.toFixed(value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** Seconds as two units at most: "2 d 3 h", "12 min 5 s". */
export function duration(seconds) {
    if (!isNumber(seconds))
        return UNKNOWN;
    const parts = [];
    let left = Math.max(0, Math.round(seconds));
    for (const [unit, length] of [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]]) {
        const whole = Math.floor(left / length);
        left -= whole * length;
        if (whole > 0 || (unit === 's' && parts.length === 0))
            parts.push(`${whole} ${unit}`);
    }

    return parts.slice(0, 2).join(' ');
}

/** Unix seconds as the reader's time of day, with the date where it is not today's. */
export function time(seconds) {
    if (!isNumber(seconds))
        return UNKNOWN;
    const at = new Date(seconds * 1000);
    const clock = at.toLocaleTimeString('en-GB');
    return at.toDateString() === new Date().toDateString() ? clock : `${day(at)} ${clock}`;
}

/** Unix seconds as a date and minutes. */
export const date = seconds => isNumber(seconds) && seconds > 0
    ? `${day(new Date(seconds * 1000))} ${new Date(seconds * 1000).toLocaleTimeString('en-GB').slice(0, 5)}`
    : UNKNOWN;

function day(at) {
    const two = value => String(value).padStart(2, '0');
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** "64×96": the size of a resolution's images, by their size at resolution 4, which is 4x4 unless a run says otherwise. */
export const side = (resolution, base = '4x4') =>
    isNumber(resolution) ? String(base).split('x').map(pixels => pixels * resolution / 4).join('×') : UNKNOWN;

/** A growth stage in words; alpha only while a resolution fades in. */
export const stage = (resolution, alpha, base) =>
    isNumber(alpha) && alpha < 1 ? `${side(resolution, base)}, fading in ${percent(alpha)}` : side(resolution, base);

/** The last part of a path, of either system. */
export const fileName = path => String(path).split(/[\\/]/).pop();
