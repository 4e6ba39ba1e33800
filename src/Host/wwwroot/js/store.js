/**
 * What the page knows. A module sets a value; others who asked are told a moment later, once for all changes of that moment: a stream of
 * a hundred messages is one repaint.
 */
export const state = {
    /** { kind: "live" | "waiting" | "lost" | "refused", text }. */
    connection: { kind: 'waiting', text: 'connecting' },
    runs: [],
    /** Name of the run that is being trained, or null. */
    live: null,
    /** Name of the run that is looked at, or null before one is known. */
    run: null,
    status: null,
    ticks: [],
    events: [],
    /** Events of the schedule (phases, growths, settings); kept when `events` drops its oldest. */
    milestones: [],
    metrics: {},
    samples: null,
    /** Another run to compare with: { name, ticks, metrics, samples }, or null. */
    other: null,
    theme: null,
};

const listeners = new Map();
const changed = new Set();
let timer = 0;

/** Replaces a value and tells who asked. */
export function set(key, value) {
    state[key] = value;
    announce(key);
}

/** Tells that a value was changed in place. */
export function announce(key) {
    changed.add(key);
    // Not an animation frame: a page in the background must still name its state in the title.
    timer ||= setTimeout(tell, 50);
}

/** Calls the listener soon, and then after each change of one of the keys. */
export function on(keys, listener) {
    for (const key of keys) {
        listeners.set(key, [...listeners.get(key) ?? [], listener]);
        announce(key);
    }
}

/** Is the run that is looked at the one that is being trained? */
export const isLive = () => state.run !== null && state.run === state.live;

function tell() {
    timer = 0;
    const due = new Set([...changed].flatMap(key => listeners.get(key) ?? []));
    changed.clear();
    for (const listener of due) {
        try {
            listener();
        } catch (fault) {
            // One section that fails must not silence the others.
            console.error(fault);
        }
    }
}
