import { button, el, setText } from './dom.js';
import { picture } from './pictures.js';

/**
 * A picture of a grid of images whose tiles can be opened: by a click, or by Enter after the arrow keys. One tile at a time is a stop of the
 * Tab key; a grid of a thousand is one stop, too.
 * @param title Above the picture.
 * @param onTile Called with the index of a tile, and what is shown.
 */
export function createSheet(title, onTile) {
    const heading = el('h3', title);
    const note = el('span.muted');
    const image = el('img', { alt: '', hidden: true });
    const tiles = el('div.tiles', { role: 'group' });
    const problem = el('p.muted.problem');
    const frame = el('div.frame', image, tiles, problem);
    const root = el('figure.sheet', el('figcaption', heading, ' ', note), frame);
    const shown = { key: null, what: null };

    tiles.addEventListener('click', event => {
        const index = [...tiles.children].indexOf(event.target);
        if (index >= 0)
            onTile(index, shown.what);
    });
    tiles.addEventListener('keydown', event => walk(event, tiles, shown.what?.columns ?? 1));
    image.addEventListener('load', () => image.classList.toggle('enlarged', image.clientWidth * devicePixelRatio > image.naturalWidth));

    /** Shows a picture: { run, name, columns, count, words }. */
    async function show(what) {
        setText(note, what.words);
        const key = `${what.run}/${what.name}`;
        if (shown.key === key)
            return;
        shown.key = key;
        try {
            const url = await picture(what.run, what.name);
            // A slower answer for what was wanted before must not overtake.
            if (shown.key !== key)
                return;
            image.src = url;
            image.alt = `${title}: ${what.count} images, ${what.words}`;
            shown.what = what;
            layTiles(tiles, what);
            setText(problem, '');
            image.hidden = false;
        } catch (fault) {
            if (shown.key !== key)
                return;
            shown.key = null;
            setText(problem, `The picture cannot be read: ${fault.message}.`);
        }
    }

    return { root, show, heading };
}

function layTiles(tiles, { columns, count, seed }) {
    tiles.style.gridTemplateColumns = `repeat(${Math.min(columns, count)}, 1fr)`;
    tiles.setAttribute('aria-label', 'Tiles; arrow keys move, Enter enlarges');
    if (tiles.children.length !== count)
        tiles.replaceChildren(...Array.from({ length: count }, (_, i) => button({ tabIndex: i === 0 ? 0 : -1 })));
    [...tiles.children].forEach((tile, i) => tile.setAttribute('aria-label', seed === undefined ? `Real ${i}` : `Sample ${i}`));
}

function walk(event, tiles, columns) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const from = [...tiles.children].indexOf(document.activeElement);
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? tiles.children.length - 1 : from + (steps[event.key] ?? 0);
    if (from < 0 || to === from || tiles.children[to] === undefined)
        return;
    event.preventDefault();
    tiles.children[from].tabIndex = -1;
    tiles.children[to].tabIndex = 0;
    tiles.children[to].focus();
}
