import { describe } from './describe.js';
import { button, el, setText, svg } from './dom.js';
import { kimg, side } from './format.js';
import { on, state } from './store.js';

const HEIGHT = 64;

/** Width of the drawing's own units; the band is stretched to its place. */
const WIDTH = 1000;

/** Marks of what a person or a fault did; phases show themselves. */
const MARKS = { growth_ordered: 'grown', settings_changed: 'changed', trainer_restarted: 'fault', training_rolled_back: 'fault' };

/** The whole schedule as a staircase: a step a resolution, a slope a fade-in, and a line at now. */
export function createTimeline() {
    const band = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    const labels = el('div.labels', { 'aria-hidden': 'true' });
    const marks = el('div.marks');
    const now = el('div.now', { 'aria-hidden': 'true' });
    const future = el('div.future', { 'aria-hidden': 'true' });
    const caption = el('p.caption');
    const picture = el('div.band', band, future, now, marks);
    const root = el('div.timeline', { role: 'group', 'aria-label': 'Growth timeline' }, labels, picture, caption);
    let drawn = '';
    const place = { hovered: null };
    const say = text => {
        place.hovered = text;
        setText(caption, text ?? (state.status === null ? '' : sentence(state.status)));
    };
    picture.addEventListener('pointermove', event => event.target.closest('.mark') || say(phaseAt(picture, event.clientX)));
    picture.addEventListener('pointerleave', () => say(null));

    on(['status', 'progress', 'events'], () => {
        const status = state.status;
        if (status === null || status.phases.length === 0)
            return;
        const end = endOf(status);
        const key = JSON.stringify([status.phases, end, state.milestones.length, state.milestones.at(-1)?.time]);
        if (key !== drawn) {
            drawn = key;
            band.replaceChildren(...status.phases.map(phase => shapeOf(phase, status.phases, end)));
            labels.replaceChildren(...labelsOf(status.phases, end));
            marks.replaceChildren(...state.milestones.filter(e => MARKS[e.event]).map(e => markOf(e, end, say)));
        }

        future.style.left = now.style.left = `${share(status.schedule_kimg, end)}%`;
        if (place.hovered === null)
            say(null);
    });
    return { root };
}

const endOf = status => Math.max(status.phases.at(-1).end_kimg ?? status.total_kimg, status.schedule_kimg, 1e-9);

const share = (at, end) => 100 * Math.min(1, Math.max(0, at / end));

/** Bottom of the band to its top, by the resolution's place among those of the schedule. */
function level(resolution, phases) {
    const steps = [...new Set(phases.map(phase => phase.resolution))];
    return HEIGHT - 8 - (HEIGHT - 14) * (steps.indexOf(resolution) + 1) / steps.length;
}

function shapeOf(phase, phases, end) {
    const [from, to] = [phase.start_kimg, phase.end_kimg ?? end].map(at => share(at, end) * WIDTH / 100);
    const height = level(phase.resolution, phases);
    const before = phase.kind === 'fade_in' ? level(Math.max(phases[0].resolution, phase.resolution / 2), phases) : height;
    const shape = svg('polygon', { points: `${from},${HEIGHT} ${from},${before} ${to},${height} ${to},${HEIGHT}` });
    const steps = [...new Set(phases.map(p => p.resolution))];
    shape.style.fillOpacity = 0.2 + 0.7 * steps.indexOf(phase.resolution) / Math.max(1, steps.length - 1);
    return shape;
}

/** One label a resolution, where its first phase begins; those too close to the one before are left out. */
function labelsOf(phases, end) {
    const labels = [];
    let last = -10;
    for (const phase of phases) {
        const at = share(phase.start_kimg, end);
        if (phase.kind === 'fade_in' && phases.some(p => p.kind === 'stabilize' && p.resolution === phase.resolution && p.end_kimg > p.start_kimg))
            continue;
        if (at - last < 5)
            continue;
        const label = el('span', String(phase.resolution));
        label.style.left = `${at}%`;
        labels.push(label);
        last = at;
    }

    return labels;
}

function markOf(happened, end, say) {
    const text = describe(happened);
    const mark = button({
        class: `mark ${MARKS[happened.event]}`, 'aria-label': text,
        onfocus: () => say(text), onblur: () => say(null), onpointerenter: () => say(text), onclick: () => say(text),
    });
    mark.style.left = `${share(scheduleKimg(happened.images), end)}%`;
    return mark;
}

/** Where the schedule was at a count of images: growths by hand have skipped some, and each phase says how many when it begins. */
function scheduleKimg(images) {
    const phase = state.milestones.findLast(e => e.event === 'phase_started' && e.images <= images);
    const skipped = phase === undefined ? 0 : Math.max(0, phase.phase.start_images - phase.images);
    return (images + skipped) / 1000;
}

function phaseAt(picture, x) {
    const { left, width } = picture.getBoundingClientRect();
    const at = (x - left) / width * endOf(state.status);
    const phase = state.status.phases.find(p => at < (p.end_kimg ?? Infinity)) ?? state.status.phases.at(-1);
    const what = `${phase.kind === 'fade_in' ? 'Fade-in of' : 'Stabilises'} ${side(phase.resolution, state.status?.base)}`;
    return `${what}, ${kimg(phase.start_kimg)} to ${kimg(phase.end_kimg)} kimg of the schedule`;
}

function sentence(status) {
    const skipped = status.schedule_kimg - status.kimg;
    const done = `${kimg(status.schedule_kimg)} of ${kimg(endOf(status))} kimg of the schedule`;
    return skipped > 0.0005 ? `${done}, ${kimg(skipped)} of them skipped by growing by hand` : done;
}
