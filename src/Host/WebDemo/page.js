// Draws with generator.onnx as the sliders move through latent space. All it loads lies beside it.
import { gaussian, numbers, orthonormal } from './latents.js';

const DIRECTIONS = 6;
const REACH = 3; // what a slider goes to on either side
const STRIDE = 0.2; // what 1 on a slider moves the latent by, in lengths of a usual latent
const element = id => document.getElementById(id);

const network = await (await fetch('generator.json')).json();
let turn = 1;
let session;
let ort;
let drawing = false;
let again = false;

try {
    ort = await import('./runtime/ort.wasm.min.mjs');
    ort.env.wasm.wasmPaths = new URL('runtime/', document.baseURI).href;
    ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? 0 : 1;
    session = await ort.InferenceSession.create('generator.onnx');
    start();
} catch (fault) {
    element('status').textContent = ort ? `The generator can't be loaded: ${fault.message}` : 'onnxruntime-web is not in the folder runtime.';
    throw fault;
}

function start() {
    const { width, height } = network;
    Object.assign(element('image'), { width, height });
    element('image').style.aspectRatio = `${width} / ${height}`;
    for (let direction = 0; direction < Math.min(DIRECTIONS, network.latents); direction++)
        element('directions').append(slider(direction));
    let first = 0;
    for (const size of network.label_groups) {
        element('classes').append(size === 1 ? flag(first) : choice(first, Math.abs(size)));
        first += Math.abs(size);
    }
    element('controls').hidden = false;
    element('controls').addEventListener('input', draw);
    element('controls').addEventListener('submit', event => event.preventDefault());
    element('random').addEventListener('click', () => {
        element('seed').value = crypto.getRandomValues(new Uint32Array(1))[0];
        centre();
    });
    element('centre').addEventListener('click', centre);
    element('turn').addEventListener('click', () => {
        turn++;
        centre();
    });
    centre();
}

function slider(direction) {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), { type: 'range', min: -REACH, max: REACH, step: 0.05, value: 0, ariaLabel: `Direction ${direction + 1}` });
    const output = document.createElement('output');
    label.append(input, output);
    return label;
}

/** One of some components of the label. */
function choice(first, size) {
    const label = document.createElement('label');
    const select = document.createElement('select');
    for (let component = first; component < first + size; component++)
        select.append(new Option(nameOf(component), component));
    label.append(`${attributeOf(first, size) ?? 'Class'} `, select);
    return label;
}

/** A component that is on or off by itself. */
function flag(component) {
    const label = document.createElement('label');
    label.append(Object.assign(document.createElement('input'), { type: 'checkbox', value: component }), ` ${nameOf(component)}`);
    return label;
}

/** What the names of components begin with that are values of one attribute, as hair=red and hair: black; null where they are not. */
function attributeOf(first, size) {
    const attributes = network.label_names.slice(first, first + size).map(name => /^(.+?)(?:=|: )/.exec(name)?.[1] ?? null);
    return attributes.length > 0 && attributes.every(attribute => attribute === attributes[0]) ? attributes[0] : null;
}

function nameOf(component) {
    return network.label_names[component] ?? component;
}

function labelOf() {
    const label = new Float32Array(network.labels);
    for (const input of element('classes').querySelectorAll('select, input:checked'))
        label[Number(input.value)] = 1;
    return label;
}

function sliders() {
    return [...element('directions').querySelectorAll('input')];
}

function centre() {
    for (const input of sliders())
        input.value = 0;
    draw();
}

/** The latent of the seed, with its part along each direction moved as the slider says. */
function latent() {
    const z = gaussian(numbers(Number(element('seed').value)), network.latents);
    const axes = orthonormal(gaussian(numbers(turn), network.latents * sliders().length), network.latents);
    sliders().forEach((input, i) => {
        for (let k = 0; k < z.length; k++)
            z[k] += Number(input.value) * STRIDE * Math.sqrt(network.latents) * axes[i][k];
    });
    return z;
}

async function draw() {
    for (const input of sliders())
        input.nextElementSibling.value = Number(input.value).toFixed(2);
    again = true;
    if (drawing)
        return;
    drawing = true;
    try {
        while (again) {
            again = false;
            const began = performance.now();
            show(await imageOf(latent()));
            element('status').textContent = `${network.width}x${network.height} in ${(performance.now() - began).toFixed(0)} ms`;
        }
    } catch (fault) {
        element('status').textContent = `No image could be drawn: ${fault.message}`;
    } finally {
        drawing = false;
    }
}

async function imageOf(z) {
    const inputs = { z: new ort.Tensor('float32', z, [1, network.latents]) };
    if (network.labels > 0)
        inputs.labels = new ort.Tensor('float32', labelOf(), [1, network.labels]);
    const { images } = await session.run(inputs);
    return images.data;
}

/** Floats from -1 to 1, a plane for each channel, to the canvas. */
function show(planes) {
    const { width, height, channels } = network;
    const pixels = new ImageData(width, height);
    const size = width * height;
    for (let i = 0; i < size; i++) {
        for (let c = 0; c < 4; c++) {
            const plane = channels === 1 ? 0 : c; // grey three times
            pixels.data[4 * i + c] = c === 3 && channels < 4 ? 255 : Math.round(planes[plane * size + i] * 127.5 + 127.5);
        }
    }
    element('image').getContext('2d').putImageData(pixels, 0, 0);
}
