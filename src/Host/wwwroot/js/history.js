import { getJson } from './api.js';

/** A page may stay open for weeks: beyond this the older half of the ticks is thinned out. */
const MOST_TICKS = 20_000;
const MOST_EVENTS = 5_000;
const MOST_MILESTONES = 1_000;

const MILESTONES = new Set(['phase_started', 'growth_ordered', 'settings_changed', 'trainer_restarted', 'training_rolled_back']);

/** All ticks of a run. */
export async function readTicks(run) {
    const ticks = [];
    for (let since = 0; ;) {
        const page = (await getJson('/api/stats', { run, since })).ticks;
        if (page.length === 0)
            return ticks;
        page.forEach(tick => addTick(ticks, tick));
        since = page.at(-1).tick;
    }
}

/** The events of a run: `{ events, milestones }`, oldest first. */
export async function readEvents(run) {
    const log = { events: [], milestones: [] };
    for (let since = 0; ;) {
        const page = await getJson('/api/events', { run, since });
        page.events.forEach(happened => addEvent(log, happened));
        if (page.events.length === 0 || page.next <= since)
            return log;
        since = page.next;
    }
}

/** Appends a tick. A run that went back to a checkpoint counts its ticks again from there: those of before are gone. */
export function addTick(ticks, tick) {
    while (ticks.length > 0 && ticks.at(-1).tick >= tick.tick)
        ticks.pop();
    ticks.push(tick);
    if (ticks.length > MOST_TICKS)
        ticks.splice(0, MOST_TICKS / 2, ...ticks.slice(0, MOST_TICKS / 2).filter((_, i) => i % 2 === 0));
}

/** Appends an event, unless it is among the last ones already: history and stream overlap. */
export function addEvent(log, happened) {
    if (log.events.slice(-20).some(known => isSame(known, happened)))
        return;
    log.events.push(happened);
    if (log.events.length > MOST_EVENTS)
        log.events.shift();
    if (!MILESTONES.has(happened.event))
        return;
    log.milestones.push(happened);
    if (log.milestones.length > MOST_MILESTONES)
        log.milestones.shift();
}

/** The same but for a moment between the log's clock and the stream's. */
function isSame(a, b) {
    return a.event === b.event && Math.abs(a.time - b.time) < 1 && JSON.stringify({ ...a, time: 0 }) === JSON.stringify({ ...b, time: 0 });
}
