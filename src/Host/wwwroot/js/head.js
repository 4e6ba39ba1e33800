import { button, el, setShown, setText } from './dom.js';
import { look } from './feed.js';
import { bytes, date, duration, kimg, number, percent, rate, side } from './format.js';
import { isLive, on, state } from './store.js';
import { createTimeline } from './timeline.js';

const FIGURES = [
    ['Images', s => `${kimg(s.kimg)} kimg`, s => `of ${kimg(s.total_kimg)}`],
    ['Resolution', s => side(s.resolution, s.base), s => s.alpha === null ? '' : s.alpha < 1 ? `alpha ${s.alpha.toFixed(2)}` : 'stable'],
    ['Phase left', s => duration(s.seconds_left_in_phase), s => phaseName(s)],
    ['Time left', s => duration(s.seconds_left), s => `after ${duration(s.elapsed)}`],
    ['Speed', s => rate(s.images_per_second), () => 'images/s'],
    ['Loss of D', s => number(s.loss_d), () => ''],
    ['Loss of G', s => number(s.loss_g), () => ''],
    ['Loader wait', s => percent(s.last_tick?.loader_wait), () => 'of the last tick'],
    ['Memory', s => bytes(s.memory), s => `on ${s.device ?? 'an unknown device'}`],
];

/** Which run this is, what it does, and where it is in its schedule. */
export function showHead(section) {
    const name = el('h1');
    const pill = el('span.pill');
    const about = el('span.muted');
    const back = button({ onclick: () => look(state.live) }, 'Back to the live run');
    const failure = el('p', { class: 'notice bad', role: 'alert', hidden: true });
    const empty = el('p.notice');
    const figures = FIGURES.map(([label]) => ({ root: el('div', el('dt', label)), value: el('dd'), note: el('dd.note') }));
    figures.forEach(figure => figure.root.append(figure.value, figure.note));
    const list = el('dl.figures', figures.map(figure => figure.root));
    const timeline = createTimeline();
    const title = el('div.title', name, pill, about, back);
    section.append(title, empty, failure, list, timeline.root);

    on(['status', 'progress', 'run', 'runs', 'live', 'connection'], () => {
        const status = state.status;
        setShown(empty, status === null);
        [title, list].forEach(part => setShown(part, status !== null));
        // Without options that can be read there is no schedule.
        setShown(timeline.root, status !== null && status.phases.length > 0);
        setText(empty, state.run !== null ? 'Reading the run…' : state.connection.kind === 'waiting' && state.runs.length === 0
            ? 'No run is here yet. “pggan train” begins one; this page finds it by itself.' : 'Connecting…');
        setShown(back, state.live !== null && !isLive());
        document.title = titleOf(status);
        if (status === null)
            return;
        setText(name, status.run);
        setText(pill, status.state + (status.released ? ', device free' : ''));
        pill.dataset.state = status.state;
        setText(about, `${status.data ?? ''}${started(status)}${status.newest_checkpoint === null ? '' : `, newest ${status.newest_checkpoint}`}`);
        setShown(failure, status.failure !== null);
        setText(failure, status.failure ?? '');
        FIGURES.forEach(([, value, note], i) => {
            setText(figures[i].value, value(status));
            setText(figures[i].note, note(status));
        });
    });
}

function started(status) {
    const run = state.runs.find(r => r.name === status.run);
    return run === undefined ? '' : `, since ${date(run.started)}`;
}

function phaseName(status) {
    const phase = status.phases[status.phase];
    return phase === undefined ? '' : `${phase.kind === 'fade_in' ? 'fading in' : 'stabilising'} ${side(phase.resolution, status.base)}`;
}

/** A tab in the background says the two things one looks for. */
function titleOf(status) {
    if (state.connection.kind === 'lost')
        return 'Lost – Pggan';
    return status === null ? 'Pggan' : `${kimg(status.kimg)} kimg ${status.state} – Pggan`;
}
