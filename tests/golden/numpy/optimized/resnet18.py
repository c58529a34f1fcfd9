class ResNet18(OptimizedNetwork):
    """ResNet-18: He et al., "Deep residual learning for image recognition", 2015.

    The names are torchvision's, so its weights load as they are.

    11,689,512 parameters, 1,814,073,344 multiplications an example.
    """

    programs = (PlannedProgram("plan_channels_last", smallest=1, chunk=3),)

    def plan_channels_last(self, p: Plan) -> None:
        """Channels last: a map is (n, height, width, channels)."""
        n = p.n
        input_ = p.map(0, (n, 224, 224, 3), 3)
        take_input(p, "input", input_.inner)
        # conv1 + bn1 + relu
        relu_ = p.map(1, (n, 112, 112, 64))
        im2col_conv(
            p,
            input_.around(3),
            relu_.inner,
            filters(p, "conv1", "bn1"),
            stride=2,
            activation=relu_in_place,
        )
        # maxpool
        maxpool_ = p.map(0, (n, 56, 56, 64), 1)
        sliced_maxpool(p, relu_.inner, maxpool_.inner, 3, 2, padding=1)
        # layer1.0.conv1 + bn1 + relu1
        layer1_0_relu1 = p.map(1, (n, 56, 56, 64), 1)
        winograd_conv(
            p,
            maxpool_.around(1),
            layer1_0_relu1.inner,
            filters(p, "layer1.0.conv1", "layer1.0.bn1"),
            tile=4,
            activation=relu_in_place,
        )
        # layer1.0.conv2 + bn2 + add1 + relu2
        layer1_0_relu2 = p.map(2, (n, 56, 56, 64), 1)
        winograd_conv(
            p,
            layer1_0_relu1.around(1),
            layer1_0_relu2.inner,
            filters(p, "layer1.0.conv2", "layer1.0.bn2"),
            tile=4,
            plus=maxpool_.inner,
            activation=relu_in_place,
        )
        # layer1.1.conv1 + bn1 + relu1
        layer1_1_relu1 = p.map(0, (n, 56, 56, 64), 1)
        winograd_conv(
            p,
            layer1_0_relu2.around(1),
            layer1_1_relu1.inner,
            filters(p, "layer1.1.conv1", "layer1.1.bn1"),
            tile=4,
            activation=relu_in_place,
        )
        # layer1.1.conv2 + bn2 + add1 + relu2
        layer1_1_relu2 = p.map(1, (n, 56, 56, 64), 1)
        winograd_conv(
            p,
            layer1_1_relu1.around(1),
            layer1_1_relu2.inner,
            filters(p, "layer1.1.conv2", "layer1.1.bn2"),
            tile=4,
            plus=layer1_0_relu2.inner,
            activation=relu_in_place,
        )
        # layer2.0.conv1 + bn1 + relu1
        layer2_0_relu1 = p.map(0, (n, 28, 28, 128), 1)
        im2col_conv(
            p,
            layer1_1_relu2.around(1),
            layer2_0_relu1.inner,
            filters(p, "layer2.0.conv1", "layer2.0.bn1"),
            stride=2,
            activation=relu_in_place,
        )
        # layer2.0.downsample.0 + 1
        layer2_0_downsample_1 = p.map(2, (n, 28, 28, 128))
        im2col_conv(
            p,
            layer1_1_relu2.inner,
            layer2_0_downsample_1.inner,
            filters(p, "layer2.0.downsample.0", "layer2.0.downsample.1"),
            stride=2,
        )
        # layer2.0.conv2 + bn2 + add1 + relu2
        layer2_0_relu2 = p.map(1, (n, 28, 28, 128), 1)
        winograd_conv(
            p,
            layer2_0_relu1.around(1),
            layer2_0_relu2.inner,
            filters(p, "layer2.0.conv2", "layer2.0.bn2"),
            tile=4,
            plus=layer2_0_downsample_1.inner,
            activation=relu_in_place,
        )
        # layer2.1.conv1 + bn1 + relu1
        layer2_1_relu1 = p.map(0, (n, 28, 28, 128), 1)
        winograd_conv(
            p,
            layer2_0_relu2.around(1),
            layer2_1_relu1.inner,
            filters(p, "layer2.1.conv1", "layer2.1.bn1"),
            tile=4,
            activation=relu_in_place,
        )
        # layer2.1.conv2 + bn2 + add1 + relu2
        layer2_1_relu2 = p.map(2, (n, 28, 28, 128), 1)
        winograd_conv(
            p,
            layer2_1_relu1.around(1),
            layer2_1_relu2.inner,
            filters(p, "layer2.1.conv2", "layer2.1.bn2"),
            tile=4,
            plus=layer2_0_relu2.inner,
            activation=relu_in_place,
        )
        # layer3.0.conv1 + bn1 + relu1
        layer3_0_relu1 = p.map(0, (n, 14, 14, 256), 1)
        im2col_conv(
            p,
            layer2_1_relu2.around(1),
            layer3_0_relu1.inner,
            filters(p, "layer3.0.conv1", "layer3.0.bn1"),
            stride=2,
            activation=relu_in_place,
        )
        # layer3.0.downsample.0 + 1
        layer3_0_downsample_1 = p.map(1, (n, 14, 14, 256))
        im2col_conv(
            p,
            layer2_1_relu2.inner,
            layer3_0_downsample_1.inner,
            filters(p, "layer3.0.downsample.0", "layer3.0.downsample.1"),
            stride=2,
        )
        # layer3.0.conv2 + bn2 + add1 + relu2
        layer3_0_relu2 = p.map(2, (n, 14, 14, 256), 1)
        winograd_conv(
            p,
            layer3_0_relu1.around(1),
            layer3_0_relu2.inner,
            filters(p, "layer3.0.conv2", "layer3.0.bn2"),
            tile=2,
            plus=layer3_0_downsample_1.inner,
            activation=relu_in_place,
        )
        # layer3.1.conv1 + bn1 + relu1
        layer3_1_relu1 = p.map(0, (n, 14, 14, 256), 1)
        winograd_conv(
            p,
            layer3_0_relu2.around(1),
            layer3_1_relu1.inner,
            filters(p, "layer3.1.conv1", "layer3.1.bn1"),
            tile=2,
            activation=relu_in_place,
        )
        # layer3.1.conv2 + bn2 + add1 + relu2
        layer3_1_relu2 = p.map(1, (n, 14, 14, 256), 1)
        winograd_conv(
            p,
            layer3_1_relu1.around(1),
            layer3_1_relu2.inner,
            filters(p, "layer3.1.conv2", "layer3.1.bn2"),
            tile=2,
            plus=layer3_0_relu2.inner,
            activation=relu_in_place,
        )
        # layer4.0.conv1 + bn1 + relu1
        layer4_0_relu1 = p.map(0, (n, 7, 7, 512), 1, 2)
        im2col_conv(
            p,
            layer3_1_relu2.around(1),
            layer4_0_relu1.inner,
            filters(p, "layer4.0.conv1", "layer4.0.bn1"),
            stride=2,
            activation=relu_in_place,
        )
        # layer4.0.downsample.0 + 1
        layer4_0_downsample_1 = p.map(2, (n, 7, 7, 512))
        im2col_conv(
            p,
            layer3_1_relu2.inner,
            layer4_0_downsample_1.inner,
            filters(p, "layer4.0.downsample.0", "layer4.0.downsample.1"),
            stride=2,
        )
        # layer4.0.conv2 + bn2 + add1 + relu2
        layer4_0_relu2 = p.map(1, (n, 7, 7, 512), 1, 2)
        winograd_conv(
            p,
            layer4_0_relu1.around(1, 2),
            layer4_0_relu2.inner,
            filters(p, "layer4.0.conv2", "layer4.0.bn2"),
            tile=2,
            plus=layer4_0_downsample_1.inner,
            activation=relu_in_place,
        )
        # layer4.1.conv1 + bn1 + relu1
        layer4_1_relu1 = p.map(0, (n, 7, 7, 512), 1, 2)
        winograd_conv(
            p,
            layer4_0_relu2.around(1, 2),
            layer4_1_relu1.inner,
            filters(p, "layer4.1.conv1", "layer4.1.bn1"),
            tile=2,
            activation=relu_in_place,
        )
        # layer4.1.conv2 + bn2 + add1 + relu2
        layer4_1_relu2 = p.map(2, (n, 7, 7, 512))
        winograd_conv(
            p,
            layer4_1_relu1.around(1, 2),
            layer4_1_relu2.inner,
            filters(p, "layer4.1.conv2", "layer4.1.bn2"),
            tile=2,
            plus=layer4_0_relu2.inner,
            activation=relu_in_place,
        )
        # avgpool
        avgpool_ = p.map(0, (n, 1, 1, 512))
        global_pool(p, layer4_1_relu2.inner, avgpool_.inner, False)
        # flatten1
        flatten1 = p.buffer(2, (n, 512))
        flatten_into(p, avgpool_.inner, flatten1)
        # fc
        fc_ = p.buffer(0, (n, 1000))
        linear(p, flatten1, fc_, filters(p, "fc"))
        give_output(p, "output", fc_)
