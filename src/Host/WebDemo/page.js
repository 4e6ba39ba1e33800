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
    const { resolution, labels } = network;
    Object.assign(element('image'), { width: resolution, height: resolution });
    for (let direction = 0; direction < Math.min(DIRECTIONS, network.latents); direction++)
        element('directions').append(slider(direction));
    for (let label = 0; label < labels; label++)
        element('class').append(new Option(network.label_names[label] ?? label, label));
    element('class-row').hidden = labels === 0;
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
            element('status').textContent = `${network.resolution}x${network.resolution} in ${(performance.now() - began).toFixed(0)} ms`;
        }
    } catch (fault) {
        element('status').textContent = `No image could be drawn: ${fault.message}`;
    } finally {
        drawing = false;
    }
}

async function imageOf(z) {
    const inputs = { z: new ort.Tensor('float32', z, [1, network.latents]) };
    if (network.labels > 0) {
        const label = new Float32Array(network.labels);
        label[Number(element('class').value)] = 1;
        inputs.labels = new ort.Tensor('float32', label, [1, network.labels]);
    }
    const { images } = await session.run(inputs);
    return images.data;
}

/** Floats from -1 to 1, a plane for each channel, to the canvas. */
function show(planes) {
    const { resolution, channels } = network;
    const pixels = new ImageData(resolution, resolution);
    const size = resolution * resolution;
    for (let i = 0; i < size; i++) {
        for (let c = 0; c < 3; c++)
            pixels.data[4 * i + c] = Math.round(planes[(channels === 3 ? c * size : 0) + i] * 127.5 + 127.5);
        pixels.data[4 * i + 3] = 255;
    }
    element('image').getContext('2d').putImageData(pixels, 0, 0);
}
