import { bytes, fileName, kimg, side } from './format.js';
import { state } from './store.js';

const at = images => `${kimg(images / 1000)} kimg`;

const SENTENCES = {
    training_started: e => e.checkpoint === null ? 'The run began.' : `Continues from the checkpoint at ${at(e.checkpoint)}.`,
    training_paused: e => `Paused at ${at(e.images)}${e.released ? '; the device is free' : ''}.`,
    training_resumed: e => `Goes on at ${at(e.images)}.`,
    trainer_restarted: e => `The trainer restarted and continues at ${at(e.images)}: ${e.reason}`,
    training_rolled_back: e => `Diverged at ${at(e.diverged_at)}, went back to ${at(e.images)}: ${e.reason}`,
    mode_collapse_suspected: e => `All samples look alike (diversity ${e.diversity.toFixed(2)} of that of reals).`,
    training_completed: e => `Completed at ${at(e.images)}.`,
    training_stopped: e => `Stopped at ${at(e.images)}; all is saved.`,
    training_failed: e => `Failed: ${e.reason}`,
    phase_started: e => `${e.phase.kind === 'fade_in' ? 'Fading in' : 'Stabilising'} ${side(e.phase.resolution, state.status?.base)} from ${at(e.images)}.`,
    growth_ordered: e => `${e.completed_fade ? 'A fade-in was completed' : 'A growth was ordered'} by hand at ${at(e.images)}.`,
    micro_batch_reduced: e => `${side(e.resolution, state.status?.base)}: minibatch ${e.minibatch} is computed ${e.micro_batch} at once: ${e.reason}`,
    checkpoint_saved: e => `Checkpoint ${fileName(e.path)} is on disk.`,
    checkpoint_failed: e => `A checkpoint could not be written: ${e.reason}`,
    checkpoint_refused: e => `Checkpoint ${fileName(e.path)} was passed over: ${e.reason}`,
    disk_space_low: e => `The disk is nearly full: ${bytes(e.free_bytes)} free, a checkpoint takes ${bytes(e.needed_bytes)}.`,
    samples_drawn: e => `Samples ${fileName(e.path)}.`,
    checkpoint_evaluated: e => `Checkpoint at ${at(e.images)} measured: ${e.scores.map(scoreText).join(', ')}.`,
    evaluation_failed: e => `Checkpoint could not be measured: ${e.reason}`,
    samples_failed: e => `Samples could not be drawn: ${e.reason}`,
    pipeline_degraded: e => `${e.stage} restarted (${e.restarts} so far): ${e.reason}`,
    image_skipped: e => `${e.name} was skipped: ${e.reason}`,
    store_degraded: e => `The store of decoded images: ${e.reason}`,
    settings_changed: e => `Settings changed at ${at(e.images)}: ${changes(e.training)}`,
    dataset_changed: e => `The dataset is another one than before: ${e.is}, was ${e.was}.`,
    run_log_failed: e => `The run's log cannot be written: ${e.reason}`,
};

const BAD = new Set(['training_failed', 'checkpoint_failed', 'samples_failed', 'evaluation_failed', 'run_log_failed', 'disk_space_low', 'training_rolled_back']);
const ODD = new Set([
    'trainer_restarted', 'pipeline_degraded', 'image_skipped', 'checkpoint_refused', 'dataset_changed', 'mode_collapse_suspected',
    'micro_batch_reduced', 'store_degraded']);

/** An event in a sentence; one of a kind that is not known, as its fields. */
export function describe(happened) {
    try {
        return SENTENCES[happened.event]?.(happened) ?? fields(happened);
    } catch {
        // A log of another version may lack a field.
        return fields(happened);
    }
}

/** "bad", "odd" or "fine". */
export const gravity = kind => BAD.has(kind) ? 'bad' : ODD.has(kind) ? 'odd' : 'fine';

/** The kind of an event for people. */
export const kindName = kind => String(kind).replace(/_/g, ' ');

function scoreText({ metric, value, floor }) {
    return `${metric} ${Number(value).toPrecision(4)}${floor === null ? '' : ` (reals ${Number(floor).toPrecision(4)})`}`;
}

function fields({ time, event, ...rest }) {
    return Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ');
}

function changes(training) {
    const named = Object.entries(training ?? {}).filter(([, value]) => value !== null);
    return named.length === 0 ? 'those of the run.' : `${named.map(([name, value]) => `${name} ${numbers(value)}`).join(', ')}.`;
}

/** A table as "0.001, 0.0015 at 128". */
function numbers(value) {
    if (typeof value !== 'object')
        return String(value);
    const own = Object.entries(value.at).map(([resolution, number]) => `${number} at ${resolution}`);
    return [value.everywhere ?? value.default ?? null, ...own].filter(part => part !== null).join(', ');
}
