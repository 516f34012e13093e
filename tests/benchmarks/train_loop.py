"""The loop that people write in a notebook: PyTorch, GDAL windows, a DataLoader, flips, AdamW.

usage: train_loop.py SCENE LABELS NETWORK PATCH_PX BATCH_SIZE STEPS [WORKERS]

Where Python has no GDAL, scene and labels are held in memory as a whole (Pillow), which reads faster.

Prints patches per second, data loading included, and the number of parameters. Only for comparison with
`orthocover train` (train_speed.sh): the program itself needs no Python.
"""

import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

try:
    from osgeo import gdal
except ImportError:
    gdal = None

IGNORE = 255


def conv_block(inner, outer, kernel, stride=1, padding=None):
    padding = kernel // 2 if padding is None else padding
    conv = nn.Conv2d(inner, outer, kernel, stride, padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outer), nn.ReLU(inplace=True))


def separable(inner, outer, dilation=1):
    depthwise = nn.Conv2d(inner, inner, 3, padding=dilation, dilation=dilation, groups=inner, bias=False)
    pointwise = nn.Conv2d(inner, outer, 1, bias=False)
    return nn.Sequential(depthwise, pointwise, nn.BatchNorm2d(outer), nn.ReLU(inplace=True))


def doubled(x, like):
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = conv_block(channels, channels, 3)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.norm(self.second(self.first(x))))


class Gate(nn.Module):
    def __init__(self, skip, signal):
        super().__init__()
        hidden = max(8, skip // 2)
        self.skip = nn.Conv2d(skip, hidden, 1)
        self.signal = nn.Conv2d(signal, hidden, 1, bias=False)
        self.weight = nn.Conv2d(hidden, 1, 1)

    def forward(self, skip, signal):
        return skip * torch.sigmoid(self.weight(F.relu(self.skip(skip) + self.signal(signal))))


class OrthoNetSmall(nn.Module):
    def __init__(self, classes):
        super().__init__()
        widths = [16, 32, 96, 160, 224]
        self.stem = conv_block(3, 16, 4, 2, 1)
        self.stages = nn.ModuleList(
            nn.Sequential(nn.AvgPool2d(2), conv_block(a, b, 3), Residual(b)) for a, b in zip(widths, widths[1:]))
        self.deepest = conv_block(224, 128, 1)
        self.deep = conv_block(160, 128, 1)
        self.branches = nn.ModuleList([conv_block(256, 96, 1)] + [separable(256, 96, r) for r in (6, 12, 18)])
        self.context = conv_block(384, 128, 1)
        inner = [128, 96, 64]
        skips = [96, 32, 16]
        self.gates = nn.ModuleList(Gate(s, i) for s, i in zip(skips, inner))
        self.decoder = nn.ModuleList(separable(i + s, o) for i, s, o in zip(inner, skips, [96, 64, 48]))
        self.head = nn.Conv2d(48, classes, 1)

    def forward(self, image):
        features = [self.stem(image)]
        for stage in self.stages:
            features.append(stage(features[-1]))
        x = torch.cat([self.deep(features[3]), doubled(self.deepest(features[4]), features[3])], 1)
        x = self.context(torch.cat([branch(x) for branch in self.branches], 1))
        for i, (gate, conv) in enumerate(zip(self.gates, self.decoder)):
            skip = features[2 - i]
            x = doubled(x, skip)
            x = conv(torch.cat([x, gate(skip, x)], 1))
        return doubled(self.head(F.dropout(x, 0.1, self.training)), image)


class WholeRaster:
    """What Patches needs of a GDAL dataset, from a file held in memory."""

    def __init__(self, path):
        from PIL import Image
        values = np.asarray(Image.open(path))
        self.values = values if values.ndim == 2 else np.moveaxis(values, -1, 0)
        self.RasterYSize, self.RasterXSize = self.values.shape[-2:]

    def ReadAsArray(self, col, row, cols, rows):
        return self.values[..., row:row + rows, col:col + cols]


def open_raster(path):
    return gdal.Open(path) if gdal else WholeRaster(path)


class Patches(torch.utils.data.Dataset):
    def __init__(self, scene, labels, patch_px, count):
        self.paths = scene, labels
        self.patch_px = patch_px
        self.count = count
        self.files = None
        info = open_raster(scene)
        self.size = info.RasterXSize, info.RasterYSize

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if self.files is None:
            self.files = [open_raster(path) for path in self.paths]
        random = np.random.default_rng(index)
        col, row = (int(random.integers(0, size - self.patch_px)) for size in self.size)
        box = col, row, self.patch_px, self.patch_px
        image = self.files[0].ReadAsArray(*box)[:3].astype(np.float32) / 255
        labels = self.files[1].ReadAsArray(*box).astype(np.int64) - 1
        labels[labels < 0] = IGNORE
        image = image * random.uniform(0.8, 1.2) + random.uniform(-0.1, 0.1)
        for axis in (0, 1):
            if random.uniform() < 0.5:
                image, labels = np.flip(image, axis + 1), np.flip(labels, axis)
        mean = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
        deviation = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
        image = np.ascontiguousarray((image - mean) / deviation, np.float32)
        return torch.from_numpy(image), torch.from_numpy(np.ascontiguousarray(labels))


def main():
    scene, labels, name = sys.argv[1:4]
    patch_px, batch_size, steps, workers = map(int, (sys.argv[4:] + ["1"])[:4])
    if name != "orthonet-small":
        sys.exit(f"train_loop.py: knows orthonet-small, not {name}")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = OrthoNetSmall(6).to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=0.05)
    patches = Patches(scene, labels, patch_px, batch_size * (steps + 2))
    start = None
    for step, (images, truth) in enumerate(torch.utils.data.DataLoader(patches, batch_size, num_workers=workers)):
        if step == 2:
            start = time.perf_counter()
        optimiser.zero_grad()
        loss = F.cross_entropy(network(images.to(device)), truth.to(device), ignore_index=IGNORE,
                               label_smoothing=0.05)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimiser.step()
        loss.item()
    seconds = time.perf_counter() - start
    count = sum(parameter.numel() for parameter in network.parameters())
    print(f"{steps * batch_size / seconds:.2f} {count}")


if __name__ == "__main__":
    main()
