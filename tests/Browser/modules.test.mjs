// The parts of the dashboard that need no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bottleneck, measure } from '../../src/Host/wwwroot/js/flow.js';
import { bytes, duration, kimg, number, side, stage } from '../../src/Host/wwwroot/js/format.js';
import { addEvent, addTick } from '../../src/Host/wwwroot/js/history.js';
import { turnsOf, wordsOf } from '../../src/Host/wwwroot/js/labels.js';
import { columns, stretches } from '../../src/Host/wwwroot/js/series.js';
import { tokenOf } from '../../src/Host/wwwroot/js/session.js';
import { createParser } from '../../src/Host/wwwroot/js/stream.js';

const STREAM = ': hello\r\nid: a-1\r\nevent: tick\r\ndata: {"tick":1,\r\ndata: "kimg":2}\r\n\r\nid: a-2\nevent: end\n\ndata:x\r\rid: a-3\n\n';

test('A stream is parsed the same in whatever pieces it comes', () => {
    const expected = [
        { name: 'tick', data: '{"tick":1,\n"kimg":2}', id: 'a-1' },
        { name: 'end', data: '', id: 'a-2' },
        { name: 'message', data: 'x', id: null },
    ];
    for (let size = 1; size <= STREAM.length; size++) {
        const messages = [];
        const parse = createParser(message => messages.push(message));
        for (let at = 0; at < STREAM.length; at += size)
            parse(STREAM.slice(at, at + size));
        assert.deepEqual(messages, expected, `in pieces of ${size}`);
    }
});

test('Ticks of before a rollback are gone, and very many are thinned out in order', () => {
    const ticks = [];
    for (const tick of [1, 2, 3, 4, 3])
        addTick(ticks, { tick });
    assert.deepEqual(ticks.map(t => t.tick), [1, 2, 3]);
    for (let tick = 4; tick <= 100_000; tick++)
        addTick(ticks, { tick });
    assert.ok(ticks.length <= 20_000);
    assert.equal(ticks[0].tick, 1);
    assert.equal(ticks.at(-1).tick, 100_000);
    assert.ok(ticks.every((t, i) => i === 0 || t.tick > ticks[i - 1].tick));
});

test('An event that history and stream both tell is kept once, and milestones outlive the others', () => {
    const log = { events: [], milestones: [] };
    addEvent(log, { time: 1, event: 'growth_ordered', images: 5 });
    addEvent(log, { time: 1.02, event: 'growth_ordered', images: 5 });
    addEvent(log, { time: 1.03, event: 'growth_ordered', images: 6 });
    assert.equal(log.events.length, 2);
    for (let images = 0; images < 6_000; images++)
        addEvent(log, { time: 9, event: 'samples_drawn', images });
    assert.equal(log.events.length, 5_000);
    assert.equal(log.milestones.length, 2);
});

const actors = (name, items, busy, waiting, blocked) => ({ name, items, busy, waiting, blocked });
const BEFORE = ['reader-0', 'reader-1', 'downsampler-0', 'batcher', 'trainer'].map(name => actors(name, 0, 0, 0, 0));

test('The bottleneck is named: the trainer where it never waits, else the stage that has no time left', () => {
    const queues = [{ name: 'batches', count: 4, capacity: 4 }];
    const fast = [
        actors('reader-0', 100, 1, 0, 9), actors('reader-1', 100, 1, 0, 9), actors('downsampler-0', 200, 2, 0, 8), actors('batcher', 10, 0, 0, 10),
        actors('trainer', 10, 9.8, 0.2, 0),
    ];
    assert.equal(
        bottleneck(measure(BEFORE, fast, 10), queues),
        'The trainer is the bottleneck: it is busy 98\u202f% of the time and its queue is 100\u202f% full.');
    const slow = [
        actors('reader-0', 10, 9.5, 0, 0.5), actors('reader-1', 10, 9.5, 0, 0.5), actors('downsampler-0', 20, 1, 9, 0), actors('batcher', 1, 0, 10, 0),
        actors('trainer', 1, 4, 6, 0),
    ];
    const measured = measure(BEFORE, slow, 10);
    assert.equal(
        bottleneck(measured, queues), 'The readers are the bottleneck: busy 95\u202f% of the time. The trainer waits 60\u202f% of the time.');
    assert.deepEqual(measured.reader, { actors: 2, rate: 2, busy: 0.95, waiting: 0, blocked: 0.05 });
});

test('Labels take turns as the sampler lets them, whole', () => {
    const told = groups => turnsOf(groups).map(label => label.join(' '));
    assert.deepEqual(told([]), []);
    assert.deepEqual(told([3]), ['0', '1', '2']);
    assert.deepEqual(told([1, 1, 1]), ['', '0', '1', '2']);
    assert.deepEqual(told([3, 2]), ['0 3', '1 3', '2 3', '0 4']);
    assert.deepEqual(told([1, 2, 1, 2]), ['0 1 4', '1 4', '2 4', '1 3 4', '1 5']);
    assert.deepEqual(told([1, -1, 2]), ['0 1 2', '1 2', '1 3']);
    assert.equal(wordsOf([0, 2], ['hair=red', 'hair=grey']), 'hair=red + 2');
    assert.equal(wordsOf([], ['Young']), 'none');
});

test('A stage that was built anew or stood still has no shares', () => {
    assert.equal(bottleneck(measure(BEFORE, BEFORE, 1), []), 'Measuring…');
    const still = [actors('trainer', 7, 51.4, 2.8, 54.2)];
    assert.equal(bottleneck(measure(still, still, 1), []), 'Measuring…');
    assert.equal(measure([actors('batcher', 50, 5, 5, 5)], [actors('batcher', 2, 6, 6, 6)], 1).batcher.busy, null);
});

test('Curves have gaps where a value is missing, and stretches of growth have no gaps', () => {
    const ticks = [
        { kimg: 1, resolution: 4, alpha: 1, loss_d: 2 }, { kimg: 2, resolution: 8, alpha: 0.5, loss_d: null },
        { kimg: 3, resolution: 8, alpha: 1, loss_d: 4 },
    ];
    assert.deepEqual(columns({ series: [{ key: 'loss_d' }] }, { ticks }, 0), [[1, 2, 3], [2, null, 4]]);
    assert.deepEqual(columns({ series: [{ key: 'loss_d' }] }, { ticks }, 0.5)[1].map(v => v && Number(v.toFixed(3))), [2, null, 3.333]);
    assert.deepEqual(stretches(ticks).map(({ from, to }) => [from, to]), [[0, 1], [1, 2], [2, 3]]);
});

test('A token is taken from a URL or from itself, and from nothing else', () => {
    assert.equal(tokenOf(' http://127.0.0.1:7433/#token=ab_C-1 '), 'ab_C-1');
    assert.equal(tokenOf('ab_C-1'), 'ab_C-1');
    assert.equal(tokenOf('http://127.0.0.1:7433/'), null);
    assert.equal(tokenOf(''), null);
});

test('Numbers are short, and what is not known is a dash', () => {
    assert.deepEqual([number(-1.23456), number(0.00012), number(null), number(NaN)], ['\u22121.235', '1.20e\u22124', '–', '–']);
    assert.deepEqual([duration(0), duration(59.6), duration(3700), duration(200_000)], ['0 s', '1 min', '1 h 1 min', '2 d 7 h']);
    assert.deepEqual([bytes(957_000_000), bytes(1023), kimg(1.234), kimg(61.44)], ['913 MiB', '1023 B', '1.23', '61.4']);
});

test('A size is that of a square unless a run names its base', () => {
    assert.equal(side(64), '64×64');
    assert.equal(side(64, '4x6'), '64×96');
    assert.equal(side(32, '5x4'), '40×32');
    assert.equal(stage(8, 0.5, '4x6').replace('\u202f', ''), '8×12, fading in 50%');
    assert.equal(side(null), side(undefined));
});
