"""Networks of "Dive into Deep Learning", written by hand and without netspec. Source: d2l-ai/d2l-en, 2023."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolution(channels: int, width: int, kernel: int, stride: int = 1, padding: int = 0) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, kernel, stride, padding), nn.ReLU()


def dense(features: int) -> tuple[nn.Module, ...]:
    first = (nn.Linear(features, 4096), nn.ReLU(), nn.Dropout(0.5))
    return nn.Flatten(), *first, nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 10)


def lenet() -> nn.Module:
    first = (nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2))
    second = (nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Flatten())
    layers = (nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))
    return nn.Sequential(*first, *second, *layers)


def alexnet() -> nn.Module:
    return nn.Sequential(
        *(*convolution(1, 96, 11, 4, 1), nn.MaxPool2d(3, 2)),
        *(*convolution(96, 256, 5, padding=2), nn.MaxPool2d(3, 2)),
        *(*convolution(256, 384, 3, padding=1), *convolution(384, 384, 3, padding=1)),
        *(*convolution(384, 256, 3, padding=1), nn.MaxPool2d(3, 2)),
        *dense(6400),
    )


def vgg11() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 1
    for count, width in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        for _ in range(count):
            layers += convolution(channels, width, 3, padding=1)
            channels = width
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers, *dense(25088))


def nin() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 1
    for width, kernel, stride, padding in ((96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1), (10, 3, 1, 1)):
        layers += convolution(channels, width, kernel, stride, padding)
        layers += (*convolution(width, width, 1), *convolution(width, width, 1))
        layers.append(nn.MaxPool2d(3, 2) if width > 10 else nn.AdaptiveAvgPool2d(1))
        channels = width
    return nn.Sequential(*layers, nn.Flatten())


class Inception(nn.Module):
    def __init__(self, channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, pool: int) -> None:
        super().__init__()
        self.one = nn.Sequential(*convolution(channels, c1, 1))
        self.three = nn.Sequential(*convolution(channels, r3, 1), *convolution(r3, c3, 3, padding=1))
        self.five = nn.Sequential(*convolution(channels, r5, 1), *convolution(r5, c5, 5, padding=2))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), *convolution(channels, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def googlenet() -> nn.Module:
    return nn.Sequential(
        *(*convolution(1, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)),
        *(*convolution(64, 64, 1), *convolution(64, 192, 3, padding=1), nn.MaxPool2d(3, 2, 1)),
        *(Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64), nn.MaxPool2d(3, 2, 1)),
        *(Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64)),
        *(Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64)),
        *(Inception(528, 256, 160, 320, 32, 128, 128), nn.MaxPool2d(3, 2, 1)),
        *(Inception(832, 256, 160, 320, 32, 128, 128), Inception(832, 384, 192, 384, 48, 128, 128)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 10)),
    )


def stem() -> tuple[nn.Module, ...]:
    return nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)


class Residual(nn.Module):
    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 3, stride, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(channels, width, 1, stride) if channels != width else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.conv3(x))


def resnet18() -> nn.Module:
    layers = [Residual(64, 64), Residual(64, 64)]
    for width in (128, 256, 512):
        layers += [Residual(width // 2, width, 2), Residual(width, width)]
    return nn.Sequential(*stem(), *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Dense(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.net(x)], 1)


def densenet(growth: int = 32) -> nn.Module:
    layers: list[nn.Module] = [*stem()]
    channels = 64
    for block in range(4):
        for _ in range(4):
            layers.append(Dense(channels, growth))
            channels += growth
        if block < 3:
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1), nn.AvgPool2d(2, 2)]
            channels //= 2
    head = (nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))
    return nn.Sequential(*layers, *head)
