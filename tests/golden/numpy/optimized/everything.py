class Everything(OptimizedNetwork):
    """24,303 parameters, 432·H·W + 4608·⌊H/2⌋·⌊W/2⌋ + 30432·⌊(H+2)/4⌋·⌊(W+2)/4⌋ + 96
    multiplications an example.
    """

    programs = (PlannedProgram("plan_channels_last", smallest=1, chunk=2),)
    result = EverythingOutput

    def plan_channels_last(self, p: Plan) -> None:
        """Channels last: a map is (n, height, width, channels)."""
        n = p.n
        H = p.shapes["image"][2]
        W = p.shapes["image"][3]
        image = p.map(0, (n, H, W, 3), 1)
        take_input(p, "image", image.inner)
        code = p.buffer(1, (n, 12))
        take_input(p, "code", code)
        # stem + relu1 + maxpool1
        maxpool1 = p.map(2, (n, H // 2, W // 2, 16), 1, 4)
        im2col_conv(
            p,
            image.around(1),
            maxpool1.inner,
            filters(p, "stem"),
            pool=True,
            activation=relu_in_place,
        )
        # stage.0.conv1 + bn1 + leakyrelu1
        stage_0_leakyrelu1 = p.map(0, (n, H // 2, W // 2, 16), 1, 4)
        winograd_conv(
            p,
            maxpool1.around(1, 4),
            stage_0_leakyrelu1.inner,
            filters(p, "stage.0.conv1", "stage.0.bn1", eps=0.001),
            tile=4,
            activation=partial(leakyrelu_in_place, slope=0.2),
        )
        # stage.0.conv2 + bn2 + add1 + relu1
        stage_0_relu1 = p.map(3, (n, H // 2, W // 2, 16), 1)
        winograd_conv(
            p,
            stage_0_leakyrelu1.around(1, 4),
            stage_0_relu1.inner,
            filters(p, "stage.0.conv2", "stage.0.bn2"),
            tile=4,
            plus=maxpool1.inner,
            activation=relu_in_place,
        )
        # stage.1.conv1 + bn1 + leakyrelu1
        stage_1_leakyrelu1 = p.map(0, (n, (H + 2) // 4, (W + 2) // 4, 32), 1, 4)
        im2col_conv(
            p,
            stage_0_relu1.around(1),
            stage_1_leakyrelu1.inner,
            filters(p, "stage.1.conv1", "stage.1.bn1", eps=0.001),
            stride=2,
            activation=partial(leakyrelu_in_place, slope=0.2),
        )
        # stage.1.downsample.0 + 1
        stage_1_downsample_1 = p.map(2, (n, (H + 2) // 4, (W + 2) // 4, 32))
        im2col_conv(
            p,
            stage_0_relu1.inner,
            stage_1_downsample_1.inner,
            filters(p, "stage.1.downsample.0", "stage.1.downsample.1"),
            stride=2,
        )
        # stage.1.conv2 + bn2 + add1 + relu1
        stage_1_relu1 = p.map(3, (n, (H + 2) // 4, (W + 2) // 4, 32), 1)
        winograd_conv(
            p,
            stage_1_leakyrelu1.around(1, 4),
            stage_1_relu1.inner,
            filters(p, "stage.1.conv2", "stage.1.bn2"),
            tile=4,
            plus=stage_1_downsample_1.inner,
            activation=relu_in_place,
        )
        # conv1 + hardswish1
        concat1 = p.map(0, (n, (H + 2) // 4, (W + 2) // 4, 72))
        pointwise_conv(
            p,
            stage_1_relu1.inner,
            concat1.channels(0, 8).inner,
            filters(p, "conv1"),
            activation=hardswish_in_place,
        )
        # depthwise1
        depthwise1 = p.map(2, (n, (H + 2) // 4, (W + 2) // 4, 32))
        depthwise_conv(
            p, stage_1_relu1.around(1), depthwise1.inner, filters(p, "depthwise1")
        )
        # groupnorm1
        readable(
            p,
            concat1.channels(8, 40).inner,
            partial(
                groupnorm,
                channels_first(depthwise1.inner),
                4,
                *p.of_layer("groupnorm1"),
            ),
        )
        # maxpool2
        sliced_maxpool(p, stage_1_relu1.around(1), concat1.channels(40, 72).inner, 3, 1)
        # upsample1
        upsample1 = p.map(2, (n, 2 * ((H + 2) // 4), 2 * ((W + 2) // 4), 72))
        repeat_nearest(p, concat1.inner, upsample1.inner, 2)
        # convtranspose1 + sigmoid1
        sigmoid1 = p.map(0, (n, 4 * ((H - 2) // 4) + 3, 4 * ((W - 2) // 4) + 3, 6))
        transposed_conv(
            p,
            upsample1.inner,
            sigmoid1.inner,
            filters(p, "convtranspose1"),
            stride=2,
            padding=1,
            activation=sigmoid_in_place,
        )
        # globalavgpool1
        globalavgpool1 = p.map(3, (n, 1, 1, 3))
        global_pool(p, sigmoid1.channels(1, 4).inner, globalavgpool1.inner, False)
        # flatten1
        flatten1 = p.buffer(2, (n, 3))
        flatten_into(p, globalavgpool1.inner, flatten1)
        # fc1
        fc1 = p.buffer(3, (n, 12))
        linear(p, flatten1, fc1, filters(p, "fc1"))
        # mul1
        mul1 = p.buffer(2, (n, 12))
        merge(p, (fc1, code), mul1, np.multiply)
        # fc2
        fc2 = p.buffer(1, (n, 5))
        linear(p, mul1, fc2, filters(p, "fc2"))
        # softmax1
        softmax1 = p.buffer(3, (n, 5))
        readable(p, softmax1, partial(softmax, channels_first(fc2)))
        give_output(p, "output", softmax1)
        give_output(p, "map", sigmoid1.channels(1, 4).inner)
