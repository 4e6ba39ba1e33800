import { el, setText } from './dom.js';
import { bytes, count, percent, rate } from './format.js';
import { bottleneck, measure, STATIONS } from './flow.js';
import { on, state } from './store.js';

/** Shares are those of the last seconds. */
const WINDOW = 10_000;
const SHARES = ['busy', 'waiting', 'blocked'];

/** Images on their way from the files to the trainer: what each stage does with its time, and how full the queues are. */
export function showPipeline(section) {
    const looks = [];
    const verdict = el('p.verdict');
    const stations = STATIONS.map(createStation);
    const notes = el('p.muted');
    const key = el('p', { class: 'key muted', 'aria-hidden': 'true' }, SHARES.map(share => el('span', el('i', { class: share }), share)));
    section.append(verdict, el('ol.flow', stations.flatMap(station => station.roots)), key, notes);

    on(['run'], () => looks.length = 0);
    on(['status'], () => {
        const pipeline = state.status?.pipeline;
        if (!pipeline) {
            setText(verdict, 'The pipeline does not run.');
            return;
        }

        const now = performance.now();
        looks.push({ at: now, stages: pipeline.stages });
        while (looks.length > 2 && looks[0].at < now - WINDOW)
            looks.shift();
        const measured = measure(looks[0].stages, pipeline.stages, Math.max(1e-3, (now - looks[0].at) / 1000));
        setText(verdict, state.status.state === 'training' ? bottleneck(measured, pipeline.queues) : `The training is ${state.status.state}.`);
        stations.forEach(station => station.update(measured, pipeline.queues));
        const cached = `${count(pipeline.cached_images)} images (${bytes(pipeline.cached_bytes)}) are cached`;
        const stored = pipeline.stored_images > 0 ? `, ${count(pipeline.stored_images)} are in the store on disk` : '';
        setText(notes, `${cached}${stored}, ${count(pipeline.skipped_images)} were skipped.`);
    });
}

function createStation({ id, title, fills, items }) {
    const name = el('span.name');
    const speed = el('span.figure');
    const parts = SHARES.map(share => el('i', { class: share }));
    const bar = el('div.shares', { role: 'img' }, parts);
    const station = el('li.station', name, speed, bar);
    const queue = fills === null ? null : createQueue(fills);

    function update(measured, queues) {
        const { actors, rate: perSecond, ...shares } = measured[id];
        setText(name, actors > 1 ? `${title} ×${actors}` : title);
        setText(speed, perSecond === null ? 'idle' : `${rate(perSecond)} ${items}`);
        SHARES.forEach((share, i) => parts[i].style.width = `${100 * (shares[share] ?? 0)}%`);
        const words = `${title}: ${SHARES.map(share => `${share} ${percent(shares[share])}`).join(', ')}`;
        bar.setAttribute('aria-label', words);
        bar.title = words;
        queue?.update(queues.find(q => q.name === fills));
    }

    return { roots: queue === null ? [station] : [station, queue.root], update };
}

function createQueue(name) {
    const fill = el('i');
    const label = el('span.figure');
    const tank = el('div.tank', { role: 'img' }, fill);
    function update(queue) {
        const share = queue === undefined || queue.capacity === 0 ? 0 : queue.count / queue.capacity;
        fill.style.height = `${100 * share}%`;
        setText(label, queue === undefined ? '–' : `${queue.count} of ${queue.capacity}`);
        tank.setAttribute('aria-label', `${name}: ${label.textContent}`);
    }

    return { root: el('li.queue', tank, el('span.muted', name), label), update };
}
