import { percent } from './format.js';

/** The stations that images pass, and the queue that each one fills. */
export const STATIONS = [
    { id: 'reader', title: 'Readers', fills: 'pixels', items: 'images/s' },
    { id: 'downsampler', title: 'Downsamplers', fills: 'pyramids', items: 'images/s' },
    { id: 'batcher', title: 'Batcher', fills: 'batches', items: 'batches/s' },
    { id: 'trainer', title: 'Trainer', fills: null, items: 'batches/s' },
];

/** A station whose share is above this has no time left. */
const SATURATED = 0.85;
const SUMMED = ['items', 'busy', 'waiting', 'blocked'];

/**
 * What each station did between two looks at the pipeline: `{ actors, rate, busy, waiting, blocked }`, the last three as shares of its time. Null
 * where it did not move, or was built anew meanwhile and counts from 0 again.
 */
export function measure(before, after, seconds) {
    return Object.fromEntries(STATIONS.map(({ id }) => {
        const [a, b] = [sum(before, id), sum(after, id)];
        const spent = key => b[key] - a[key];
        const time = spent('busy') + spent('waiting') + spent('blocked');
        const isKnown = b.actors > 0 && a.actors === b.actors && time > 0 && b.items >= a.items;
        const share = key => isKnown ? Math.max(0, spent(key) / time) : null;
        return [id, {
            actors: b.actors, rate: isKnown ? spent('items') / seconds : null,
            busy: share('busy'), waiting: share('waiting'), blocked: share('blocked'),
        }];
    }));
}

/** Which station sets the pace, in a sentence. */
export function bottleneck(measured, queues) {
    const { trainer } = measured;
    if (trainer.busy === null)
        return 'Measuring…';
    if (trainer.waiting < 1 - SATURATED)
        return `The trainer is the bottleneck: it is busy ${percent(trainer.busy)} of the time${fillOf(queues, 'batches')}.`;
    const feeding = STATIONS.filter(({ id }) => id !== 'trainer' && measured[id].busy !== null);
    const slowest = feeding.toSorted((a, b) => measured[b.id].busy - measured[a.id].busy)[0];
    const wait = `The trainer waits ${percent(trainer.waiting)} of the time`;
    if (slowest === undefined || measured[slowest.id].busy < 0.5)
        return `${wait}, though no stage before it is busy: the source may be slow or away.`;
    const { busy } = measured[slowest.id];
    const subject = `The ${slowest.title.toLowerCase()} ${slowest.title.endsWith('s') ? 'are' : 'is'}`;
    return `${subject} the bottleneck: busy ${percent(busy)} of the time. ${wait}.`;
}

function fillOf(queues, name) {
    const queue = queues.find(q => q.name === name);
    return queue === undefined || queue.capacity === 0 ? '' : ` and its queue is ${percent(queue.count / queue.capacity)} full`;
}

/** All actors of one station: "reader-0" and "reader-1" are readers. */
function sum(stages, id) {
    const total = { actors: 0, items: 0, busy: 0, waiting: 0, blocked: 0 };
    for (const stage of stages.filter(s => s.name.replace(/-\d+$/, '') === id)) {
        total.actors++;
        for (const key of SUMMED)
            total[key] += stage[key];
    }

    return total;
}
