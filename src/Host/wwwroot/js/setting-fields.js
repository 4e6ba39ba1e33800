import { el } from './dom.js';

/** The settings that can be changed, in the order of their importance. A table has a value for all resolutions, and exceptions. */
export const SETTINGS = [
    { key: 'g_learning_rate', title: 'Learning rate of G', table: true },
    { key: 'd_learning_rate', title: 'Learning rate of D', table: true },
    { key: 'minibatch', title: 'Minibatch', unit: 'images', table: true },
    { key: 'train_kimg', title: 'Stabilise phase', unit: 'kimg', table: true },
    { key: 'fade_kimg', title: 'Fade-in', unit: 'kimg', table: true },
    { key: 'tick_kimg', title: 'Tick', unit: 'kimg', table: true },
    { key: 'mirror', title: 'Mirror images', flag: true },
    { key: 'snapshot_every_ticks', title: 'Snapshot every', unit: 'ticks' },
    { key: 'sample_seed', title: 'Snapshots’ seed' },
    { key: 'checkpoint_every_ticks', title: 'Checkpoint every', unit: 'ticks' },
    { key: 'checkpoint_every_minutes', title: 'or every', unit: 'minutes' },
    { key: 'keep_checkpoints', title: 'Keep checkpoints', unit: '0 = all' },
];

/**
 * The fields of one setting. A field's default is what the server said last; one that differs was changed by hand and is left alone.
 * `change()` answers the new value, or undefined where nothing was changed.
 */
export function createSetting({ key, title, unit = '', flag, table }) {
    const field = flag ? flagField(`set-${key}`) : numberField(`set-${key}`);
    const root = el('div.setting', el('label', { for: field.input.id }, title), field.input, el('span.muted', unit));
    return table ? { root, ...createTable(key, title, field, root) } : { root, ...field };
}

/** A table takes a field for all resolutions, and one for each that differs. */
function createTable(key, title, rest, root) {
    const entries = new Map();
    const list = el('div.entries');
    const begin = () => add.value !== '' && entry(Number(add.value)).input.focus();
    const add = el('select', { 'aria-label': `${title}: a value of its own for a resolution`, onchange: begin });
    root.append(add, list);

    function entry(resolution) {
        if (!entries.has(resolution)) {
            const field = numberField(`set-${key}-${resolution}`);
            field.input.setAttribute('aria-label', `${title} at ${resolution}`);
            const row = el('div.entry', el('label', { for: field.input.id }, `at ${resolution}`), field.input);
            entries.set(resolution, { ...field, row });
            list.append(...[...entries].sort(([a], [b]) => a - b).map(([, each]) => each.row));
        }

        add.value = '';
        return entries.get(resolution);
    }

    function update(value, resolutions) {
        const { default: all, ...own } = typeof value === 'object' ? value : { default: value };
        rest.update(all);
        for (const [resolution, each] of entries)
            if (!(resolution in own) && each.input.defaultValue !== '') {
                each.row.remove();
                entries.delete(resolution);
            }
        for (const [resolution, each] of Object.entries(own))
            entry(Number(resolution)).update(each);
        if (add.options.length !== resolutions.length + 1)
            add.replaceChildren(...['', ...resolutions].map(value => el('option', { value: String(value) }, value === '' ? '+' : `at ${value}`)));
    }

    /** Only what differs: an object leaves the other entries as they are. */
    function change() {
        const changed = [['default', rest], ...entries].map(([name, field]) => [name, field.change()]).filter(([, value]) => value !== undefined);
        return changed.length === 0 ? undefined : Object.fromEntries(changed);
    }

    return { update, change };
}

function flagField(id) {
    const input = el('input', { type: 'checkbox', id });
    return {
        input,
        update(value) {
            // A checkbox that was touched keeps its state when its default changes.
            if (input.checked === input.defaultChecked)
                input.checked = value;
            input.defaultChecked = value;
        },
        change: () => input.checked === input.defaultChecked ? undefined : input.checked,
    };
}

/** Takes text, not only what a browser calls a number: a refusal is the server's to give. */
function numberField(id) {
    const input = el('input', { id, type: 'text', inputMode: 'decimal', autocomplete: 'off' });
    return {
        input,
        update(value) {
            const text = String(value ?? '');
            if (input.value === input.defaultValue)
                input.value = text;
            input.defaultValue = text;
        },
        change() {
            const text = input.value.trim();
            if (text === input.defaultValue || text === '')
                return undefined;
            return Number.isFinite(Number(text)) ? Number(text) : text;
        },
    };
}
