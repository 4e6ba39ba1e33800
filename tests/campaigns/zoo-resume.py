#!/usr/bin/python3
"""Lets pytorch_GAN_zoo's own code go on with an exported checkpoint: it loads it, draws with it, and its train.py trains it for some steps and grows.

    apt-get install python3-torch python3-torchvision python3-h5py python3-scipy
    git clone https://github.com/facebookresearch/pytorch_GAN_zoo
    /usr/bin/python3 tests/campaigns/zoo-resume.py pytorch_GAN_zoo runs/00000-photos-16 s2_i19232 ~/photos [--resolution 8 --alpha 0.5]

The third argument is the scale and the iteration of the checkpoint's name, the fourth a folder with 16 images or more (for a network with classes, a folder for each);
options are those of `pggan export` and `pggan sample`. Ends with 1 where an image is off by more than 1e-4 of the largest magnitude, or the training did not go on.
"""
import json, os, runpy, struct, subprocess, sys, tempfile
import numpy
import torch

ROOT = os.path.dirname(os.path.abspath(__file__)) + '/../..'
PGGAN = os.environ.get('PGGAN', ROOT + '/src/Host/bin/Debug/net10.0/pggan')
NAME = 'exported'


def pggan(*args):
    subprocess.run([PGGAN, *args], check=True, stdout=subprocess.DEVNULL)


def write_tensors(path, tensors):
    header, offset = {}, 0
    for name, t in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [offset, offset + 4 * t.numel()]}
        offset += 4 * t.numel()
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(t.contiguous().numpy().tobytes() for t in tensors.values()))


def read_images(path):
    data = open(path, 'rb').read()
    end = 8 + struct.unpack('<Q', data[:8])[0]
    return torch.from_numpy(numpy.frombuffer(data[end:], '<f4').copy().reshape(json.loads(data[8:end])['images']['shape']))


def shorten(path, scale, iteration):
    """Four more steps at this scale, and two at each one above."""
    config = json.load(open(path))
    config['maxIterAtScale'][scale:] = [iteration + 4] + [2] * (len(config['maxIterAtScale']) - scale - 1)
    json.dump(config, open(path, 'w'))
    return config


def draw(model, network, options, folder):
    """Largest difference to our images, of the largest magnitude."""
    torch.manual_seed(3)
    x = model.buildNoiseData(6)[0].reshape(6, -1)
    labels = model.config.categoryVectorDim
    inputs = {'z': x[:, :x.shape[1] - labels], 'labels': x[:, x.shape[1] - labels:]} if labels else {'z': x}
    write_tensors(folder + '/z.safetensors', inputs)
    off = 0
    for raw in (False, True):
        pggan('sample', '--network', network, *options, *['--raw'] * raw, '--device', 'cpu', '--latents', folder + '/z.safetensors', '--out', folder + '/images.safetensors')
        ours = read_images(folder + '/images.safetensors')
        with torch.no_grad():
            theirs = model.test(x.reshape(*x.shape, 1, 1), getAvG=not raw)
        off = max(off, float((theirs - ours).abs().max() / ours.abs().max()))
    return off


def main(checkout, network, place, images, *options):
    checkout, network, images = map(os.path.abspath, (checkout, network, images))
    sys.path.insert(0, checkout)
    from models.progressive_gan import ProgressiveGAN
    from models.utils.utils import getLastCheckPoint
    if not torch.cuda.is_available():
        # The zoo's own asks for avgG.module, which there is on a GPU alone.
        def updateAlpha(self, alpha):
            for net in (self.getOriginalG(), self.getOriginalD(), self.getOriginalAvgG()):
                net.setNewAlpha(alpha)
            self.config.alpha = alpha
        ProgressiveGAN.updateAlpha = updateAlpha
    with tempfile.TemporaryDirectory() as folder:
        run = f'{folder}/{NAME}'
        path = f'{run}/{NAME}_{place}.pt'
        pggan('export', '--network', network, *options, '--format', 'zoo', '--out', path)
        scale, iteration = (int(part[1:]) for part in place.split('_'))
        config = shorten(f'{run}/{NAME}_train_config.json', scale, iteration)
        assert getLastCheckPoint(run, NAME)[1] == path
        model = ProgressiveGAN(useGPU=False, depthScale0=config['depthScales'][0], **config)
        model.load(path)
        off = draw(model, network, options, folder)
        json.dump({'pathDB': images, 'imagefolderDataset': config['attribKeysOrder'] is not None}, open(folder + '/config.json', 'w'))
        sys.argv = ['train.py', 'PGAN', '-c', folder + '/config.json', '-n', NAME, '-d', folder, '--no_vis', '-e', '2', '-s', '1000000']
        os.chdir(checkout)
        runpy.run_path('train.py', run_name='__main__')
        last = len(config['maxIterAtScale']) - 1
        grown = f'{NAME}_s{last}_i{iteration + 4 if last == scale else 2}.pt' in os.listdir(run)
    print(f'images off by {off:.1e} of the largest magnitude; the training {"went on to its end" if grown else "did not go on"}')
    return int(not (off <= 1e-4 and grown))


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
