"""Networks of torchvision, written by hand and without netspec: what the generated modules must compute.

Names of parameters are those of the published checkpoints. Source: torchvision 0.28, torchvision/models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def alexnet(classes: int = 1000) -> nn.Module:
    features = nn.Sequential(
        *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )
    dense = nn.Sequential(
        *(nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU()),
        *(nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()),
        nn.Linear(4096, classes),
    )
    return Pooled(features, 6, dense)


class Pooled(nn.Module):
    """Features, pooled to a fixed size, and a classifier of vectors."""

    def __init__(self, features: nn.Module, size: int, classifier: nn.Module) -> None:
        super().__init__()
        self.features, self.size, self.classifier = features, size, classifier

    def forward(self, x: Tensor) -> Tensor:
        x = F.adaptive_avg_pool2d(self.features(x), self.size)
        result: Tensor = self.classifier(x.flatten(1))
        return result


def vgg(plan: str, normalized: bool = False) -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for word in plan.split():
        if word == "M":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        width = int(word)
        norm = [nn.BatchNorm2d(width)] if normalized else []
        layers += [nn.Conv2d(channels, width, 3, padding=1), *norm, nn.ReLU()]
        channels = width
    dense = nn.Sequential(
        *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
        nn.Linear(4096, 1000),
    )
    return Pooled(nn.Sequential(*layers), 7, dense)


VGG_A = "64 M 128 M 256 256 M 512 512 M 512 512 M"
VGG_D = "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"


class Basic(nn.Module):
    expansion = 1

    def __init__(self, channels: int, width: int, stride: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = projection(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, channels: int, width: int, stride: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = projection(channels, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x) + self.downsample(x))

    def residual(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        y: Tensor = self.bn3(self.conv3(x))
        return y


def projection(channels: int, width: int, stride: int) -> nn.Module:
    if stride == 1 and channels == width:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))


Unit = Callable[[int, int, int, int], nn.Module]


def units(
    unit: Unit, channels: int, width: int, count: int, stride: int, expansion: int, dilations: int = 11
) -> nn.Module:
    """A stage; the digits of `dilations` are those of the first unit and of the others."""
    first, rest = divmod(dilations, 10)
    others = (unit(width * expansion, width, 1, rest) for _ in range(count - 1))
    return nn.Sequential(unit(channels, width, stride, first), *others)


class ResNet(nn.Module):
    def __init__(self, unit: Unit, counts: tuple[int, ...], expansion: int, dilated: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = units(unit, 64, 64, counts[0], 1, expansion)
        self.layer2 = units(unit, 64 * expansion, 128, counts[1], 2, expansion)
        stride, third, fourth = (1, 12, 24) if dilated else (2, 11, 11)
        self.layer3 = units(unit, 128 * expansion, 256, counts[2], stride, expansion, third)
        self.layer4 = units(unit, 256 * expansion, 512, counts[3], stride, expansion, fourth)
        if not dilated:
            self.fc = nn.Linear(512 * expansion, 1000)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer3(self.layer2(self.layer1(x)))
        return x, self.layer4(x)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.fc(self.features(x)[1].mean((2, 3)))
        return result


class FCN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = ResNet(Bottleneck, (3, 4, 6, 3), 4, dilated=True)
        self.classifier = self.head(2048)
        self.aux_classifier = self.head(1024)

    @staticmethod
    def head(channels: int) -> nn.Module:
        width = channels // 4
        convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(width, 21, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        enlarged = partial(F.interpolate, size=x.shape[-2:], mode="bilinear", align_corners=False)
        third, fourth = self.backbone.features(x)
        return enlarged(self.classifier(fourth)), enlarged(self.aux_classifier(third))


class Fire(nn.Module):
    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)),
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, 1000, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.classifier(self.features(x))).mean((2, 3))


class ConvBn(nn.Module):
    """BasicConv2d of GoogLeNet and Inception."""

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: int | tuple[int, int] = 1,
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    def __init__(self, channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, pool: int) -> None:
        super().__init__()
        self.branch1 = ConvBn(channels, c1)
        self.branch2 = nn.Sequential(ConvBn(channels, r3), ConvBn(r3, c3, 3, padding=1))
        self.branch3 = nn.Sequential(ConvBn(channels, r5), ConvBn(r5, c5, 3, padding=1))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), ConvBn(channels, pool))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBn(3, 64, 7, 2, 3)
        self.conv2 = ConvBn(64, 64)
        self.conv3 = ConvBn(64, 192, 3, padding=1)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        halved = partial(F.max_pool2d, stride=2, ceil_mode=True)
        x = self.conv3(self.conv2(halved(self.conv1(x), 3)))
        x = halved(self.inception3b(self.inception3a(halved(x, 3))), 3)
        x = self.inception4c(self.inception4b(self.inception4a(x)))
        x = halved(self.inception4e(self.inception4d(x)), 2)
        result: Tensor = self.fc(self.inception5b(self.inception5a(x)).mean((2, 3)))
        return result


class DenseLayer(nn.Module):
    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return torch.cat([x, y], 1)


class DenseNet(nn.Module):
    def __init__(self, counts: tuple[int, ...] = (6, 12, 24, 16), growth: int = 32) -> None:
        super().__init__()
        features = nn.Sequential()
        features.add_module("conv0", nn.Conv2d(3, 64, 7, 2, 3, bias=False))
        features.add_module("norm0", nn.BatchNorm2d(64))
        features.add_module("relu0", nn.ReLU())
        features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        channels = 64
        for number, count in enumerate(counts, start=1):
            block = nn.Sequential()
            for layer in range(1, count + 1):
                block.add_module(f"denselayer{layer}", DenseLayer(channels, growth))
                channels += growth
            features.add_module(f"denseblock{number}", block)
            if number < len(counts):
                transition = nn.Sequential()
                transition.add_module("norm", nn.BatchNorm2d(channels))
                transition.add_module("relu", nn.ReLU())
                transition.add_module("conv", nn.Conv2d(channels, channels // 2, 1, bias=False))
                transition.add_module("pool", nn.AvgPool2d(2))
                features.add_module(f"transition{number}", transition)
                channels //= 2
        features.add_module("norm5", nn.BatchNorm2d(channels))
        self.features = features
        self.classifier = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.classifier(F.relu(self.features(x)).mean((2, 3)))
        return result


def conv_bn_relu6(channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(channels, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), nn.ReLU6())


class InvertedResidual(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.skips = stride == 1 and channels == width
        hidden = channels * expansion
        self.conv = nn.Sequential(
            *([conv_bn_relu6(channels, hidden, 1)] if expansion != 1 else []),
            conv_bn_relu6(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.skips else y


MOBILE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, count and stride. Source: the paper's table 2."""


def mobilenet_v2() -> nn.Module:
    features: list[nn.Module] = [conv_bn_relu6(3, 32, 3, 2)]
    channels = 32
    for expansion, width, count, stride in MOBILE:
        for turn in range(count):
            features.append(InvertedResidual(channels, width, 1 if turn else stride, expansion))
            channels = width
    features.append(conv_bn_relu6(channels, 1280, 1))
    return Pooled(nn.Sequential(*features), 1, nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000)))
