import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { launch } from './chromium.mjs';

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The URL that a training printed, with its token. */
export const url = process.env.PGGAN_URL ?? fail('PGGAN_URL must hold the URL that a training printed, with #token=…');
export const origin = new URL(url).origin;
const token = new URL(url).hash.replace('#token=', '');

/** Answers that are part of what is tested; the browser logs each as an error all the same. */
const EXPECTED_ANSWERS = [400, 401, 404, 409];

export { launch };

/** Opens a page that keeps account of everything it should not do: `page.faults`, and of the bytes sent for its static files: `page.files`. */
export async function openPage(browser, { address = url, width = 1280, height = 900, colorScheme = 'light', prepare } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.faults = [];
    page.files = new Map();
    page.on('pageerror', fault => page.faults.push(`thrown: ${fault.message}`));
    page.on('console', message => noteMessage(page, message));
    page.on('request', request => isElsewhere(request.url()) && page.faults.push(`asked ${request.url()}`));
    page.on('response', response => noteFile(page, response));
    await page.addInitScript(() => document.addEventListener(
        'securitypolicyviolation', event => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`)));
    await prepare?.(page);
    await page.goto(address);
    return page;
}

const isElsewhere = address => !address.startsWith('blob:') && new URL(address).origin !== origin;

function noteMessage(page, message) {
    const isAnswer = new URL(message.location().url || origin).pathname.startsWith('/api/')
        && EXPECTED_ANSWERS.some(status => message.text().includes(`status of ${status}`));
    if (['error', 'warning'].includes(message.type()) && !isAnswer)
        page.faults.push(`${message.text()} ${message.location().url}`);
}

async function noteFile(page, response) {
    const { pathname, protocol } = new URL(response.url());
    if (!protocol.startsWith('http') || pathname.startsWith('/api/'))
        return;
    await response.finished();
    page.files.set(pathname, (await response.request().sizes()).responseBodySize);
}

/** What the server says of the run, past the page. */
export async function ask(path) {
    const response = await fetch(origin + path, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok)
        throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
}

/** Serious findings of axe in the page or the part of it that a selector names, in a line each. */
export async function seriousFindings(page, part = 'html') {
    // By way of the debugger, for which the page's content security policy does not hold.
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(place => globalThis.axe.run(place, { resultTypes: ['violations'] }), part);
    return violations.filter(found => ['serious', 'critical'].includes(found.impact))
        .map(found => `${found.id}: ${found.help}: ${found.nodes.map(node => `${node.target}: ${node.any[0]?.message ?? ''}`).slice(0, 4).join(' | ')}`);
}

/** Saves a picture of the page where PGGAN_SCREENSHOTS names a folder. */
export async function screenshot(page, name, options = {}) {
    if (process.env.PGGAN_SCREENSHOTS)
        await page.screenshot({ path: `${process.env.PGGAN_SCREENSHOTS}/${name}.png`, ...options });
}

function fail(message) {
    throw new Error(message);
}
