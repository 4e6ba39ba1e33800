"""Writes theano-*.pkl, small networks as the authors' Theano code pickles them, and what they draw and how they score: Python 2.7, nothing else.

    python2.7 make-theano.py

cPickle of Python 2 writes the files; classes and functions of numpy and of that code are stand-ins that pickle as theirs do. Images and scores are
computed here by the layers of that code, number by number: true convolutions, a stored scale, labels behind the normalised latents, the deviation of the
whole minibatch. The tests read the files and need no Python.
"""
import cPickle, json, math, random, struct, sys, types


def module(name, **members):
    m = sys.modules.setdefault(name, types.ModuleType(name))
    for key, value in members.items():
        value.__module__ = value.__dict__.get('__module__') and name if isinstance(value, type) else name
        setattr(m, key, value)


def single(x):
    return struct.unpack('<f', struct.pack('<f', x))[0]


class ndarray(object):
    """Of floats in single precision; data in C order."""
    def __init__(self, shape, data, fortran=False):
        self.shape, self.data, self.fortran = tuple(shape), [single(x) for x in data], fortran

    def __reduce__(self):
        data = self.data
        if self.fortran:
            rows, columns = self.shape
            data = [data[r * columns + c] for c in range(columns) for r in range(rows)]
        return _reconstruct, (ndarray, (0,), 'b'), (1, self.shape, FLOAT, self.fortran, struct.pack('<%df' % len(data), *data))

    def at(self, *index):
        place = 0
        for size, i in zip(self.shape, index):
            place = place * size + i
        return self.data[place]


class dtype(object):
    def __reduce__(self):
        return dtype, ('f4', 0, 1), (3, '<', None, None, None, -1, -1, 0)


class Network(object):
    def __init__(self, state): self.state = state
    def __getstate__(self): return self.state


def _reconstruct(*arguments): pass


FLOAT = dtype()
module('numpy', ndarray=ndarray, dtype=dtype)
module('numpy.core')
module('numpy.core.multiarray', _reconstruct=_reconstruct)
module('network', Network=Network)


class Build(object):
    """Arrays of a network in the order of its layers, and the layers by name for what follows."""
    def __init__(self, seed, options):
        self.random, self.options, self.arrays, self.layers = random.Random(seed), options, [], {}

    def numbers(self, shape, deviation=1.0, fortran=False):
        count = reduce(lambda a, b: a * b, shape, 1)
        return ndarray(shape, [self.random.gauss(0, 1) * deviation for _ in range(count)], fortran)

    def layer(self, name, shape, gain, outputs, fan_in, fortran=False):
        he = gain / math.sqrt(fan_in)
        scaled = self.options.get('use_wscale', True)
        weight = self.numbers(shape, 1.0 if scaled else he, fortran)
        scale = ndarray((), [he * self.random.uniform(0.9, 1.1)]) if scaled else None
        bias = self.numbers((outputs,), 0.3)
        self.arrays += [weight] + ([scale] if scaled else []) + [bias]
        self.layers[name] = weight, scale.data[0] if scaled else 1.0, bias

    def conv(self, name, outputs, inputs, kernel, fan_in=None):
        self.layer(name, (outputs, inputs, kernel, kernel), math.sqrt(2), outputs, fan_in or inputs * kernel * kernel)

    def nin(self, name, inputs, outputs, gain, fortran=False):
        self.layer(name, (inputs, outputs), gain, outputs, inputs, fortran)


def maps(options):
    return lambda stage: min(int(options.get('fmap_base', 4096) / 2.0 ** (stage * options.get('fmap_decay', 1.0))), options.get('fmap_max', 256))


def generator(seed, options):
    b, nf, last = Build(seed, options), maps(options), int(math.log(options['resolution'], 2) + 0.5)
    inputs = (options.get('latent_size') or nf(0)) + options['label_size']
    b.conv('G1a', nf(1), inputs, 4)
    b.conv('G1b', nf(1), nf(1), 3)
    for i in range(2, last):
        b.conv('G%da' % i, nf(i), nf(i - 1), 3)
        b.conv('G%db' % i, nf(i), nf(i), 3)
    for lod in range(last - 1):
        b.nin('Glod%d' % lod, nf(last - 1 - lod), options['num_channels'], 1.0)
    return b


def discriminator(seed, options):
    b, nf, last = Build(seed, options), maps(options), int(math.log(options['resolution'], 2) + 0.5)
    b.nin('D%dx' % (last - 1), options['num_channels'], nf(last - 1), math.sqrt(2))
    for i in range(last - 1, 1, -1):
        b.conv('D%db' % i, nf(i), nf(i), 3)
        b.conv('D%da' % i, nf(i - 1), nf(i), 3)
        b.nin('D%dx' % (i - 1), options['num_channels'], nf(i - 1), math.sqrt(2))
    b.conv('D1b', nf(1), nf(1) + (0 if options.get('mbstat_avg', 'all') is None else 1), 3)
    b.conv('D1a', nf(0), nf(1), 4)
    b.nin('Dscores', nf(0), 1, 1.0, fortran=True)
    if options['label_size']:
        b.nin('Dlabels', nf(0), options['label_size'], 1.0)
    return b


# Images are lists of feature maps, feature maps lists of rows.
def convolve(x, (weight, scale, bias), pad, act):
    outputs, inputs, size, _ = weight.shape
    height, width = len(x[0]), len(x[0][0])
    def at(o, y, x0):
        total = 0.0
        for i in range(inputs):
            for a in range(size):
                for b in range(size):
                    v, u = y - pad + a, x0 - pad + b
                    if 0 <= v < height and 0 <= u < width:
                        total += x[i][v][u] * weight.at(o, i, size - 1 - a, size - 1 - b)
        return act(total * scale + bias.data[o])
    grow = 2 * pad - size + 1
    return [[[at(o, y, u) for u in range(width + grow)] for y in range(height + grow)] for o in range(outputs)]


def pixelwise(x, (weight, scale, bias), act):
    inputs, outputs = weight.shape
    return [[[act(sum(x[i][v][u] * weight.at(i, o) for i in range(inputs)) * scale + bias.data[o]) for u in range(len(x[0][0]))]
             for v in range(len(x[0]))] for o in range(outputs)]


def dense(x, (weight, scale, bias)):
    return [sum(x[i] * weight.at(i, o) for i in range(weight.shape[0])) * scale + bias.data[o] for o in range(weight.shape[1])]


def each(x, f): return [[[f(v) for v in row] for row in m] for m in x]
def up(x): return [[[m[v // 2][u // 2] for u in range(2 * len(m[0]))] for v in range(2 * len(m))] for m in x]
def down(x): return [[[(m[2 * v][2 * u] + m[2 * v][2 * u + 1] + m[2 * v + 1][2 * u] + m[2 * v + 1][2 * u + 1]) / 4 for u in range(len(m[0]) // 2)]
                      for v in range(len(m) // 2)] for m in x]
def lerp(a, b, t): return [[[p * (1 - t) + q * t for p, q in zip(r, s)] for r, s in zip(m, n)] for m, n in zip(a, b)]
def lrelu(v): return max(v, 0.2 * v)
def linear(v): return v


def norm(x):
    roots = [[math.sqrt(sum(m[v][u] ** 2 for m in x) / len(x) + 1e-8) for u in range(len(x[0][0]))] for v in range(len(x[0]))]
    return [[[m[v][u] / roots[v][u] for u in range(len(m[0]))] for v in range(len(m))] for m in x]


def draw(g, lod, z, label):
    act = lrelu if g.options.get('use_leakyrelu', True) else lambda v: max(v, 0.0)
    pn = norm if g.options.get('use_pixelnorm', True) else linear
    x = [[[v]] for v in z]
    x = (norm(x) if g.options.get('normalize_latents', True) else x) + [[[v]] for v in label]
    last = int(math.log(g.options['resolution'], 2) + 0.5)
    x = old = pn(convolve(pn(convolve(x, g.layers['G1a'], 3, act)), g.layers['G1b'], 1, act))
    newest = last - 1 - int(lod)
    for i in range(2, newest + 1):
        old = x
        x = pn(convolve(pn(convolve(up(x), g.layers['G%da' % i], 1, act)), g.layers['G%db' % i], 1, act))
    image, t = pixelwise(x, g.layers['Glod%d' % int(lod)], linear), lod - int(lod)
    if t:
        image = lerp(image, up(pixelwise(old, g.layers['Glod%d' % (int(lod) + 1)], linear)), t)
    return each(image, math.tanh) if g.options.get('tanh_at_end') else image


def judge(d, lod, images):
    newest, t = int(math.log(d.options['resolution'], 2) + 0.5) - 1 - int(lod), lod - int(lod)
    found = []
    for image in images:
        x = pixelwise(image, d.layers['D%dx' % newest], lrelu)
        for i in range(newest, 1, -1):
            x = down(convolve(convolve(x, d.layers['D%db' % i], 1, lrelu), d.layers['D%da' % i], 1, lrelu))
            if t and i == newest:
                x = lerp(x, pixelwise(down(image), d.layers['D%dx' % (i - 1)], lrelu), t)
        found.append(x)
    if d.options.get('mbstat_avg', 'all') is not None:
        flat = [[v for m in x for row in m for v in row] for x in found]
        deviation = 0.0
        for values in zip(*flat):
            mean = sum(values) / len(values)
            deviation += math.sqrt(sum((v - mean) ** 2 for v in values) / len(values) + 1e-8)
        found = [x + [[[deviation / len(flat[0])] * 4] * 4] for x in found]
    scores, logits = [], []
    for x in found:
        x = convolve(convolve(x, d.layers['D1b'], 1, lrelu), d.layers['D1a'], 0, lrelu)
        x = [m[0][0] for m in x]
        scores += dense(x, d.layers['Dscores'])
        logits += dense(x, d.layers['Dlabels']) if d.options['label_size'] else []
    return scores, logits


def write_tensors(path, tensors, **metadata):
    header, offset = {'__metadata__': metadata}, 0
    for name, (shape, data) in sorted(tensors.items()):
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [offset, offset + 4 * len(data)]}
        offset += 4 * len(data)
    text = json.dumps(header, sort_keys=True)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + ''.join(struct.pack('<%df' % len(d), *d) for _, (_, d) in sorted(tensors.items())))


def make(name, seed, lod, count, shared, of_g, of_d):
    of_g, of_d = dict(shared, **of_g), dict(shared, **of_d)
    g, d, average = generator(seed, of_g), discriminator(seed + 1, of_d), generator(seed + 2, of_g)
    def network(built, options, extra={}):
        top = dict({'cur_lod': ndarray((), [lod])}, **extra)
        return Network({'build_func_spec': options, 'build_module_src': SOURCE, 'param_values': built.arrays, 'toplevel_params': top})
    with open('theano-%s.pkl' % name, 'wb') as f:
        cPickle.dump((network(g, of_g), network(d, of_d, {'gdrop_strength': ndarray((), [0.1])}), network(average, of_g)), f, cPickle.HIGHEST_PROTOCOL)

    chance = random.Random(seed + 3)
    latents, labels = g.layers['G1a'][0].shape[1] - shared['label_size'], shared['label_size']
    z = [[single(chance.gauss(0, 1)) for _ in range(latents)] for _ in range(count)]
    label = [[float(i % labels == c) for c in range(labels)] for i in range(count)]
    tensors = {'z': ([count, latents], sum(z, [])), 'labels': ([count, labels], sum(label, []))}
    images = [draw(g, lod, *pair) for pair in zip(z, label)]
    shape = [count, len(images[0]), len(images[0][0]), len(images[0][0])]
    flat = lambda of: [v for x in of for m in x for row in m for v in row]
    tensors['G/images'] = shape, flat(images)
    tensors['Gs/images'] = shape, flat([draw(average, lod, *pair) for pair in zip(z, label)])
    scores, logits = judge(d, lod, images)
    tensors['D/scores'] = [count, 1], scores
    tensors['D/label_logits'] = [count, labels], logits

    # A weight as the authors' converter rounds it: times the stored scale, divided by what is multiplied with at run time, both in single precision.
    weight, scale, _ = g.layers['G1b']
    run_time = single(math.sqrt(2) / math.sqrt(weight.shape[1] * 9))
    flipped = [weight.at(o, i, 2 - a, 2 - b) for o in range(weight.shape[0]) for i in range(weight.shape[1]) for a in range(3) for b in range(3)]
    tensors['G/stem.conv.weight'] = list(weight.shape), [single(single(w * scale) / run_time) for w in flipped] if of_g.get('use_wscale', True) else flipped
    write_tensors('theano-%s.expected.safetensors' % name, tensors, alpha=str(lod - int(lod)))


SOURCE = '# The text of network.py stands here, and is never run.\n' * 8
small = dict(fmap_base=4, fmap_max=2, resolution=8L, num_channels=3L, label_size=0L)
make('8px', 10, 0.25, 5, small, dict(func='G_paper', latent_size=3), dict(func='D_paper', use_gdrop=False))
make('labels-8px', 20, 0.25, 5, dict(small, label_size=2L), dict(func='G_paper', latent_size=3, tanh_at_end=None), dict(func='D_paper', mbstat_avg='all', mbdisc_kernels=None))
make('plain-16px', 30, 1.0, 3, dict(resolution=16, num_channels=1, label_size=0, fmap_base=8, fmap_max=4, fmap_decay=0.5, use_wscale=False),
     dict(func='G_progressive_8', latent_size=None, use_pixelnorm=False, normalize_latents=False, use_leakyrelu=False, tanh_at_end=1.0),
     dict(func='D_progressive_8', mbstat_avg=None))
