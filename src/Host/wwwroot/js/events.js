import { describe, gravity, kindName } from './describe.js';
import { button, el, keyedList, longText, setShown, setText } from './dom.js';
import { time } from './format.js';
import { on, state } from './store.js';

const PAGE = 100;

/** Pictures come with every tick and would bury the rest. */
const NOTABLE = 'notable';
const ROUTINE = 'samples_drawn';

/** What happened, newest first, with filters. */
export function showEvents(section) {
    const view = { kind: NOTABLE, text: '', most: PAGE };
    const change = (key, value) => {
        Object.assign(view, { most: PAGE, [key]: value });
        update();
    };
    const kind = el('select', { id: 'event-kind', onchange: () => change('kind', kind.value) });
    const text = el('input', { id: 'event-text', type: 'search', oninput: () => change('text', text.value.trim().toLowerCase()) });
    const shown = el('span.muted', { role: 'status' });
    const list = el('ol.events');
    const more = button({ onclick: () => change('most', view.most + PAGE) }, 'Show more');
    section.append(el('div.row', el('label.check', 'Kind', kind), el('label.check', 'Text', text), shown),
        el('div.log', { tabIndex: 0, role: 'region', 'aria-label': 'List of events' }, list, more));
    const listRows = keyedList(list, createRow);
    on(['events', 'run'], update);

    function update() {
        offerKinds(kind, view.kind);
        const found = state.events.filter(e => isOf(view.kind, e.event) && (view.text === '' || wordsOf(e).includes(view.text)));
        setText(shown, `${found.length} of ${state.events.length}`);
        setShown(more, found.length > view.most);
        listRows(found.slice(-view.most).reverse(), e => e);
    }
}

const isOf = (wanted, kind) => wanted === '' || (wanted === NOTABLE ? kind !== ROUTINE : wanted === kind);

const wordsOf = happened => `${kindName(happened.event)} ${describe(happened)}`.toLowerCase();

function createRow(happened) {
    const when = new Date(happened.time * 1000);
    const root = el('li', {},
        Number.isNaN(when.getTime()) ? null : el('time', { dateTime: when.toISOString() }, time(happened.time)),
        el('span', { class: `kind ${gravity(happened.event)}` }, kindName(happened.event)), longText(describe(happened)));
    return { root, update: () => { } };
}

/** The kinds that occur; rebuilt only when there is a new one, so that an open list stays open. */
function offerKinds(select, chosen) {
    const own = chosen === NOTABLE || chosen === '' ? [] : [chosen];
    const kinds = [...new Set([...own, ...state.events.map(e => e.event)])].sort();
    if (kinds.join() === [...select.options].slice(2).map(option => option.value).join() && select.options.length > 0)
        return;
    select.replaceChildren(
        el('option', { value: NOTABLE }, 'all but samples'), el('option', { value: '' }, 'all'),
        ...kinds.map(kind => el('option', { value: kind }, kindName(kind))));
    select.value = chosen;
}
