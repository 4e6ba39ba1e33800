import { command } from './api.js';
import { button, el, keyedList, setShown, tell } from './dom.js';
import { refreshSamplesSoon } from './feed.js';
import { kimg } from './format.js';
import { forget } from './pictures.js';
import { isLive, on, state } from './store.js';

/** The newest drawn pictures that are listed; all stay in the run's folder. */
const MOST_LISTED = 12;
const MOST_SEEDS = 1024;

/** A form that draws other samples, and the list of what was drawn. `onChosen` is told which of them to show. */
export function showDrawing(onChosen) {
    const count = el('input', { id: 'draw-count', type: 'number', min: 1, max: MOST_SEEDS, value: 16, required: true });
    const seeds = el('input', { id: 'draw-seeds', type: 'text', value: '1', required: true, 'aria-describedby': 'draw-help', inputMode: 'numeric' });
    const label = el('input', { id: 'draw-class', type: 'text', list: 'draw-classes', autocomplete: 'off', placeholder: 'all in turn', title: 'A name or a number; several attributes as A+B' });
    const labelNames = el('datalist', { id: 'draw-classes' });
    const labelField = el('div.field', el('label', { for: 'draw-class' }, 'Class'), label, labelNames);
    const draw = el('button', 'Draw');
    const reply = el('p.reply', { role: 'status' });
    const list = el('ul.chips');
    const listDrawn = keyedList(list, drawn => makeRow(drawn, onChosen));
    const form = el('form.row.fields',
        el('div.field', el('label', { for: 'draw-count' }, 'Images'), count),
        el('div.field', el('label', { for: 'draw-seeds' }, 'Seed or seeds'), seeds), labelField, draw);
    const help = el('p', { id: 'draw-help', class: 'muted' }, 'One seed draws that many images; several (“3, 8, 20-29”) draw one image each.');
    const forLive = el('div.live-only', form, help, reply);
    const root = el('details.drawing', el('summary', 'Draw other samples'), forLive, list);

    form.addEventListener('submit', async event => {
        event.preventDefault();
        const wish = wishOf(seeds.value, count.valueAsNumber, label.value);
        if (typeof wish === 'string')
            return tell(reply, wish, false);
        draw.disabled = true;
        tell(reply, 'Drawing…');
        const { accepted, text, reply: answer } = await command('/api/samples', wish);
        draw.disabled = false;
        tell(reply, accepted ? `Drawn: ${answer.picture}.` : text, accepted);
        if (accepted) {
            forget(state.run, answer.picture);
            refreshSamplesSoon();
        }
    });

    on(['samples', 'status', 'run', 'live'], () => {
        const drawn = (state.samples?.drawn ?? []).slice(-MOST_LISTED).reverse();
        setShown(root, isLive() || drawn.length > 0);
        setShown(labelField, (state.status?.classes ?? 0) > 0);
        listNames(labelNames, state.status?.class_names ?? []);
        listDrawn(drawn, item => item.name);
    });
    return root;
}

function listNames(list, names) {
    if (list.childElementCount !== names.length || names.some((name, i) => list.children[i].value !== name))
        list.replaceChildren(...names.map(name => el('option', { value: name })));
}

function makeRow(drawn, onChosen) {
    const words = `${drawn.name}, ${drawn.count} at ${kimg(drawn.kimg)} kimg`;
    return { root: el('li', button({ onclick: () => onChosen(drawn) }, words)), update: () => { } };
}

/** The body of the request, or what is wrong with the fields. */
function wishOf(text, count, label) {
    const seeds = seedsOf(text);
    if (seeds === null)
        return `“${text}” is not a list of seeds: whole numbers and ranges like 3, 8, 20-29, at most ${MOST_SEEDS}.`;
    const only = (state.status?.classes ?? 0) === 0 ? null : label.trim() || null; // what a number means, the training knows
    return seeds.length === 1 ? { count, seed: seeds[0], class: only } : { seeds, class: only };
}

function seedsOf(text) {
    const seeds = [];
    for (const part of text.split(',')) {
        const match = /^\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/.exec(part);
        if (match === null)
            return null;
        const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
        if (to < from || to - from + seeds.length >= MOST_SEEDS)
            return null;
        for (let seed = from; seed <= to; seed++)
            seeds.push(seed);
    }

    return seeds;
}
