import { whenTokenIsRefused } from './api.js';
import { el, setText } from './dom.js';
import { keepToken, takeToken, tokenOf } from './session.js';
import { on, state } from './store.js';

/** The line that says whether what is seen is live, and the form that asks for the token where it is missing. */
export function showConnection(line) {
    on(['connection'], () => {
        setText(line, state.connection.text);
        line.dataset.kind = state.connection.kind;
        document.body.classList.toggle('stale', state.connection.kind === 'lost');
    });
    const dialog = tokenDialog();
    document.body.append(dialog);
    whenTokenIsRefused(() => dialog.open || dialog.showModal());
    addEventListener('hashchange', () => takeToken() && dialog.close());
}

function tokenDialog() {
    const input = el('input', { id: 'token', type: 'text', autocomplete: 'off', spellcheck: false, required: true, 'aria-describedby': 'token-help' });
    const problem = el('p', { class: 'reply bad', role: 'alert' });
    const dialog = el('dialog.small', { 'aria-labelledby': 'token-title' });
    const submit = event => {
        event.preventDefault();
        const token = tokenOf(input.value);
        setText(problem, token === null ? 'This is neither a token nor a URL that ends in #token=….' : '');
        if (token === null)
            return;
        input.value = '';
        dialog.close();
        keepToken(token);
    };
    dialog.append(el('form', { onsubmit: submit },
        el('h2', { id: 'token-title' }, 'Token needed'),
        el('p', { id: 'token-help' }, 'Paste the URL that the training printed, or the token of its endpoint.json.'),
        el('label', { for: 'token' }, 'URL or token'), input, problem,
        el('div.row.end', el('button', { type: 'submit', class: 'primary' }, 'Open'))));
    // Without a token there is nothing to go back to.
    dialog.addEventListener('cancel', event => event.preventDefault());
    return dialog;
}
