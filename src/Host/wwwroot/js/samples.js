import { showDrawing } from './drawing.js';
import { el, setShown, setText } from './dom.js';
import { kimg, stage } from './format.js';
import { createPlayer } from './player.js';
import { createSheet } from './sheet.js';
import { on, state } from './store.js';
import { openTile } from './tile.js';

/** The fixed grid over the whole run, beside the reals, and beside the run that is compared with. */
export function showSamples(section) {
    const place = { index: null, drawn: null };
    const fakes = createSheet('Fakes', open);
    const reals = createSheet('Reals', open);
    const other = createSheet('Compared', open);
    const sheets = el('div.sheets', fakes.root, other.root, reals.root);
    const empty = el('p.muted', 'No samples yet: the first are drawn when the training begins.');
    const player = createPlayer(index => {
        place.index = index;
        place.drawn = null;
        update();
    });
    const drawing = showDrawing(drawn => {
        place.drawn = drawn;
        update();
        sheets.scrollIntoView({ block: 'nearest' });
    });
    section.append(player.root, empty, sheets, drawing);
    on(['run'], () => Object.assign(place, { index: null, drawn: null }));
    on(['run', 'samples', 'other'], update);

    function update() {
        const snapshots = state.samples?.snapshots ?? [];
        setShown(empty, state.samples !== null && snapshots.length === 0);
        setShown(sheets, snapshots.length > 0);
        setShown(player.root, snapshots.length > 0);
        if (snapshots.length === 0)
            return;
        const index = Math.min(place.index ?? snapshots.length - 1, snapshots.length - 1);
        player.update(snapshots, index, place.index === null && place.drawn === null);
        const what = { ...place.drawn ?? snapshots[index], base: state.samples.base };
        setText(fakes.heading, place.drawn === null ? 'Fakes' : 'Drawn');
        fakes.show({ ...what, run: state.run, words: wordsOf(what) });
        setShown(reals.root, state.samples.reals !== null);
        if (state.samples.reals !== null)
            reals.show({ ...state.samples.reals, run: state.run, name: 'reals', words: 'the first of the dataset' });
        updateOther(what);
    }

    /** The other run where this one is: at the newest, or at the same count of images. */
    function updateOther(what) {
        const snapshots = state.other?.samples.snapshots ?? [];
        setShown(other.root, snapshots.length > 0);
        if (snapshots.length === 0)
            return;
        const nearest = place.index === null ? snapshots.at(-1)
            : snapshots.reduce((a, b) => Math.abs(b.images - what.images) < Math.abs(a.images - what.images) ? b : a);
        const base = state.other.samples.base;
        other.show({ ...nearest, base, run: state.other.name, words: `${state.other.name}, ${wordsOf({ ...nearest, base })}` });
    }

    function open(index, what) {
        const snapshots = what.run === state.run ? state.samples.snapshots : state.other?.samples.snapshots ?? [];
        openTile(what, index, snapshots);
    }
}

const wordsOf = what => `${kimg(what.kimg)} kimg, ${stage(what.resolution, what.alpha, what.base)}${typeof what.seed === 'number' ? `, seed ${what.seed}` : ''}`;
