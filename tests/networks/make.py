"""Writes the small networks of this folder: Python 3 with numpy 1.x. The tests read the files and need neither.

official-*.pkl  the same networks in the official layout (8x8, labels), once for each protocol and each way in which they may be written
zoo-*.pth       the same networks in pytorch_GAN_zoo's layout (8x8, fading, labels), in torch's two formats
"""
import collections, io, pickle, struct, sys, types, zipfile
import numpy as np


def module(name, **members):
    m = sys.modules.setdefault(name, types.ModuleType(name))
    for key, value in members.items():
        value.__module__, value.__qualname__, value.__name__ = name, key, key
        setattr(m, key, value)
    return m


class Network: pass
class EasyDict(dict): pass
class BaseConfig: pass
class FloatStorage: pass
def rebuild(*arguments): pass


module("tfutil", Network=Network)
module("config", EasyDict=EasyDict)
for name in ("torch", "models", "models.utils"):
    module(name)
module("torch", FloatStorage=FloatStorage)
module("torch._utils", _rebuild_tensor_v2=rebuild)
module("models.utils.config", BaseConfig=BaseConfig)

MAPS, LATENT, LABELS, CHANNELS = [2, 2, 1], 3, 2, 3  # nf(0) of D's last dense layer, nf(1) at 4x4, nf(2) at 8x8


def numbers(seed, *shape):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def official(arrays, kwargs):
    def network(name, function, shapes, seed):
        n = Network()
        variables = [("lod", arrays(np.float32(0.25) if name != "D" else np.zeros([], np.float32)))]
        variables += [(key, arrays(numbers(seed + i, *shape))) for i, (key, shape) in enumerate(shapes)]
        n.__dict__.update(version=2, name=name, static_kwargs=kwargs, build_module_src="# none", build_func_name=function, variables=variables)
        return n

    nf0, nf1, nf2 = MAPS
    g = [("4x4/Dense/weight", [LATENT + LABELS, nf1 * 16]), ("4x4/Dense/bias", [nf1]), ("4x4/Conv/weight", [3, 3, nf1, nf1]), ("4x4/Conv/bias", [nf1]),
         ("ToRGB_lod1/weight", [1, 1, nf1, CHANNELS]), ("ToRGB_lod1/bias", [CHANNELS]),
         ("8x8/Conv0_up/weight", [3, 3, nf2, nf1]), ("8x8/Conv0_up/bias", [nf2]), ("8x8/Conv1/weight", [3, 3, nf2, nf2]), ("8x8/Conv1/bias", [nf2]),
         ("ToRGB_lod0/weight", [1, 1, nf2, CHANNELS]), ("ToRGB_lod0/bias", [CHANNELS])]
    d = [("FromRGB_lod0/weight", [1, 1, CHANNELS, nf2]), ("FromRGB_lod0/bias", [nf2]), ("8x8/Conv0/weight", [3, 3, nf2, nf2]), ("8x8/Conv0/bias", [nf2]),
         ("8x8/Conv1_down/weight", [3, 3, nf2, nf1]), ("8x8/Conv1_down/bias", [nf1]), ("FromRGB_lod1/weight", [1, 1, CHANNELS, nf1]), ("FromRGB_lod1/bias", [nf1]),
         ("4x4/Conv/weight", [3, 3, nf1 + 1, nf1]), ("4x4/Conv/bias", [nf1]), ("4x4/Dense0/weight", [nf1 * 16, nf0]), ("4x4/Dense0/bias", [nf0]),
         ("4x4/Dense1/weight", [nf0, 1 + LABELS]), ("4x4/Dense1/bias", [1 + LABELS])]
    return network("G", "G_paper", g, 100), network("D", "D_paper", d, 200), network("Gs", "G_paper", g, 300)


def kwargs(kind, number=int):
    return kind(num_channels=number(CHANNELS), resolution=number(8), label_size=number(LABELS), latent_size=number(LATENT),
                fmap_base=number(4), fmap_max=number(2), dtype="float16", pixelnorm_epsilon=1e-4)


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


write("official-2.pkl", pickle.dumps(official(lambda a: a, kwargs(EasyDict)), 2))
write("official-3.pkl", pickle.dumps(official(np.asfortranarray, kwargs(collections.OrderedDict)), 3))
write("official-4.pkl", pickle.dumps(official(lambda a: a, kwargs(dict)), 4))
write("official-5.pkl", pickle.dumps(official(np.array, kwargs(dict, np.int64)), 5))
for m, members in (("numpy.core.multiarray", ["_reconstruct", "scalar"]), ("numpy.core.numeric", ["_frombuffer"])):
    for member in members:
        function = getattr(sys.modules[m], member)
        module(m.replace("core", "_core"))
        function.__module__ = m.replace("core", "_core")
        setattr(sys.modules[function.__module__], member, function)
write("official-4-numpy2.pkl", pickle.dumps(official(lambda a: a, kwargs(dict, np.int32)), 4))
write("official-5-numpy2.pkl", pickle.dumps(official(np.array, kwargs(dict)), 5))


class Tensor:
    """What torch would pickle of a tensor that is the whole of its storage."""
    def __init__(self, array): self.array = array
    def __reduce_ex__(self, protocol):
        strides, stride = [], 1
        for axis in reversed(self.array.shape):
            strides.insert(0, stride)
            stride *= axis
        return rebuild, (Storage(self.array), 0, self.array.shape, tuple(strides), False, collections.OrderedDict())


class Storage:
    def __init__(self, array): self.array = array


class Pickler(pickle.Pickler):
    def __init__(self, file, legacy):
        super().__init__(file, 2)
        self.legacy, self.storages = legacy, {}
    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key = str(94_000_000_000_000 + 64 * len(self.storages) if self.legacy else len(self.storages))
        self.storages[key] = value.array
        return ("storage", FloatStorage, key, "cpu", value.array.size) + ((None,) if self.legacy else ())


def zoo(wrapped):
    def layers(seed, shapes):
        state = collections.OrderedDict()
        for i, (key, shape) in enumerate(shapes):
            name = key + (".module" if wrapped else "")
            state[name + ".weight"] = Tensor(numbers(seed + i, *shape))
            state[name + ".bias"] = Tensor(numbers(seed + 50 + i, shape[0]))
        return state

    d0, d1 = MAPS[1:]
    g = [("scaleLayers.0.0", [d1, d0, 3, 3]), ("scaleLayers.0.1", [d1, d1, 3, 3]), ("toRGBLayers.0", [CHANNELS, d0, 1, 1]), ("toRGBLayers.1", [CHANNELS, d1, 1, 1]),
         ("formatLayer", [16 * d0, LATENT + 3]), ("groupScale0.0", [d0, d0, 3, 3])]
    d = [("scaleLayers.0.0", [d1, d1, 3, 3]), ("scaleLayers.0.1", [d0, d1, 3, 3]), ("fromRGBLayers.0", [d0, CHANNELS, 1, 1]), ("fromRGBLayers.1", [d1, CHANNELS, 1, 1]),
         ("decisionLayer", [1 + 3, d0]), ("groupScaleZero.0", [d0, d0 + 1, 3, 3]), ("groupScaleZero.1", [d0, 16 * d0])]
    config = BaseConfig()
    config.__dict__.update(
        depthScale0=d0, initBiasToZero=True, leakyReluLeak=0.2, depthOtherScales=[d1], perChannelNormalization=True, alpha=0.25, miniBatchStdDev=True, equalizedlR=True,
        noiseVectorDim=LATENT, dimOutput=CHANNELS, learningRate=0.001, categoryVectorDim=3, weightConditionG=1.0, weightConditionD=1.0, GDPP=False, latentVectorDim=LATENT + 3,
        lossCriterion="WGANGP", lambdaGP=10.0, epsilonD=0.001, logisticGradReal=0.0,
        attribKeysOrder={"Kind": {"order": 1, "values": ["hat"]}, "Colour": {"order": 0, "values": ["red", "blue"]}})
    return {"config": config, "netG": layers(400, g), "netD": layers(500, d), "avgG": layers(600, g)}


def save_zip(name, value):
    file = io.BytesIO()
    pickler = Pickler(file, legacy=False)
    pickler.dump(value)
    with zipfile.ZipFile(name + ".pth", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name + "/data.pkl"), file.getvalue())
        for key, array in pickler.storages.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/data/{key}"), array.tobytes())
        archive.writestr(zipfile.ZipInfo(name + "/version"), "3\n")


def save_legacy(name, value):
    file = io.BytesIO()
    for head in (0x1950a86a20f9469cfc6c, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
        pickle.dump(head, file, 2)
    pickler = Pickler(file, legacy=True)
    pickler.dump(value)
    keys = sorted(pickler.storages)
    pickle.dump(keys, file, 2)
    for key in keys:
        file.write(struct.pack("<q", pickler.storages[key].size) + pickler.storages[key].tobytes())
    write(name + ".pth", file.getvalue())


save_zip("zoo-zip", zoo(wrapped=True))
save_legacy("zoo-legacy", zoo(wrapped=False))
