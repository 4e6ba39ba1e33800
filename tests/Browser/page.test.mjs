// An exported page in a real browser, served by a server that knows nothing but files. PGGAN_PAGE is its folder; PGGAN_IMAGE a safetensors file with the
// image of class 1 whose latent is all ones.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from './chromium.mjs';
import { gaussian, numbers, orthonormal } from '../../src/Host/WebDemo/latents.js';

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
const folder = process.env.PGGAN_PAGE;
const faults = [];
let server;
let origin;
let browser;
let page;

before(async () => {
    server = createServer(async (request, response) => {
        const path = normalize(new URL(request.url, 'http://localhost').pathname);
        const name = path.endsWith('/') ? 'index.html' : path;
        try {
            const content = await readFile(join(folder, name));
            response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(content);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 960, height: 640 } });
    page.on('pageerror', fault => faults.push(`thrown: ${fault.message}`));
    page.on('console', message => message.type() === 'error' && faults.push(message.text()));
    page.on('request', request => /^(blob|data):/.test(request.url()) || request.url().startsWith(origin) || faults.push(`asked ${request.url()}`));
    page.setDefaultTimeout(60_000);
    await page.goto(origin);
    await page.locator('#status', { hasNotText: 'Loading' }).waitFor();
    assert.match(await page.locator('#status').textContent(), / ms$/);
});

after(async () => {
    await browser?.close();
    server?.close();
});

const pixels = (of = page) => of.evaluate(() => [...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 4, 4).data]);
const drawn = (before, of = page) => of.waitForFunction(
    old => [...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 4, 4).data].some((value, i) => value !== old[i]), before);

test('The model gives in the browser what pggan sample gives', async () => {
    const images = await page.evaluate(async () => {
        const ort = await import('./runtime/ort.wasm.min.mjs');
        const session = await ort.InferenceSession.create('generator.onnx');
        const { images } = await session.run({
            z: new ort.Tensor('float32', new Float32Array(4).fill(1), [1, 4]), labels: new ort.Tensor('float32', Float32Array.of(0, 1, 0), [1, 3]),
        });
        return [...images.data];
    });
    const file = await readFile(process.env.PGGAN_IMAGE);
    const start = 8 + Number(file.readBigUInt64LE(0));
    const expected = images.map((_, i) => file.readFloatLE(start + 4 * i));
    assert.equal(file.length, start + 4 * images.length);
    const magnitude = Math.max(...expected.map(Math.abs));
    images.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= 1e-4 * magnitude, `${i}: ${value}, not ${expected[i]}`));
});

test('Seed, class and sliders change the image, and the centre is what it was', async () => {
    const first = await pixels();
    assert.equal(await page.locator('#classes option').count(), 3);
    await page.locator('#classes select').selectOption('2');
    await drawn(first);
    await page.locator('#classes select').selectOption('0');
    await page.locator('#seed').fill('5');
    await drawn(first);
    const centre = await pixels();
    await page.locator('#directions input').first().fill('3');
    await drawn(centre);
    const moved = await pixels();
    await page.locator('#centre').click();
    await drawn(moved);
    assert.deepEqual(await pixels(), centre);
    await page.locator('#random').click();
    await drawn(centre);
    if (process.env.PGGAN_SCREENSHOTS)
        await page.screenshot({ path: `${process.env.PGGAN_SCREENSHOTS}/page.png` });
});

test('Of each attribute one value is chosen, and flags are on or off', async () => {
    const other = await browser.newPage();
    other.setDefaultTimeout(60_000);
    await other.route('**/generator.json', async route => {
        const network = await (await route.fetch()).json();
        await route.fulfill({ json: { ...network, label_groups: [2, 1], label_names: ['hair: red', 'hair: grey', 'Young'] } });
    });
    await other.goto(origin);
    await other.locator('#status', { hasText: / ms$/ }).waitFor();
    assert.deepEqual(await other.locator('#classes option').allTextContents(), ['hair: red', 'hair: grey']);
    const first = await pixels(other);
    await other.getByLabel('Young').check();
    await drawn(first, other);
    const young = await pixels(other);
    await other.locator('#classes select').selectOption('1');
    await drawn(young, other);
    await other.getByLabel('Young').uncheck();
    await other.locator('#classes select').selectOption('0');
    await other.waitForFunction(
        old => [...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 4, 4).data].every((value, i) => value === old[i]), first);
    await other.close();
});

test('It asks no other host, and nothing fails', () => assert.deepEqual(faults, []));

test('Latents are normal, the same for a seed, and directions perpendicular', () => {
    const z = gaussian(numbers(7), 20_000);
    const mean = z.reduce((a, b) => a + b, 0) / z.length;
    const variance = z.reduce((a, b) => a + b * b, 0) / z.length - mean * mean;
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `mean ${mean}, variance ${variance}`);
    assert.deepEqual(gaussian(numbers(7), 8), z.slice(0, 8));
    assert.notDeepEqual(gaussian(numbers(8), 8), z.slice(0, 8));
    const rows = orthonormal(gaussian(numbers(1), 24), 8);
    rows.forEach((a, i) => rows.forEach((b, j) => assert.ok(Math.abs(a.reduce((sum, value, k) => sum + value * b[k], 0) - (i === j)) < 1e-5)));
});
