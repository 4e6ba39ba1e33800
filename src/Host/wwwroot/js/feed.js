import { getJson } from './api.js';
import { addEvent, addTick, readEvents, readTicks } from './history.js';
import { nextToken } from './session.js';
import { announce, isLive, set, state } from './store.js';
import { readStream } from './stream.js';

/** Between two looks for a training where there is none, and for news of a run that another process trains. */
const LOOK_EVERY = 10_000;
const METRICS_EVERY = 60_000;

/** After a failure before there is a stream, which knows better how to wait. */
const RETRY_AFTER = 3_000;

/** Events after which there are other pictures. */
const PICTURE_EVENTS = new Set(['samples_drawn', 'training_rolled_back']);

let follows = true;
let loading = null;

// What was to be read of the run that is looked at and could not be.
let unread = false;
let streamed = null;
let pictureTimer = 0;

/** Keeps the store up to date for as long as the page is open. */
export async function start() {
    setInterval(lookElsewhere, LOOK_EVERY);
    setInterval(refreshMetrics, METRICS_EVERY);
    for (; ;) {
        try {
            await refreshRuns();
            if (state.live === null)
                await showIdle();
            else
                await followTraining();
            await sleep(LOOK_EVERY);
        } catch (fault) {
            await outlast(fault);
        }
    }
}

/** Looks at a run from now on. */
export async function look(name) {
    follows = name === state.live;
    if (name === state.other?.name)
        set('other', null);
    await load(name);
}

/** Compares with another run; null ends it. */
export async function compareWith(name) {
    if (name === null)
        set('other', null);
    else
        set('other', { name, ...await readCurves(name), samples: await getJson('/api/samples', { run: name }) });
}

/** Reads the list of runs anew. */
async function refreshRuns() {
    const { runs, live } = await getJson('/api/runs');
    set('runs', runs);
    set('live', live);
}

/** Reads the list of pictures anew, once for several reasons that come together. */
export function refreshSamplesSoon() {
    pictureTimer ||= setTimeout(async () => {
        pictureTimer = 0;
        const run = state.run;
        await quietly(async () => {
            const samples = await getJson('/api/samples', { run });
            if (run === state.run)
                set('samples', samples);
        });
    }, 300);
}

async function followTraining() {
    await readStream(onStreamed, onConnection);
    // The training has ended: what it left is read from its folder, and the next one is looked for.
    set('connection', { kind: 'waiting', text: 'the training has ended' });
    await sleep(500);
    await refreshRuns();
    if (state.run !== null && state.run === streamed)
        await load(state.run);
}

async function showIdle() {
    set('connection', { kind: 'waiting', text: 'nothing is being trained' });
    if (state.run === null && state.runs.length > 0)
        await load(state.runs[0].name);
    else if (unread && loading === null)
        await load(state.run);
}

/** Waits until it makes sense to try again. */
async function outlast(fault) {
    if (fault.status === 401) {
        onConnection('refused');
        await nextToken();
    } else {
        set('connection', { kind: 'lost', text: `${fault.message}; retrying` });
        await sleep(RETRY_AFTER);
    }
}

function onConnection(kind, delay) {
    if (kind === 'open')
        set('connection', { kind: 'live', text: 'live' });
    else if (kind === 'refused')
        set('connection', { kind: 'refused', text: 'the token is not accepted' });
    else
        set('connection', { kind: 'lost', text: `connection lost, retrying in ${Math.max(1, Math.round(delay / 1000))} s` });
}

function onStreamed(name, data, isFirst) {
    if (name === 'status')
        onStatus(data, isFirst);
    else if (state.run !== streamed)
        return;
    else if (name === 'progress')
        onProgress(data);
    else if (name === 'tick')
        onTick(data);
    else if (name === 'happened')
        onHappened(data);
}

function onStatus(status, isFirst) {
    const isOther = streamed !== status.run;
    streamed = status.run;
    if (isOther || state.live !== status.run) {
        set('live', status.run);
        quietly(refreshRuns);
    }

    const isUnread = unread && loading === null && state.run === status.run;
    if (isUnread || (isFirst && (follows || state.run === status.run)))
        quietly(() => load(status.run));
    else if (state.run === status.run)
        set('status', status);
}

function onProgress(progress) {
    if (state.status === null)
        return;
    Object.assign(state.status, progress);
    announce('progress');
}

function onTick(tick) {
    loading?.ticks.push(tick);
    addTick(state.ticks, tick);
    announce('ticks');
}

function onHappened(happened) {
    loading?.events.push(happened);
    addEvent(state, happened);
    announce('events');
    if (PICTURE_EVENTS.has(happened.event))
        refreshSamplesSoon();
}

/** Reads all of a run. What streams in meanwhile is put on top; what a later call made obsolete is dropped. */
async function load(run) {
    const mine = loading = { ticks: [], events: [] };
    unread = true;
    if (state.run !== run)
        showNothingOf(run);
    try {
        const [status, { ticks, metrics }, log, samples] = await Promise.all([
            getJson('/api/status', { run }), readCurves(run), readEvents(run), getJson('/api/samples', { run })]);
        if (loading !== mine)
            return;
        mine.ticks.forEach(tick => addTick(ticks, tick));
        mine.events.forEach(happened => addEvent(log, happened));
        for (const [key, value] of Object.entries({ status, ticks, metrics, samples, ...log }))
            set(key, value);
        unread = false;
    } finally {
        if (loading === mine)
            loading = null;
    }
}

function showNothingOf(run) {
    for (const [key, value] of Object.entries({ run, status: null, ticks: [], events: [], milestones: [], metrics: {}, samples: null }))
        set(key, value);
}

async function readCurves(run) {
    const [ticks, { metrics }] = await Promise.all([readTicks(run), getJson('/api/metrics', { run })]);
    return { ticks, metrics };
}

async function lookElsewhere() {
    if (!isLive() && state.status?.state === 'elsewhere' && loading === null)
        await quietly(() => load(state.run));
}

async function refreshMetrics() {
    if (!isLive() || state.connection.kind !== 'live')
        return;
    const run = state.run;
    await quietly(async () => {
        const { metrics } = await getJson('/api/metrics', { run });
        if (run === state.run)
            set('metrics', metrics);
        await refreshRuns();
    });
}

/** A refresh that fails is tried again by the next one; the connection line tells of the server. */
async function quietly(work) {
    try {
        await work();
    } catch (fault) {
        if (fault.status === undefined)
            throw fault;
    }
}

const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
