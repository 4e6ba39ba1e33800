import { el, keyedList, longText, setShown, setText } from './dom.js';
import { time } from './format.js';
import { on, state } from './store.js';

/** The supervision tree: who lives, who was restarted, and what went wrong last. */
export function showActors(section) {
    const list = el('ul.tree');
    section.append(list);
    const update = keyedList(list, createRow);
    on(['status'], () => update(inTreeOrder(state.status?.actors ?? []), actor => actor.name));
}

/** Parents before their children, each with its depth. */
function inTreeOrder(actors, parent = null, depth = 0) {
    return actors.filter(actor => actor.parent === parent)
        .flatMap(actor => [{ ...actor, depth }, ...depth < 8 ? inTreeOrder(actors, actor.name, depth + 1) : []]);
}

function createRow(actor) {
    const condition = el('span.condition');
    const restarts = el('span.muted');
    const error = el('div.error');
    const root = el('li', el('span.name', actor.name), restarts, condition, error);
    root.style.paddingLeft = `${actor.depth * 16}px`;
    let said = '';
    function update({ state: now, restarts: times, last_error, last_error_at }) {
        setText(condition, now);
        condition.dataset.state = now;
        setText(restarts, times === 0 ? '' : times === 1 ? '1 restart' : `${times} restarts`);
        setShown(error, last_error !== null);
        const text = last_error === null ? '' : `${last_error_at === null ? '' : `${time(last_error_at)} `}${last_error}`;
        if (text !== said)
            error.replaceChildren(longText(said = text));
    }

    return { root, update };
}
