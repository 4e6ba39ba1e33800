"""Writes the networks that other programs' own code made, with what it draws and how it scores: Debian's python3-torch (1.13) and python3-numpy.

    git clone https://github.com/facebookresearch/pytorch_GAN_zoo
    git clone https://github.com/genforce/genforce
    /usr/bin/python3 make-with-checkouts.py pytorch_GAN_zoo genforce

genforce-16px      an official network, half faded in, as genforce's converter saves it: axes permuted, not copied
zoo-unscaled       pytorch_GAN_zoo without equalised learning rates, half faded in; it lies in tests/oracle
"""
import json, os, struct, sys, types
import numpy
import torch


def write_expected(name, tensors):
    header, offset = {'__metadata__': {'alpha': '0.25'}}, 0
    for key, t in tensors.items():
        header[key] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [offset, offset + 4 * t.numel()]}
        offset += 4 * t.numel()
    text = json.dumps(header).encode()
    with open(name + '.expected.safetensors', 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(t.contiguous().numpy().tobytes() for t in tensors.values()))


def zoo():
    from models.progressive_gan import ProgressiveGAN
    torch.manual_seed(5)
    model = ProgressiveGAN(dimLatentVector=6, depthScale0=6, equalizedlR=False, miniBatchStdDev=True, lambdaGP=10., epsilonD=0.001, useGPU=False)
    model.addScale(5)
    for name, parameter in [*model.netG.named_parameters(), *model.netD.named_parameters()]:
        if name.endswith('bias'):
            parameter.data.normal_(0, 0.3)
    model.buildAvG()
    for parameter in model.avgG.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.05)
    model.config.alpha = 0.25
    for net in (model.netG, model.netD, model.avgG):
        net.setNewAlpha(0.25)
    model.save('zoo-unscaled.pth')
    z = torch.randn(5, 6)
    with torch.no_grad():
        images, average = (model.test(z.reshape(5, 6, 1, 1), getAvG) for getAvG in (False, True))
        write_expected('zoo-unscaled', {'input': z, 'G/images': images, 'avgG/images': average, 'D/output': model.netD(images)})


def genforce():
    from models.pggan_discriminator import PGGANDiscriminator
    from models.pggan_generator import PGGANGenerator
    random = numpy.random.RandomState(9)

    def state(module):
        """Numbers in TensorFlow's order of axes, seen in that of the module."""
        made = module.state_dict()
        for ours, theirs in module.pth_to_tf_var_mapping.items():
            shape = list(made[ours].shape)
            if theirs == 'lod':
                made[ours] = torch.tensor(0.25)
            elif len(shape) == 1:
                made[ours] = torch.from_numpy((random.randn(*shape) * 0.3).astype('float32'))
            elif 'Dense' in theirs:
                flat = torch.from_numpy(random.randn(shape[1], int(numpy.prod(shape)) // shape[1]).astype('float32'))
                made[ours] = flat.t() if len(shape) == 2 else flat.reshape(shape[1], shape[0], 4, 4).transpose(0, 1).flip(2, 3)
            else:
                made[ours] = torch.from_numpy(random.randn(*shape[2:], *shape[1::-1]).astype('float32')).permute(3, 2, 0, 1)
        return made

    g, d, average = PGGANGenerator(16, z_space_dim=5, fmaps_base=64, fmaps_max=6), PGGANDiscriminator(16, fmaps_base=64, fmaps_max=6), PGGANGenerator(16, z_space_dim=5, fmaps_base=64, fmaps_max=6)
    states = {'generator': state(g), 'discriminator': state(d), 'generator_smooth': state(average)}
    torch.save(states, 'genforce-16px.pth', _use_new_zipfile_serialization=False)
    for module, key in ((g, 'generator'), (d, 'discriminator'), (average, 'generator_smooth')):
        module.load_state_dict(states[key])
    z = torch.from_numpy(random.randn(5, 5).astype('float32'))
    with torch.no_grad():
        images = g(z)['image']
        write_expected('genforce-16px', {'z': z, 'G/images': images, 'Gs/images': average(z)['image'], 'D/scores': d(images)})


for checkout, make in zip(sys.argv[1:], (zoo, genforce)):
    for name in [name for name in sys.modules if name.split('.')[0] == 'models']:
        del sys.modules[name]
    models = sys.modules['models'] = types.ModuleType('models')  # without what its own __init__ imports
    models.__path__ = [os.path.join(os.path.abspath(checkout), 'models')]
    make()
