import { command } from './api.js';
import { button, el, setShown, setText, tell } from './dom.js';
import { refreshSamplesSoon } from './feed.js';
import { on, state } from './store.js';

/** What a person can tell the training. Each control shows its own answer. */
export function showControls(section) {
    const release = checkbox('release the device', 'The training waits in host memory, so that the GPU is free for others.');
    const force = checkbox('end a running fade-in', 'Completes the fade-in that runs, instead of starting the next.');
    const controls = [
        createControl('pause', 'Pause', { option: release, body: () => release.input.checked ? { release: true } : undefined }),
        createControl('resume', 'Resume', {}),
        createControl('grow', 'Grow', { option: force, body: () => force.input.checked ? { force: true } : undefined }),
        createControl('checkpoint', 'Checkpoint', { pending: 'Writing to disk…' }),
        createControl('snapshot', 'Snapshot', { onAccepted: refreshSamplesSoon }),
        createControl('stop', 'Stop', { isDangerous: true, confirm: createStopDialog(), pending: 'Finishing the step and saving…' }),
    ];
    section.append(...controls.map(control => control.root));
    const update = () => controls.forEach(control => control.update(reasonAgainst(control.name, state.status, force.input.checked)));
    force.input.addEventListener('change', update);
    on(['status', 'run', 'live', 'connection'], update);
}

/** Why a control cannot be used now; null where it can. An empty reason needs no words. */
function reasonAgainst(name, status, isForced) {
    if (status === null || state.connection.kind !== 'live')
        return '';
    const isPaused = status.state === 'paused';
    if (!['training', 'paused', 'starting'].includes(status.state))
        return '';
    if (name === 'resume')
        return isPaused ? null : '';
    if (name === 'pause')
        return isPaused && status.released ? '' : null;
    const isFading = status.phases[status.phase]?.kind === 'fade_in';
    return name === 'grow' && !status.can_grow && !(isFading && isForced) ? status.grow_refusal ?? '' : null;
}

function createControl(name, title, { option, body = () => undefined, confirm, isDangerous, onAccepted, pending = 'Asking…' }) {
    const reply = el('p.reply', { role: 'status' });
    const reason = el('p.muted.reason', { id: `reason-${name}` });
    const trigger = button({ class: isDangerous ? 'danger' : '', 'aria-describedby': reason.id }, title);
    const busy = { now: false, reason: '' };
    const root = el('div.control', trigger, option?.root, reason, reply);

    trigger.addEventListener('click', async () => {
        if (busy.now || busy.reason !== null || (confirm && !await confirm()))
            return;
        busy.now = true;
        show(pending, true);
        const { accepted, text } = await command(`/api/control/${name}`, body());
        busy.now = false;
        show(accepted ? `${title}: ${text}` : `Refused: ${text}`, accepted);
        if (accepted)
            onAccepted?.();
    });

    function show(text, accepted) {
        trigger.classList.toggle('busy', busy.now);
        tell(reply, text, accepted);
    }

    /** Not `disabled`: that would throw the focus away when the state changes under it, and hide the reason from a screen reader. */
    function update(against) {
        busy.reason = against;
        trigger.setAttribute('aria-disabled', String(against !== null));
        setText(reason, against ?? '');
        setShown(reason, Boolean(against));
    }

    return { name, root, update };
}

function checkbox(text, title) {
    const input = el('input', { type: 'checkbox' });
    return { input, root: el('label.check', { title }, input, text) };
}

/** Asks once; answers whether to stop. */
function createStopDialog() {
    const dialog = el('dialog.small', { 'aria-labelledby': 'stop-title' });
    dialog.append(el('form', { method: 'dialog' },
        el('h2', { id: 'stop-title' }, 'Stop the training?'),
        el('p', 'It finishes its step, saves all and ends. “pggan train --resume” continues it.'),
        el('div.row.end', el('button', { value: 'no' }, 'Keep training'), el('button.danger', { value: 'stop' }, 'Stop'))));
    document.body.append(dialog);
    return () => new Promise(resolve => {
        dialog.returnValue = 'no';
        dialog.addEventListener('close', () => resolve(dialog.returnValue === 'stop'), { once: true });
        dialog.showModal();
    });
}
