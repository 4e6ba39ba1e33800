import { button, el, keyedList, setShown, setText } from './dom.js';
import { compareWith, look } from './feed.js';
import { count, date, kimg, side } from './format.js';
import { on, state } from './store.js';

/** All runs of the folder: one to look at, and one to hold beside it. */
export function showRuns(section) {
    const problem = el('p', { class: 'reply bad', role: 'alert' });
    const body = el('tbody');
    const table = el('table', el('thead', el('tr', {},
        ['Run', 'State', 'kimg', 'Resolution', 'Ticks', 'Data', 'Started'].map(title => el('th', { scope: 'col' }, title)),
        el('th', { scope: 'col' }, el('span.unseen', 'Choose')))), body);
    const empty = el('p.muted', 'No runs yet.');
    const act = async work => {
        setText(problem, '');
        try {
            await work();
        } catch (fault) {
            setText(problem, `The run cannot be read: ${fault.message}`);
        }
    };
    section.append(empty, el('div.scroll', { tabIndex: 0, role: 'region', 'aria-label': 'List of runs' }, table), problem);
    const update = keyedList(body, run => createRow(run, act));
    on(['runs', 'run', 'other', 'status'], () => {
        setShown(empty, state.runs.length === 0);
        setShown(table, state.runs.length > 0);
        update(state.runs.map(fresh), run => run.name);
    });
}

/** What the stream says of the run that is looked at is newer than the list. */
function fresh(run) {
    const status = state.status;
    if (status?.run !== run.name)
        return run;
    return { ...run, state: status.state, kimg: status.kimg, resolution: status.resolution, ticks: state.ticks.at(-1)?.tick ?? run.ticks };
}

function createRow({ name }, act) {
    const cells = Array.from({ length: 6 }, (_, i) => el('td', { class: i > 0 && i < 4 ? 'figure' : '' }));
    const open = button({ onclick: () => act(() => look(name)) }, 'Look');
    const compare = button({ onclick: () => act(() => compareWith(state.other?.name === name ? null : name)) }, 'Compare');
    open.setAttribute('aria-label', `Look at ${name}`);
    compare.setAttribute('aria-label', `Compare with ${name}`);
    const root = el('tr', el('th', { scope: 'row' }, name), cells, el('td.choose', open, ' ', compare));
    function update(run) {
        const isShown = run.name === state.run;
        const life = run.live ? `${run.state}, live` : run.state;
        const texts = [life, kimg(run.kimg), side(run.resolution, run.base), count(run.ticks), run.data ?? '', date(run.started)];
        texts.forEach((text, i) => setText(cells[i], text));
        open.setAttribute('aria-pressed', String(isShown));
        setShown(compare, !isShown);
        compare.setAttribute('aria-pressed', String(state.other?.name === run.name));
    }

    return { root, update };
}
