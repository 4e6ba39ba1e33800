import { bytes, number, percent, rate } from './format.js';

/** Bytes are counted in powers of two, and so are the steps of their axis. */
const BINARY = Array.from({ length: 24 }, (_, i) => 2 ** (20 + i));

/**
 * The charts of every run. `keys` are fields of a tick; `positive` values get a true logarithm when asked, others one that passes through 0,
 * `linear` ones none; `right` is drawn against an axis of its own, `steps` are those that the axis may take.
 */
export const CHARTS = [
    { id: 'loss', title: 'Losses', words: number, series: [{ key: 'loss_d', label: 'D' }, { key: 'loss_g', label: 'G' }] },
    { id: 'score', title: 'Scores', words: number, series: [{ key: 'score_real', label: 'reals' }, { key: 'score_fake', label: 'fakes' }] },
    {
        id: 'gradient', title: 'Gradient', words: number, positive: true,
        series: [{ key: 'gradient_penalty', label: 'penalty' }, { key: 'gradient_norm', label: 'norm' }],
    },
    { id: 'rate', title: 'Learning rates', words: number, positive: true, series: [{ key: 'g_lr', label: 'G' }, { key: 'd_lr', label: 'D' }] },
    {
        id: 'speed', title: 'Speed', words: rate, positive: true,
        series: [{ key: 'images_per_second', label: 'images/s' }, { key: 'loader_wait', label: 'loader wait', right: true, words: percent }],
    },
    { id: 'memory', title: 'Memory', words: bytes, linear: true, steps: BINARY, series: [{ key: 'memory', label: 'process' }] },
];

/** A chart for each metric that was evaluated; parts of a metric carry its name in front. */
export function metricCharts(metrics) {
    return Object.entries(metrics).filter(([, lines]) => lines.length > 0).map(([name, lines]) => ({
        id: `metric-${name}`, title: name, metric: name, words: number, positive: true,
        series: Object.keys(lines.at(-1)).filter(key => (key === name || key.startsWith(`${name}_`)) && typeof lines.at(-1)[key] === 'number')
            .slice(0, 6).map(key => ({ key, label: key })),
    })).filter(chart => chart.series.length > 0);
}

/** Columns of a chart for a run: kimg, then a column a series. */
export function columns(chart, run, smoothing) {
    const lines = chart.metric === undefined ? run.ticks : sorted(run.metrics[chart.metric] ?? []);
    const values = chart.series.map(({ key }) => smooth(lines.map(line => finite(line[key])), smoothing));
    return [lines.map(line => line.kimg ?? line.images / 1000), ...values];
}

/** Stretches of ticks of one resolution, faded in or not: `{ from, to, resolution, fading }` in kimg. */
export function stretches(ticks) {
    const found = [];
    let before = 0;
    for (const { kimg, resolution, alpha } of ticks) {
        const last = found.at(-1);
        if (last?.resolution === resolution && last.fading === alpha < 1)
            last.to = kimg;
        else
            found.push({ from: before, to: kimg, resolution, fading: alpha < 1 });
        before = kimg;
    }

    return found;
}

const finite = value => typeof value === 'number' && Number.isFinite(value) ? value : null;

const sorted = lines => lines.toSorted((a, b) => a.images - b.images);

/** A moving mean that forgets: `weight` 0 leaves the values as they are. Freed of its start at 0, as Adam's means are. */
function smooth(values, weight) {
    if (weight === 0)
        return values;
    let mean = 0;
    let power = 1;
    return values.map(value => {
        if (value === null)
            return null;
        mean = weight * mean + (1 - weight) * value;
        power *= weight;
        return mean / (1 - power);
    });
}
