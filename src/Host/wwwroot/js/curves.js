import { createChart } from './chart.js';
import { el, setShown, setText } from './dom.js';
import { kimg } from './format.js';
import { CHARTS, metricCharts, stretches } from './series.js';
import { on, state } from './store.js';

/** The curves of the run, with those of another one dashed beside them. */
export function showCurves(section) {
    const view = { log: false, smoothing: 0, share: 1, zoom: null, charts: new Map() };
    const grid = el('div.charts');
    const empty = el('p.muted', 'No curves yet: the first point comes with the first tick.');
    const note = el('span.muted', { role: 'status' });
    const change = (key, value) => {
        view[key] = value;
        update();
    };
    section.append(controlsOf(change, note), empty, grid);
    on(['ticks', 'metrics', 'other', 'theme'], update);
    on(['run'], () => change('zoom', null));
    document.addEventListener('visibilitychange', update);

    function update() {
        // Nobody looks: the next look draws all at once.
        if (document.hidden)
            return;
        const hasTicks = state.ticks.length > 0;
        setShown(empty, !hasTicks);
        setShown(grid, hasTicks);
        setText(note, view.zoom === null ? '' : `${view.zoom.map(kimg).join(' to ')} kimg; double-click or “Range” shows more`);
        if (!hasTicks)
            return;
        const look = { log: view.log, theme: state.theme, smoothing: view.smoothing, range: rangeOf(view), spans: stretches(state.ticks) };
        const wanted = [...CHARTS, ...metricCharts(state.metrics)];
        dropUnwanted(view.charts, wanted);
        for (const definition of wanted)
            chartOf(definition).update(state, state.other, look);
    }

    function chartOf(definition) {
        const key = keyOf(definition);
        if (!view.charts.has(key)) {
            const chart = createChart(definition, range => change('zoom', range));
            view.charts.set(key, chart);
            grid.append(chart.root);
        }

        return view.charts.get(key);
    }
}

/** A metric may gain parts while the page is open; then it is another chart. */
const keyOf = definition => `${definition.id}:${definition.series.map(series => series.key)}`;

function dropUnwanted(charts, wanted) {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, chart] of charts)
        if (!keys.has(key)) {
            chart.destroy();
            charts.delete(key);
        }
}

/** What the pointer chose, else the newest share of the run; null = all of it and of the one beside it. */
function rangeOf({ zoom, share }) {
    if (zoom !== null || share === 1)
        return zoom;
    const end = state.ticks.at(-1).kimg;
    return [end * (1 - share), end];
}

function controlsOf(change, note) {
    const range = el('select', {
        id: 'range', onchange: () => {
            change('zoom', null);
            change('share', Number(range.value));
        },
    }, [['1', 'whole run'], ['0.5', 'last half'], ['0.1', 'last tenth'], ['0.02', 'last fiftieth']].map(([value, text]) => el('option', { value }, text)));
    const smoothing = el('input', {
        id: 'smoothing', type: 'range', min: 0, max: 0.98, step: 0.02, value: 0, oninput: () => change('smoothing', smoothing.valueAsNumber),
    });
    const log = el('input', { id: 'log', type: 'checkbox', onchange: () => change('log', log.checked) });
    return el('div.row',
        el('label.check', 'Range', range), el('label.check', 'Smoothing', smoothing), el('label.check', log, 'Log scale'), note);
}
