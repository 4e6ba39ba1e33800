import { button, el, setText } from './dom.js';
import { kimg, side } from './format.js';
import { state } from './store.js';

const FRAME = 250;

/** A slider over all snapshots with a button that plays them. `onMove` is told the index, or null for "always the newest". */
export function createPlayer(onMove) {
    const place = { snapshots: [], index: 0, timer: 0 };
    const play = button({ onclick: () => place.timer === 0 ? begin() : end() }, 'Play');
    const slider = el('input', { type: 'range', min: 0, step: 1, 'aria-label': 'Snapshot', oninput: () => move(slider.valueAsNumber) });
    const label = el('span.figure');
    const newest = button({ 'aria-pressed': 'true', onclick: () => move(null) }, 'Newest');
    const root = el('div.row.player', play, slider, newest, label);

    function move(index) {
        end();
        onMove(index);
    }

    function begin() {
        setText(play, 'Stop');
        let at = place.index >= place.snapshots.length - 1 ? 0 : place.index;
        onMove(at);
        // A long run is played in about half a minute, whatever its number of snapshots.
        const stride = Math.max(1, Math.round(place.snapshots.length / 120));
        place.timer = setInterval(() => {
            at = Math.min(at + stride, place.snapshots.length - 1);
            const isLast = at === place.snapshots.length - 1;
            if (isLast)
                end();
            onMove(isLast ? null : at);
        }, FRAME);
    }

    function end() {
        clearInterval(place.timer);
        place.timer = 0;
        setText(play, 'Play');
    }

    function update(snapshots, index, isNewest) {
        Object.assign(place, { snapshots, index });
        const shown = snapshots[index];
        slider.max = snapshots.length - 1;
        slider.value = index;
        slider.setAttribute('aria-valuetext', `${kimg(shown.kimg)} thousand images, ${side(shown.resolution, state.samples?.base)}`);
        newest.setAttribute('aria-pressed', String(isNewest));
        setText(label, `${index + 1} of ${snapshots.length}, ${kimg(shown.kimg)} kimg`);
    }

    return { root, update };
}
