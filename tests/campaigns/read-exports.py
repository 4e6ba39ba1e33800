#!/usr/bin/python3
"""Draws with exported networks by other means than ours (numpy, torch, and the formulas below) and compares with `pggan sample`.

    apt-get install python3-torch python3-numpy          # and python3-onnx, to have the ONNX file checked too
    dotnet build src/Host
    /usr/bin/python3 tests/campaigns/read-exports.py runs/00000-fluent-portraits-16 [--resolution 8 --alpha 0.5]

The options are those of `pggan export` and `pggan sample`. Prints a line for each network; ends with 1 where an image is off by more than 1e-4 of
the largest magnitude.
"""
import json, math, os, pickle, struct, subprocess, sys, tempfile, types
import numpy
import torch
import torch.nn.functional as F

ROOT = os.path.dirname(os.path.abspath(__file__)) + '/../..'
PGGAN = os.environ.get('PGGAN', ROOT + '/src/Host/bin/Debug/net10.0/pggan')
COUNT = 6


def pggan(*args):
    subprocess.run([PGGAN, *args], check=True, stdout=subprocess.DEVNULL)


def write_tensors(path, tensors):
    header, offset = {}, 0
    for name, t in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [offset, offset + 4 * t.numel()]}
        offset += 4 * t.numel()
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(t.numpy().tobytes() for t in tensors.values()))


def read_images(path):
    data = open(path, 'rb').read()
    end = 8 + struct.unpack('<Q', data[:8])[0]
    return torch.from_numpy(numpy.frombuffer(data[end:], '<f4').copy().reshape(json.loads(data[8:end])['images']['shape']))


def norm(x, epsilon=1e-8):
    return x / torch.sqrt((x * x).mean(1, keepdim=True) + epsilon)


def up(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def fade(new, old, t):
    return new if t == 0 else (1 - t) * new + t * up(old)


def official(network, x):
    """G_paper at its lod, at the resolution of that lod."""
    v = {name: torch.from_numpy(numpy.array(value)) for name, value in network.variables}
    k = network.static_kwargs
    last, lod = int(math.log2(k['resolution'])) - 2, float(v['lod'])
    weight = lambda name, gain, inputs: v[name + '/weight'] * (gain / math.sqrt(inputs) if k['use_wscale'] else 1)
    bias = lambda name: v[name + '/bias'].reshape(1, -1, 1, 1)
    act = lambda y: norm(F.leaky_relu(y, 0.2), k['pixelnorm_epsilon']) if k['use_pixelnorm'] else F.leaky_relu(y, 0.2)

    def conv(name, y, gain=math.sqrt(2)):
        w = v[name + '/weight']
        return F.conv2d(y, weight(name, gain, w.shape[:3].numel()).permute(3, 2, 0, 1), padding=w.shape[0] // 2) + bias(name)

    def conv_up(name, y):
        w = F.pad(weight(name, math.sqrt(2), 9 * y.shape[1]).permute(2, 3, 0, 1), (1, 1, 1, 1))
        w = w[..., 1:, 1:] + w[..., :-1, 1:] + w[..., 1:, :-1] + w[..., :-1, :-1]
        return F.conv_transpose2d(y, w.transpose(0, 1), stride=2, padding=1) + bias(name)

    rgb = lambda level, y: conv(f'ToRGB_lod{last - level}', y, 1)
    x = norm(x, k['pixelnorm_epsilon']) if k['normalize_latents'] else x
    x = (x @ weight('4x4/Dense', math.sqrt(2) / 4, x.shape[1])).reshape(len(x), -1, 4, 4) + bias('4x4/Dense')
    x = old = act(conv('4x4/Conv', act(x)))
    for level in range(1, last - math.floor(lod) + 1):
        old, name = x, f'{4 << level}x{4 << level}'
        x = act(conv_up(name + '/Conv0_up', x) if name + '/Conv0_up/weight' in v else conv(name + '/Conv0', up(x)))
        x = act(conv(name + '/Conv1', x))
    level = last - math.floor(lod)
    return fade(rgb(level, x), rgb(level - 1, old) if lod % 1 else None, lod % 1)


def zoo(config, tensors, x):
    """The zoo's GNet: a layer's output is scaled, its bias too."""
    def layer(name, y):
        w, b = tensors[name + '.module.weight'], tensors[name + '.module.bias']
        y = F.conv2d(y, w, b, padding=w.shape[2] // 2) if w.dim() == 4 else F.linear(y, w, b)
        return y * math.sqrt(2 / w[0].numel()) if config.equalizedlR else y

    act = lambda y: norm(F.leaky_relu(y, config.leakyReluLeak)) if config.perChannelNormalization else F.leaky_relu(y, config.leakyReluLeak)
    scales = len(config.depthOtherScales)
    x = act(layer('formatLayer', norm(x) if config.perChannelNormalization else x).reshape(len(x), config.depthScale0, 4, 4))
    x = old = act(layer('groupScale0.0', x))
    for k in range(scales):
        old, x = x, act(layer(f'scaleLayers.{k}.1', act(layer(f'scaleLayers.{k}.0', up(x)))))
    return fade(layer(f'toRGBLayers.{scales}', x), layer(f'toRGBLayers.{scales - 1}', old) if config.alpha > 0 else None, config.alpha)


def stand_in(module, name):
    """A class of a module that need not be installed."""
    made = type(name, (), {'__module__': module})
    for depth in range(module.count('.') + 1):
        sys.modules.setdefault('.'.join(module.split('.')[:depth + 1]), types.ModuleType(module))
    setattr(sys.modules[module], name, made)


def main(network, options):
    stand_in('tfutil', 'Network')
    stand_in('models.utils.config', 'BaseConfig')
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        export = lambda form, name: pggan('export', '--network', network, *options, '--format', form, '--out', path(name))
        export('pickle', 'networks.pkl')
        export('zoo', 'networks.pth')
        export('onnx', 'generator.onnx')
        g, _, average = pickle.load(open(path('networks.pkl'), 'rb'))
        torch.manual_seed(1)
        inputs = {'z': torch.randn(COUNT, g.static_kwargs['latent_size'])}
        if g.static_kwargs['label_size']:
            inputs['labels'] = torch.eye(g.static_kwargs['label_size']).repeat(COUNT, 1)[:COUNT]
        write_tensors(path('z.safetensors'), inputs)
        x = torch.cat(list(inputs.values()), 1)
        checkpoint = torch.load(path('networks.pth'))
        for raw, drawn in {
            False: {'official Gs': official(average, x), 'zoo avgG': zoo(checkpoint['config'], checkpoint['avgG'], x)},
            True: {'official G': official(g, x), 'zoo netG': zoo(checkpoint['config'], checkpoint['netG'], x)},
        }.items():
            pggan('sample', '--network', network, *options, *['--raw'] * raw, '--device', 'cpu', '--latents', path('z.safetensors'), '--out', path('images.safetensors'))
            expected = read_images(path('images.safetensors'))
            for name, images in drawn.items():
                off = float((images - expected).abs().max() / expected.abs().max())
                failed |= images.shape != expected.shape or not off <= 1e-4
                print(f'{name:12} {tuple(images.shape)} off by {off:.1e} of the largest magnitude')
        try:
            import onnx
            onnx.checker.check_model(path('generator.onnx'), full_check=True)
            print('onnx         checked')
        except ImportError:
            print('onnx         not checked: python3-onnx is not installed')
    return int(failed)


if __name__ == '__main__':
    with torch.no_grad():
        sys.exit(main(sys.argv[1], sys.argv[2:]))
