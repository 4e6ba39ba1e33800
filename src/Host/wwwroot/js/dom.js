/**
 * Makes an element: `el('p.muted', { title: 'x' }, 'text', child)`; the properties may be left out. Strings become text nodes: names of runs
 * and files come from anywhere, and nothing here reads HTML. A property that starts with "on" is a listener; those of HTML alone, and names
 * with a dash, are attributes.
 */
export function el(selector, ...rest) {
    const [tag, ...classes] = selector.split('.');
    const element = document.createElement(tag);
    element.classList.add(...classes);
    const hasProperties = Object.getPrototypeOf(rest[0] ?? '') === Object.prototype;
    for (const [name, value] of Object.entries(hasProperties ? rest.shift() : {}))
        assign(element, name, value);
    element.append(...rest.flat().filter(child => child !== null && child !== undefined));
    return element;
}

/** A button that submits nothing. */
export const button = (properties, ...children) => el('button', { type: 'button', ...properties }, ...children);

const READ_AS_HTML = new Set(['innerHTML', 'outerHTML', 'srcdoc']);

function assign(element, name, value) {
    if (value === null || value === undefined)
        return;
    if (READ_AS_HTML.has(name))
        throw new TypeError(`${name} would be read as HTML`);
    if (name.startsWith('on'))
        element.addEventListener(name.slice(2), value);
    else if (name === 'class' || name === 'for' || name === 'list' || name === 'role' || name.includes('-'))
        element.setAttribute(name, value);
    else
        element[name] = value;
}

/** Makes an SVG element; all its properties are attributes. */
export function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes))
        element.setAttribute(name, value);
    element.append(...children);
    return element;
}

/** Beyond this a text is folded: the reason of a fault may bring its whole stack. */
const LONG = 240;

/** A text of any length: a long one shows its beginning, and all of it when opened. */
export function longText(text) {
    if (text.length <= LONG)
        return el('span', text);
    return el('details.long', el('summary', `${text.slice(0, LONG)}…`), el('p', text));
}

/** Sets a text only where it differs, so that a selection or a screen reader is not disturbed once a second. */
export function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

/** Says what became of a wish. */
export function tell(reply, text, accepted = true) {
    reply.classList.toggle('bad', !accepted);
    setText(reply, text);
}

/** Shows an element or hides it. */
export function setShown(element, shown) {
    element.hidden = !shown;
}

/** Rows that are kept from one update to the next: one element a key, made once, changed afterwards, in the order of the items. */
export function keyedList(parent, make) {
    const rows = new Map();
    return (items, keyOf) => {
        const wanted = new Set(items.map(keyOf));
        for (const [key, row] of rows)
            if (!wanted.has(key)) {
                row.root.remove();
                rows.delete(key);
            }
        items.forEach((item, i) => {
            const key = keyOf(item);
            if (!rows.has(key))
                rows.set(key, make(item));
            const row = rows.get(key);
            if (parent.children[i] !== row.root)
                parent.insertBefore(row.root, parent.children[i] ?? null);
            row.update(item);
        });
    };
}

/** The colour that a custom property of the page stands for, as a canvas wants it. */
export function colour(name) {
    const probe = el('span', { hidden: true });
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
}
