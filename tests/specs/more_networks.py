"""More networks, written by hand and without netspec: what the generated modules must compute.

Where a checkpoint is published the names are its own; elsewhere only the order of parameters counts.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.specs.torchvision_networks import Bottleneck, ConvBn, ResNet


class SEBottleneck(Bottleneck):
    """Source: Hu et al., "Squeeze-and-excitation networks", 2017; the gates are 1x1 convolutions with biases."""

    def __init__(self, channels: int, width: int, stride: int, dilation: int = 1) -> None:
        super().__init__(channels, width, stride, dilation)
        downsample = self.downsample
        del self.downsample  # it comes after the gates
        self.se = nn.Sequential(nn.Conv2d(4 * width, width // 4, 1), nn.ReLU(), nn.Conv2d(width // 4, 4 * width, 1))
        self.downsample = downsample

    def residual(self, x: Tensor) -> Tensor:
        x = super().residual(x)
        gates: Tensor = self.se(x.mean((2, 3), keepdim=True))
        return x * gates.sigmoid()


def se_resnet50() -> nn.Module:
    return ResNet(SEBottleneck, (3, 4, 6, 3), 4)


class ShuffleUnit(nn.Module):
    """Source: torchvision, shufflenetv2.py."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.stride, half = stride, width // 2
        inner = channels if stride == 2 else half
        if stride == 2:
            self.branch1 = nn.Sequential(*filtered(channels, stride), *pointwise(channels, half))
        self.branch2 = nn.Sequential(*pointwise(inner, half), *filtered(half, stride), *pointwise(half, half))

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 2:
            both = torch.stack([self.branch1(x), self.branch2(x)], 2)
        else:
            passing, changed = x.chunk(2, 1)
            both = torch.stack([passing, self.branch2(changed)], 2)
        return both.flatten(1, 2)


def pointwise(channels: int, width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()


def filtered(channels: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels)


class ShuffleNetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
        self.stage2 = self.stage(24, 116, 4)
        self.stage3 = self.stage(116, 232, 8)
        self.stage4 = self.stage(232, 464, 4)
        self.conv5 = nn.Sequential(*pointwise(464, 1024))
        self.fc = nn.Linear(1024, 1000)

    @staticmethod
    def stage(channels: int, width: int, count: int) -> nn.Module:
        return nn.Sequential(ShuffleUnit(channels, width, 2), *(ShuffleUnit(width, width, 1) for _ in range(count - 1)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage2(F.max_pool2d(self.conv1(x), 3, 2, 1))
        result: Tensor = self.fc(self.conv5(self.stage4(self.stage3(x))).mean((2, 3)))
        return result


class InceptionA(nn.Module):
    """Source: torchvision, inception.py, as the other blocks and the net."""

    def __init__(self, channels: int, pool: int) -> None:
        super().__init__()
        self.branch1x1 = ConvBn(channels, 64)
        self.branch5x5_1 = ConvBn(channels, 48)
        self.branch5x5_2 = ConvBn(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = ConvBn(channels, 64)
        self.branch3x3dbl_2 = ConvBn(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBn(96, 96, 3, padding=1)
        self.branch_pool = ConvBn(channels, pool)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(F.avg_pool2d(x, 3, 1, 1))], 1)


class InceptionB(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch3x3 = ConvBn(channels, 384, 3, 2)
        self.branch3x3dbl_1 = ConvBn(channels, 64)
        self.branch3x3dbl_2 = ConvBn(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBn(96, 96, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class InceptionC(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.branch1x1 = ConvBn(channels, 192)
        self.branch7x7_1 = ConvBn(channels, width)
        self.branch7x7_2 = ConvBn(width, width, (1, 7), padding=(0, 3))
        self.branch7x7_3 = ConvBn(width, 192, (7, 1), padding=(3, 0))
        self.branch7x7dbl_1 = ConvBn(channels, width)
        self.branch7x7dbl_2 = ConvBn(width, width, (7, 1), padding=(3, 0))
        self.branch7x7dbl_3 = ConvBn(width, width, (1, 7), padding=(0, 3))
        self.branch7x7dbl_4 = ConvBn(width, width, (7, 1), padding=(3, 0))
        self.branch7x7dbl_5 = ConvBn(width, 192, (1, 7), padding=(0, 3))
        self.branch_pool = ConvBn(channels, 192)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(F.avg_pool2d(x, 3, 1, 1))], 1)


class InceptionD(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = ConvBn(channels, 192)
        self.branch3x3_2 = ConvBn(192, 320, 3, 2)
        self.branch7x7x3_1 = ConvBn(channels, 192)
        self.branch7x7x3_2 = ConvBn(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = ConvBn(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = ConvBn(192, 192, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), self.branch7x7x3_4(seven), F.max_pool2d(x, 3, 2)], 1)


class InceptionE(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch1x1 = ConvBn(channels, 320)
        self.branch3x3_1 = ConvBn(channels, 384)
        self.branch3x3_2a = ConvBn(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = ConvBn(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = ConvBn(channels, 448)
        self.branch3x3dbl_2 = ConvBn(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = ConvBn(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = ConvBn(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = ConvBn(channels, 192)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        branches = [
            *(self.branch1x1(x), self.branch3x3_2a(three), self.branch3x3_2b(three)),
            *(self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)),
            self.branch_pool(F.avg_pool2d(x, 3, 1, 1)),
        ]
        return torch.cat(branches, 1)


class InceptionAux(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv0 = ConvBn(768, 128)
        self.conv1 = ConvBn(128, 768, 5)
        self.fc = nn.Linear(768, 1000)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.fc(self.conv1(self.conv0(F.avg_pool2d(x, 5, 3))).mean((2, 3)))
        return result


class InceptionV3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvBn(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = ConvBn(32, 32, 3)
        self.Conv2d_2b_3x3 = ConvBn(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = ConvBn(64, 80)
        self.Conv2d_4a_3x3 = ConvBn(80, 192, 3)
        self.Mixed_5b = InceptionA(192, 32)
        self.Mixed_5c = InceptionA(256, 64)
        self.Mixed_5d = InceptionA(288, 64)
        self.Mixed_6a = InceptionB(288)
        self.Mixed_6b = InceptionC(768, 128)
        self.Mixed_6c = InceptionC(768, 160)
        self.Mixed_6d = InceptionC(768, 160)
        self.Mixed_6e = InceptionC(768, 192)
        self.AuxLogits = InceptionAux()
        self.Mixed_7a = InceptionD(768)
        self.Mixed_7b = InceptionE(1280)
        self.Mixed_7c = InceptionE(2048)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        y = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return self.fc(y.mean((2, 3))), self.AuxLogits(x)


class VideoBlock(nn.Module):
    """Source: torchvision, video/resnet.py, as the net."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(
            nn.Conv3d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm3d(width), nn.ReLU()
        )
        self.conv2 = nn.Sequential(nn.Conv3d(width, width, 3, 1, 1, bias=False), nn.BatchNorm3d(width))
        self.downsample: nn.Module = nn.Identity()
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv3d(channels, width, 1, stride, bias=False), nn.BatchNorm3d(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(self.conv1(x)) + self.downsample(x))


class R3D18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        convolution = nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False)
        self.stem = nn.Sequential(convolution, nn.BatchNorm3d(64), nn.ReLU())
        self.layer1 = nn.Sequential(VideoBlock(64, 64, 1), VideoBlock(64, 64, 1))
        self.layer2 = nn.Sequential(VideoBlock(64, 128, 2), VideoBlock(128, 128, 1))
        self.layer3 = nn.Sequential(VideoBlock(128, 256, 2), VideoBlock(256, 256, 1))
        self.layer4 = nn.Sequential(VideoBlock(256, 512, 2), VideoBlock(512, 512, 1))
        self.fc = nn.Linear(512, 400)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        result: Tensor = self.fc(x.mean((2, 3, 4)))
        return result


class Gamma(nn.Module):
    """A module of its own, so that its parameter has its place among those of the others."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((width,), 1e-6))


class ConvNeXtBlock(nn.Module):
    """Source: facebookresearch/ConvNeXt, models/convnext.py, as the net; dense layers act on the channels, put last."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = Gamma(width)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.gamma.weight * self.pwconv2(F.gelu(self.pwconv1(y)))
        return x + y.permute(0, 3, 1, 2)


class Norm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext_tiny() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), Norm(96, eps=1e-6)]
    for width, count in ((96, 3), (192, 3), (384, 9), (768, 3)):
        if width > 96:
            layers += [Norm(width // 2, eps=1e-6), nn.Conv2d(width // 2, width, 2, 2)]
        layers += [ConvNeXtBlock(width) for _ in range(count)]
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(768, eps=1e-6), nn.Linear(768, 1000))
    return nn.Sequential(*layers, *head)


class UNet(nn.Module):
    """Source: Ronneberger et al., 2015, figure 1, with padding."""

    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList(self.two(before, width) for before, width in zip((1, *widths), widths, strict=False))
        self.up = nn.ModuleList()
        for width in (512, 256, 128, 64):
            self.up += [nn.ConvTranspose2d(2 * width, width, 2, 2), self.two(2 * width, width)]
        self.head = nn.Conv2d(64, 2, 1)

    @staticmethod
    def two(channels: int, width: int) -> nn.Module:
        first, second = nn.Conv2d(channels, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for two in self.down:
            x = two(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for place, skip in enumerate(reversed(skips[:-1])):
            x = self.up[2 * place + 1](torch.cat([skip, self.up[2 * place](x)], 1))
        result: Tensor = self.head(x)
        return result


def dcgan_generator() -> nn.Module:
    """Source: PyTorch's tutorial on DCGAN, as the discriminator; its modules lie in `main`."""
    layers: list[nn.Module] = []
    for channels, width, stride, padding in ((100, 512, 1, 0), (512, 256, 2, 1), (256, 128, 2, 1), (128, 64, 2, 1)):
        layers += [
            nn.ConvTranspose2d(channels, width, 4, stride, padding, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
    layers += [nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)


def dcgan_discriminator() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for width in (128, 256, 512):
        layers += [nn.Conv2d(width // 2, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 0, bias=False), nn.Sigmoid())


class M5(nn.Module):
    """Source: PyTorch's tutorial "Speech Command Classification with torchaudio"."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(1, 32, 80, 16), nn.BatchNorm1d(32)
        self.conv2, self.bn2 = nn.Conv1d(32, 32, 3), nn.BatchNorm1d(32)
        self.conv3, self.bn3 = nn.Conv1d(32, 64, 3), nn.BatchNorm1d(64)
        self.conv4, self.bn4 = nn.Conv1d(64, 64, 3), nn.BatchNorm1d(64)
        self.fc1 = nn.Linear(64, 35)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool1d(F.relu(self.bn1(self.conv1(x))), 4)
        x = F.max_pool1d(F.relu(self.bn2(self.conv2(x))), 4)
        x = F.max_pool1d(F.relu(self.bn3(self.conv3(x))), 4)
        x = F.max_pool1d(F.relu(self.bn4(self.conv4(x))), 4)
        x = F.avg_pool1d(x, x.shape[-1]).permute(0, 2, 1)
        return F.log_softmax(self.fc1(x), dim=2).squeeze(1)
