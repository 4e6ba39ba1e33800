import { command } from './api.js';
import { el, setShown, tell } from './dom.js';
import { createSetting, SETTINGS } from './setting-fields.js';
import { isLive, on, state } from './store.js';

/** The settings that hold, as a form; what is sent is what was changed, and one bad value refuses all of it. */
export function showSettings(section) {
    const fields = SETTINGS.map(setting => ({ key: setting.key, ...createSetting(setting) }));
    const reply = el('p.reply', { role: 'status' });
    const apply = el('button.primary', 'Apply');
    const buttons = el('div.row.end', el('button', { type: 'reset' }, 'Undo edits'), apply);
    const form = el('form.settings', fields.map(field => field.root), buttons, reply);
    section.append(form);

    form.addEventListener('submit', async event => {
        event.preventDefault();
        const change = Object.fromEntries(fields.map(field => [field.key, field.change()]).filter(([, value]) => value !== undefined));
        if (Object.keys(change).length === 0)
            return tell(reply, 'Nothing was changed.');
        apply.disabled = true;
        const { accepted, text } = await command('/api/settings', change, 'PATCH');
        apply.disabled = false;
        tell(reply, accepted ? `Applied: ${text}` : `Refused: ${text}`, accepted);
    });

    on(['status', 'run', 'live'], () => {
        const settings = state.status?.settings;
        setShown(section, Boolean(settings) && isLive());
        if (!settings)
            return;
        const resolutions = [...new Set(state.status.phases.map(phase => phase.resolution))];
        for (const field of fields) {
            setShown(field.root, settings[field.key] !== undefined);
            field.update(settings[field.key], resolutions);
        }
    });
}
