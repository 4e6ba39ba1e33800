import { setText } from './dom.js';
import { set } from './store.js';

const KEY = 'pggan-theme';
const CHOICES = ['auto', 'light', 'dark'];

/** The switch between the system's colours, light and dark. Charts draw their colours themselves, so they are told. */
export function showThemeSwitch(button) {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const apply = choice => {
        if (choice === 'auto')
            delete document.documentElement.dataset.theme;
        else
            document.documentElement.dataset.theme = choice;
        setText(button, `Theme: ${choice}`);
        set('theme', choice === 'auto' ? system.matches ? 'dark' : 'light' : choice);
    };
    button.addEventListener('click', () => {
        const choice = CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length];
        localStorage.setItem(KEY, choice);
        apply(choice);
    });
    system.addEventListener('change', () => apply(chosen()));
    apply(chosen());
}

function chosen() {
    const kept = localStorage.getItem(KEY);
    return CHOICES.includes(kept) ? kept : 'auto';
}
