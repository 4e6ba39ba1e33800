import { button, el, setText } from './dom.js';
import { kimg, side, stage } from './format.js';
import { turnsOf, wordsOf } from './labels.js';
import { decoded, picture } from './pictures.js';
import { state } from './store.js';

const LARGE = 384;
const SMALL = 64;

/** More steps than this are not told apart, and each is a picture to fetch. */
const MOST_STEPS = 60;

let dialog = null;
let shown = 0;

/**
 * Enlarges one tile, pixel for pixel, and shows how it came to be: the same latent in all snapshots.
 * @param what The picture: { run, name, columns, count, cell, seed, … }.
 * @param index Of the tile.
 * @param snapshots Of the picture's run.
 */
export function openTile(what, index, snapshots) {
    dialog ??= createDialog();
    dialog.show(what, index, snapshots);
}

function createDialog() {
    const title = el('h2', { id: 'tile-title', tabIndex: -1 });
    const canvas = el('canvas', { width: LARGE, height: LARGE, class: 'tile', role: 'img' });
    const facts = el('p.muted');
    const strip = el('div.strip', { role: 'group', 'aria-label': 'The same latent over all snapshots' });
    const place = { what: null, index: 0, snapshots: [] };
    const step = by => render((place.index + by + place.what.count) % place.what.count);
    const root = el('dialog', { 'aria-labelledby': 'tile-title' }, title, canvas, facts, strip, el('div.row.end',
        button({ onclick: () => step(-1) }, 'Previous'), button({ onclick: () => step(1) }, 'Next'),
        button({ class: 'primary', onclick: () => root.close() }, 'Close')));
    root.addEventListener('close', () => shown++);
    root.addEventListener('click', event => event.target === root && root.close());
    document.body.append(root);

    function show(what, index, snapshots) {
        Object.assign(place, { what, snapshots });
        root.showModal();
        title.focus();
        render(index);
    }

    function render(index) {
        place.index = index;
        const { what } = place;
        enlarge(what);
        const steps = historyOf(what, index, place.snapshots);
        strip.hidden = steps.length === 0;
        fillStrip(strip, steps, index, enlarge, ++shown);
    }

    function enlarge(what) {
        setText(title, what.name === 'reals' ? `Real ${place.index}` : `Sample ${place.index}`);
        setText(facts, factsOf(what, place.index));
        canvas.setAttribute('aria-label', `${title.textContent}, ${facts.textContent}`);
        cut(canvas, what, place.index);
    }

    return { show };
}

function factsOf(what, index) {
    if (what.name === 'reals')
        return 'an image of the dataset';
    const parts = [stage(what.resolution, what.alpha, what.base), `${kimg(what.kimg)} kimg`, `row ${Math.floor(index / what.columns)}`];
    if (typeof what.seed === 'number')
        parts.push(`seed ${what.seed}, number ${index}`);
    const label = labelOf(what, index);
    return label === null ? parts.join(', ') : `${parts.join(', ')}, class ${wordsOf(label, state.status?.class_names ?? [])}`;
}

/** In the fixed grid a row is a label; drawn samples take the labels in turn, or all have the one that their picture tells. Null where nothing tells. */
function labelOf(what, index) {
    if (what.run !== state.run)
        return null;
    if (what.class || what.name.includes('-class'))
        return what.class;
    const turns = turnsOf(state.status?.label_groups ?? []);
    return turns.length === 0 ? null : turns[(what.name.startsWith('fakes') ? Math.floor(index / what.columns) : index) % turns.length];
}

/** Snapshots of the same latents, thinned out evenly; none for reals and drawn samples. */
function historyOf(what, index, snapshots) {
    if (!what.name.startsWith('fakes'))
        return [];
    const same = snapshots.filter(s => s.seed === what.seed && s.columns === what.columns && s.count > index);
    const stride = Math.max(1, (same.length - 1) / (MOST_STEPS - 1));
    const steps = Array.from({ length: Math.min(same.length, MOST_STEPS) }, (_, i) => same[Math.round(i * stride)]);
    return steps.map(s => ({ ...s, run: what.run, base: what.base }));
}

async function fillStrip(strip, steps, index, onStep, ticket) {
    const buttons = steps.map(step => {
        const canvas = el('canvas', { width: SMALL, height: SMALL });
        const words = `${kimg(step.kimg)} kimg`;
        const label = `${words}, ${side(step.resolution, step.base)}`;
        return { step, canvas, root: button({ 'aria-label': label, onclick: () => onStep(step) }, canvas, el('span', words)) };
    });
    strip.replaceChildren(...buttons.map(item => item.root));
    strip.scrollLeft = strip.scrollWidth;
    // The newest first: it is what the eye looks for, and a long run takes a while.
    for (const { step, canvas } of buttons.toReversed()) {
        if (ticket !== shown)
            return;
        await cut(canvas, step, index);
    }
}

/** Draws one tile of a picture into the middle of a canvas, without smoothing: a pixel stays a square. */
async function cut(canvas, what, index) {
    const wanted = canvas.dataset.wanted = `${what.run}/${what.name}/${index}`;
    try {
        const image = await decoded(await picture(what.run, what.name));
        if (canvas.dataset.wanted !== wanted)
            return;
        const columns = Math.min(what.columns, what.count);
        const width = image.naturalWidth / columns;
        const height = image.naturalHeight / Math.ceil(what.count / columns);
        const zoom = Math.min(canvas.width / width, canvas.height / height);
        const context = canvas.getContext('2d');
        context.imageSmoothingEnabled = false;
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.drawImage(
            image, index % columns * width, Math.floor(index / columns) * height, width, height,
            (canvas.width - zoom * width) / 2, (canvas.height - zoom * height) / 2, zoom * width, zoom * height);
    } catch {
        // A picture that is gone leaves its place empty; the sheet says why.
    }
}
