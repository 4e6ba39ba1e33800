import { el, keyedList, setShown, setText } from './dom.js';
import { thumbnail } from './pictures.js';
import { isLive, on, state } from './store.js';

const MOST_SHOWN = 24;

/** The images that could not be used, with the reason and, while the run lives, what can be seen of them. */
export function showSkipped(section) {
    const note = el('p.muted');
    const list = el('ul.skipped');
    section.append(note, list);
    const update = keyedList(list, createCard);
    on(['events', 'run', 'status'], () => {
        const skipped = state.events.filter(e => e.event === 'image_skipped');
        const known = new Map(skipped.map(e => [e.index, e]));
        setShown(section, known.size > 0);
        setText(note, known.size > MOST_SHOWN ? `The newest ${MOST_SHOWN} of ${known.size}; the others are among the events.` : '');
        update([...known.values()].reverse().slice(0, MOST_SHOWN), e => `${state.run} ${e.index} ${isLive()}`);
    });
}

function createCard(skipped) {
    const image = el('img', { alt: '', hidden: true, width: 48, height: 48 });
    const none = el('span.none', { 'aria-hidden': 'true' }, 'no picture');
    const root = el('li', image, none, el('div', el('b', String(skipped.name)), el('span', String(skipped.reason))));
    if (isLive())
        showThumbnail(image, none, skipped.index);
    return { root, update: () => { } };
}

async function showThumbnail(image, none, index) {
    try {
        image.src = await thumbnail(state.run, index);
        image.hidden = false;
        none.hidden = true;
    } catch {
        // Most bad images have nothing that can be shown.
    }
}
