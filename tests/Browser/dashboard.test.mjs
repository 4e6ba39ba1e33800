// Drives the dashboard of a live training in a real browser. The tests follow one another on one page; the last one stops the training.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ask, launch, openPage, origin, screenshot, seriousFindings, url } from './browser.mjs';

const SOON = { timeout: 60_000 };
const MOST_BYTES = 150 * 1024;
let browser;
let page;

before(async () => {
    browser = await launch();
    page = await openPage(browser);
    page.setDefaultTimeout(SOON.timeout);
});

after(() => browser?.close());

const control = name => page.locator('.control', { has: page.getByRole('button', { name, exact: true }) });
const replyOf = name => control(name).locator('.reply');
const press = name => page.getByRole('button', { name, exact: true }).click();

/** Waits until an element's text fits, and answers it. */
async function text(locator, pattern) {
    await locator.filter({ hasText: pattern }).first().waitFor();
    return locator.first().textContent();
}

/** Waits until the server says so. */
async function until(holds, what) {
    for (const end = Date.now() + SOON.timeout; Date.now() < end; await page.waitForTimeout(200)) {
        const status = await ask('/api/status');
        if (holds(status))
            return status;
    }

    assert.fail(`the training did not come to this: ${what}`);
}

test('The token is taken out of the address', async () => {
    await text(page.locator('#connection'), 'live');
    assert.equal(page.url(), `${origin}/`);
});

test('The head names the run and what it does', async () => {
    const { run } = await ask('/api/status');
    assert.equal(await text(page.locator('h1'), /\S/), run);
    await text(page.locator('.pill'), /training|starting/);
});

test('All files of the page together are small', async () => {
    await page.waitForLoadState('load');
    const total = [...page.files.values()].reduce((a, b) => a + b, 0);
    assert.ok(page.files.size > 10 && total < MOST_BYTES, `${page.files.size} files, ${total} bytes sent`);
});

test('Samples, curves and figures move while it trains', async () => {
    const [count, figure] = [page.locator('.player .figure'), page.locator('.figures dd').first()];
    const [snapshots, images] = [await text(count, / of /), await text(figure, /\d/)];
    const losses = page.getByRole('img', { name: /^Losses/ });
    const curve = await losses.getAttribute('aria-label');
    const moved = ([selector, before]) => document.querySelector(selector).textContent !== before;
    await page.waitForFunction(moved, ['.figures dd', images], SOON);
    await page.waitForFunction(moved, ['.player .figure', snapshots], SOON);
    await page.waitForFunction(before => document.querySelector('.plot').getAttribute('aria-label') !== before, curve, SOON);
    await page.waitForFunction(() => [...document.querySelectorAll('.sheet img')].filter(image => image.naturalWidth > 0).length >= 2, null, SOON);
    assert.ok(await page.locator('.plot canvas').count() >= 6);
    await screenshot(page, 'test-live');
});

test('A drag zooms all curves, and a double click shows all again', async () => {
    const plot = page.locator('.plot .u-over').first();
    await plot.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await plot.boundingBox();
    await page.mouse.move(x + width * 0.3, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 5 });
    await page.mouse.up();
    await text(page.locator('#curves'), 'double-click');
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await page.locator('#curves [role=status]:empty').waitFor({ state: 'attached' });
});

test('A tile is enlarged with its seed, its number and its history, and gives the focus back', async () => {
    const tile = page.locator('.sheet .tiles button').nth(1);
    await page.locator('.sheet .tiles button').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    const { snapshots } = await ask('/api/samples');
    await text(dialog, `seed ${snapshots.at(-1).seed}, number 1`);
    const isPainted = () => {
        const canvas = document.querySelector('dialog[open] canvas.tile');
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0);
    };
    await page.waitForFunction(isPainted, null, SOON);
    assert.ok(await dialog.locator('.strip canvas').count() >= 2);
    await screenshot(page, 'test-tile');
    await page.keyboard.press('Escape');
    assert.ok(await tile.evaluate(element => element === document.activeElement));
});

test('Another run is laid beside this one, and taken away again', async t => {
    const compare = page.getByRole('button', { name: /^Compare with/ });
    if (await compare.filter({ visible: true }).count() === 0)
        return t.skip('the folder holds one run');
    await compare.filter({ visible: true }).first().click();
    await page.locator('.legend button .unseen').first().waitFor({ state: 'attached' });
    await text(page.locator('.sheet'), 'Compared');
    await screenshot(page, 'test-compare');
    await page.locator('#runs button[aria-label^="Compare"][aria-pressed="true"]').click();
    await page.locator('.legend button .unseen').first().waitFor({ state: 'detached' });
});

test('A hostile name is a text', async () => {
    const name = '<img src=x onerror="console.error(1)"><b>run</b>';
    const other = await openPage(browser, { prepare: p => p.route('**/api/runs', async route => {
        const answer = await (await route.fetch()).json();
        answer.runs.push({ name, live: false, state: name, kimg: 1, resolution: 4, started: 1, data: name, ticks: 1 });
        await route.fulfill({ json: answer });
    }) });
    await other.getByRole('rowheader', { name }).waitFor(SOON);
    assert.equal(await other.locator('#runs img, #runs td b, #runs th b').count(), 0);
    assert.deepEqual(other.faults, []);
    await other.unrouteAll({ behavior: 'ignoreErrors' });
    await other.context().close();
});

test('Everything is reached by the keyboard, and the focus is seen', async () => {
    const other = await openPage(browser);
    // Curves and samples come with different answers, in either order.
    await Promise.all(['.plot canvas', '.player'].map(part => other.locator(part).first().waitFor(SOON)));
    const focused = () => other.evaluate(() => {
        const { activeElement: element } = document;
        const name = element.id || element.getAttribute('aria-label') || element.textContent;
        return { name, tag: element.tagName, outline: getComputedStyle(element).outlineStyle };
    });
    await other.keyboard.press('Tab');
    assert.equal((await focused()).name, 'Skip to the run');
    await other.keyboard.press('Enter');
    assert.equal((await focused()).name, 'main');
    const seen = new Set();
    for (let i = 0; i < 200; i++) {
        await other.keyboard.press('Tab');
        const at = await focused();
        if (at.tag === 'BODY' || at.name === 'Skip to the run')
            break;
        assert.notEqual(at.outline, 'none', `${at.tag} ${at.name} shows no focus`);
        seen.add(at.name);
    }

    for (const name of ['Play', 'Newest', 'range', 'log', 'Pause', 'Grow', 'Stop', 'set-g_learning_rate', 'Apply', 'event-kind', 'List of runs'])
        assert.ok(seen.has(name), `${name} is not reached; reached were ${[...seen].join(', ')}`);
    await other.context().close();
});

for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 390], ['dark', 390]])
    test(`axe finds nothing serious, and nothing is cut off: ${colorScheme}, ${width} px`, async () => {
        const other = await openPage(browser, { colorScheme, width });
        await other.locator('.plot canvas').first().waitFor(SOON);
        assert.deepEqual(await seriousFindings(other), []);
        assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
        await other.locator('.tiles button').first().click();
        await other.locator('dialog[open] .strip canvas').first().waitFor(SOON);
        assert.deepEqual(await seriousFindings(other, 'dialog[open]'), []);
        assert.deepEqual(other.faults, []);
        await other.context().close();
    });

test('Without a token the page asks for it, and takes the printed URL', async () => {
    const other = await openPage(browser, { address: origin });
    await other.getByRole('button', { name: 'Open' }).waitFor(SOON);
    assert.deepEqual(await seriousFindings(other), []);
    await other.getByLabel('URL or token').fill(url);
    await other.keyboard.press('Enter');
    await other.locator('#connection', { hasText: 'live' }).waitFor(SOON);
    assert.deepEqual(other.faults, []);
    await other.context().close();
});

test('A lost connection is told, and found again', async () => {
    const other = await openPage(browser, { prepare: p => p.route('**/api/stream', route => route.abort(), { times: 2 }) });
    await other.locator('#connection', { hasText: 'connection lost, retrying' }).waitFor(SOON);
    await other.locator('#connection', { hasText: 'live' }).waitFor(SOON);
    await other.locator('h1', { hasText: /\S/ }).waitFor(SOON);
    await other.context().close();
});

test('Other samples are drawn and shown', async () => {
    await page.locator('.drawing summary').click();
    await page.getByLabel('Seed or seeds').fill('nonsense');
    await press('Draw');
    await text(page.locator('.drawing .reply'), 'not a list of seeds');
    await page.getByLabel('Seed or seeds').fill('7');
    await page.getByLabel('Images', { exact: true }).fill('4');
    await press('Draw');
    await text(page.locator('.drawing .reply'), 'Drawn:');
    await page.locator('.chips button', { hasText: 'seed7' }).first().click();
    await text(page.locator('.sheet').first(), 'Drawn');
    await press('Newest');
});

test('A paused training stands still until it is resumed', async () => {
    await press('Pause');
    await text(replyOf('Pause'), 'Pause:');
    await text(page.locator('.pill'), 'paused');
    const { images } = await until(status => status.state === 'paused', 'paused');
    await page.waitForTimeout(2000);
    assert.equal((await ask('/api/status')).images, images);
    await press('Resume');
    await text(replyOf('Resume'), 'Resume:');
    await until(status => status.images > images, 'going on');
    await text(page.locator('.pill'), 'training');
});

test('A checkpoint is written and is among the events', async () => {
    await press('Checkpoint');
    await text(replyOf('Checkpoint'), 'Checkpoint:');
    await text(page.locator('.events'), 'checkpoint saved');
});

test('A setting is changed, and only that one', async () => {
    const before = (await ask('/api/status')).settings;
    await page.locator('#set-g_learning_rate').fill('0.00071');
    await press('Apply');
    await text(page.locator('.settings > .reply'), 'Applied');
    const { settings } = await until(status => JSON.stringify(status.settings.g_learning_rate).includes('0.00071'), 'the new learning rate');
    assert.deepEqual({ ...settings, g_learning_rate: null }, { ...before, g_learning_rate: null });
    await text(page.locator('.events'), 'settings changed');
});

test('A refused setting shows the reason and keeps what was typed', async () => {
    await page.locator('#set-d_learning_rate').fill('-1');
    await press('Apply');
    await text(page.locator('.settings > .reply.bad'), /Refused: .*learning.rate/i);
    assert.equal(await page.locator('#set-d_learning_rate').inputValue(), '-1');
    await press('Undo edits');
    assert.notEqual(await page.locator('#set-d_learning_rate').inputValue(), '-1');
});

test('A stage that fails is shown with its error and its restarts, and is seen to run again', async t => {
    const { PGGAN_DATA: data } = process.env;
    if (data === undefined)
        return t.skip('PGGAN_DATA does not name the folder of images');
    const reader = page.locator('.tree li', { has: page.locator('.name', { hasText: /^reader-/ }) });
    const restartsOfOthers = ({ actors }) => actors.filter(actor => !actor.name.startsWith('reader-')).map(actor => [actor.name, actor.restarts]);
    const before = await ask('/api/status');
    await rename(data, `${data}-away`);
    try {
        await reader.filter({ hasText: /[1-9]\d* restart/ }).filter({ has: page.locator('.error', { hasText: data }) }).first().waitFor();
        await text(page.locator('.events'), /reader-\d+ restarted \([1-9]\d* so far\)/);
    } finally {
        await rename(`${data}-away`, data);
    }

    const { images } = await ask('/api/status');
    const isWell = status => status.actors.every(actor => actor.state === 'running') && status.images > images;
    const after = await until(isWell, 'all stages run again');
    assert.deepEqual(restartsOfOthers(after), restartsOfOthers(before), 'a reader fails alone');
    await page.waitForFunction(() => [...document.querySelectorAll('.tree .condition')].every(shown => shown.dataset.state === 'running'), null, SOON);
    assert.ok(await reader.filter({ has: page.locator('.error', { hasText: data }) }).count() > 0, 'the last error stays to be read');
    await screenshot(page, 'test-restart');
});

test('A growth is ordered, marked and seen in the samples', async () => {
    const { resolution } = await until(status => status.can_grow, 'a stable resolution with one above it');
    await press('Grow');
    await text(replyOf('Grow'), 'Grow:');
    await text(page.locator('.events'), /growth ordered/);
    await page.locator('.mark.grown').first().waitFor();
    await until(status => status.resolution === 2 * resolution, 'the next resolution');
    const side = `${2 * resolution}×${2 * resolution}`;
    await text(page.locator('.figures'), side);
    await text(page.locator('.sheet').first(), side);
});

test('The page has asked no other host, logged no error and broken no policy', () => assert.deepEqual(page.faults, []));

test('Stopping asks once, ends the training and leaves its run to be looked at', async () => {
    await press('Stop');
    await press('Keep training');
    assert.notEqual((await ask('/api/status')).state, 'stopping');
    await press('Stop');
    await page.locator('dialog[open]').getByRole('button', { name: 'Stop', exact: true }).click();
    await text(page.locator('.pill'), /stopping|stopped/);
    await text(page.locator('#connection'), /ended|lost|reached|nothing/);
    assert.ok(await page.locator('.plot canvas').count() >= 6);
});
