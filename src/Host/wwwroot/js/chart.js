import { button, colour, el, setText } from './dom.js';
import { columns } from './series.js';

const { uPlot } = globalThis;
const HEIGHT = 190;
const FONT = '11px system-ui, sans-serif';

/** Hovering over one chart shows the same place in all. */
const together = uPlot.sync('kimg');

/**
 * One chart with its legend. `update` gives it data; what changes its make (colours, logarithm, a run beside) builds it anew.
 * @param definition Of series.js.
 * @param onZoom Called with [from, to] in kimg after a drag, with null after a double click.
 */
export function createChart(definition, onZoom) {
    const place = el('div.plot', { role: 'img' });
    const legend = el('div.legend');
    const root = el('figure.chart', el('figcaption', el('h3', definition.title), legend), place);
    const chart = { plot: null, make: null, items: [], spans: [], hidden: new Set() };
    const resizing = new ResizeObserver(() => chart.plot?.setSize({ width: widthOf(place), height: HEIGHT }));
    resizing.observe(place);

    /** @param look { log, theme, smoothing, range, spans }: how to draw. */
    function update(run, other, look) {
        chart.spans = look.spans;
        const own = columns(definition, run, look.smoothing);
        const data = other === null ? own : uPlot.join([own, columns(definition, other, look.smoothing)]);
        const make = JSON.stringify([look.log, look.theme, other !== null]);
        if (chart.make === make) {
            chart.plot.setData(data, false);
        } else {
            chart.make = make;
            build(data, look, other !== null);
        }

        const [min, max] = look.range ?? [data[0][0] ?? 0, data[0].at(-1) ?? 1];
        chart.plot.setScale('x', { min, max: max > min ? max : min + 0.001 });
        showValues();
    }

    function build(data, look, isCompared) {
        chart.plot?.destroy();
        const list = seriesOf(definition, isCompared);
        chart.items = list.map((series, i) => legendItem(series, () => toggle(i)));
        legend.replaceChildren(...chart.items.map(item => item.root));
        chart.plot = new uPlot(optionsOf(definition, look, list, { chart, showValues, onZoom }, widthOf(place)), data, place);
        list.forEach((_, i) => showSeries(i));
    }

    function toggle(i) {
        chart.hidden[chart.hidden.has(i) ? 'delete' : 'add'](i);
        showSeries(i);
    }

    function showSeries(i) {
        const shows = !chart.hidden.has(i);
        chart.items[i].root.setAttribute('aria-pressed', String(shows));
        if (chart.plot.series[i + 1].show !== shows)
            chart.plot.setSeries(i + 1, { show: shows });
    }

    /** The legend's numbers: under the pointer, else the newest. */
    function showValues() {
        const { plot, items } = chart;
        items.forEach(({ value }, i) => setText(value, plot.series[i + 1].words(valueAt(plot.data[i + 1], plot.cursor.idx))));
        const words = items.map(item => item.root.textContent).join(', ');
        place.setAttribute('aria-label', `${definition.title} over thousands of images: ${words}`);
    }

    function destroy() {
        resizing.disconnect();
        chart.plot?.destroy();
        root.remove();
    }

    return { root, update, destroy };
}

const widthOf = place => Math.max(200, place.clientWidth);

function legendItem(series, onClick) {
    const swatch = el('i', { 'aria-hidden': 'true' });
    swatch.style.borderTop = `2px ${series.dash ? 'dashed' : 'solid'} ${series.colour}`;
    const value = el('b');
    // Beside its own run's item a dashed line says enough to the eye.
    const label = el('span', { class: series.dash ? 'unseen' : '' }, `${series.label} `);
    return { root: button({ onclick: onClick }, swatch, label, value), value };
}

/** The value at an index. Where two runs share an axis and only the other has a point there it is undefined: then the last one before it. */
function valueAt(column, index) {
    let i = index ?? column.length - 1;
    while (i > 0 && column[i] === undefined)
        i--;
    return column[i] ?? null;
}

function seriesOf(definition, isCompared) {
    const colours = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5', '--line-6'].map(colour);
    const own = definition.series.map((series, i) => ({ words: definition.words, ...series, colour: colours[i] }));
    return isCompared ? [...own, ...own.map(series => ({ ...series, label: `${series.label}, compared`, dash: [5, 4] }))] : own;
}

function optionsOf(definition, look, list, { chart, showValues, onZoom }, width) {
    const [text, grid] = [colour('--muted'), colour('--grid')];
    const axis = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const right = list.find(series => series.right);
    return {
        width, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0],
        cursor: {
            // Zooming is shared by way of `range`, so only the pointer is passed on.
            sync: { key: together.key, scales: ['x', null], filters: { pub: type => type === 'mousemove' || type === 'mouseleave' } },
            drag: { x: true, y: false, dist: 4, setScale: false }, points: { size: 6 }, bind: { dblclick: () => () => onZoom(null) },
        },
        scales: { x: { time: false }, y: scaleOf(definition, look), right: { range: (_, __, max) => [0, Math.max(0.01, max)] } },
        axes: [
            { ...axis, size: 26, values: (_, ticks) => ticks.map(value => String(Number(value.toFixed(3)))) },
            { ...axis, size: 58, ...definition.steps && { incrs: definition.steps }, values: (_, ticks) => ticks.map(value => value === null ? '' : definition.words(value)) },
            ...right === undefined ? [] : [{ ...axis, scale: 'right', side: 1, size: 46, grid: { show: false }, values: (_, ticks) => ticks.map(right.words) }],
        ],
        series: [{}, ...list.map(series => ({
            label: series.label, stroke: series.colour, dash: series.dash, width: 1.25, scale: series.right ? 'right' : 'y', words: series.words,
            points: { show: true, size: 4, fill: series.colour, filter: alone },
        }))],
        hooks: { drawClear: [plot => shade(plot, chart.spans, text)], setCursor: [showValues], setSelect: [plot => selected(plot, onZoom)] },
    };
}

/** A line needs two points: one between two gaps is drawn as a dot. */
function alone(plot, series) {
    // Where only the other run has a point the column is undefined, which is no gap.
    const own = plot.data[series].map((value, i) => ({ value, i })).filter(({ value }) => value !== undefined);
    const isGap = i => (own[i]?.value ?? null) === null;
    return own.filter((_, i) => !isGap(i) && isGap(i - 1) && isGap(i + 1)).map(({ i }) => i);
}

function selected(plot, onZoom) {
    const { left, width } = plot.select;
    if (width === 0)
        return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
}

function scaleOf(definition, look) {
    if (!look.log || definition.linear)
        return {};
    return definition.positive ? { distr: 3 } : { distr: 4, asinh: 0.1 };
}

/** The stages of growth behind the curves: every second resolution is a shade darker, a fade-in darker still. */
function shade(plot, spans, text) {
    const { ctx, bbox } = plot;
    const tint = colour('--accent');
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.textAlign = 'left';
    ctx.textBaseline = 'alphabetic';
    ctx.font = FONT.replace('11', String(Math.round(10 * devicePixelRatio)));
    for (const { from, to, resolution, fading } of spans) {
        const [left, end] = [from, to].map(at => plot.valToPos(at, 'x', true));
        ctx.globalAlpha = fading ? 0.16 : Math.log2(resolution) % 2 === 0 ? 0.07 : 0.03;
        ctx.fillStyle = tint;
        ctx.fillRect(left, bbox.top, end - left, bbox.height);
        if (fading || end - left < 30 * devicePixelRatio)
            continue;
        ctx.globalAlpha = 0.9;
        ctx.fillStyle = text;
        ctx.fillText(String(resolution), Math.max(left, bbox.left) + 4 * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
    }

    ctx.restore();
}
