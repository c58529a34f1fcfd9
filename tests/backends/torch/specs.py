"""Specs of the structures that real networks have, and of names that no network should have."""

INVERTED_RESIDUALS = """
block conv_bn(width, kernel=3, stride=1) {
    conv width kernel stride=stride padding=(kernel // 2) bias=false -> batchnorm -> relu6
}

# The inverted residual with a linear bottleneck.
block inverted_residual(width, stride, expansion) {
    add {
        conv: {
            if expansion != 1 {
                { conv (in.channels * expansion) 1 bias=false -> batchnorm -> relu6 }
            }
            { depthwise 3x3 stride=stride padding=1 bias=false -> batchnorm -> relu6 }
            conv width 1x1 bias=false -> batchnorm
        }
    } {} if stride == 1 and in.channels == width
}

# MobileNetV2, with fewer blocks.
net MobileNet(classes=10, rate=0.2) {
    input 3x32x32
    features: {
        conv_bn 8 stride=2
        inverted_residual 8 1 1
        inverted_residual 12 2 6
        repeat 3 { inverted_residual 12 1 6 }
        inverted_residual 16 2 6
        conv_bn 32 kernel=1
    }
    globalavgpool -> flatten
    classifier: { dropout rate -> fc classes }
}
"""

SQUEEZE_AND_EXCITATION = """
block se(reduction=4) {
    mul {} { globalavgpool -> fc1: conv (in.channels // reduction) 1 -> relu -> fc2: conv in.channels 1 -> sigmoid }
}
block stage(width, use_se=true, slope=0.1, act=relu) {
    conv: conv width 3 padding=same stride=2
    norm: layernorm
    leaky: leakyrelu slope
    if use_se { se: se }
    drop: droppath 0.1
    gamma: scale 0.001
    act
}
net SENet {
    input 3x33x33
    s1: stage 16
    s2: stage 32 use_se=false
    s3: stage 64 slope=0.2
    s4: stage 64 act=tanh
    slice 0 32 -> shuffle 4 -> pixelshuffle 2 -> pad 1x2 mode=reflect
    adaptiveavgpool 3x2 -> reshape 48 -> layernorm -> gelu approximate=tanh -> reshape 3x4x4 -> flatten -> softmax
}
"""

DENSE_BLOCKS = """
block dense_layer(growth, width=4) {
    norm1: batchnorm -> relu1: relu -> conv1: conv (growth * width) 1 bias=false
    norm2: batchnorm -> relu2: relu -> conv2: conv growth 3 padding=1 bias=false
}
block transition { norm: batchnorm -> relu -> conv: conv (in.channels // 2) 1 bias=false -> pool: avgpool 2 }
net DenseNet(classes=10) {
    input 3x16x16
    features: {
        conv0: conv 16 3 padding=1
        denseblock1: { repeat 3 { concat {} { denselayer: dense_layer 12 } } }
        transition1: transition
        denseblock2: { repeat 4 { concat {} { denselayer: dense_layer 12 } } }
        transition2: transition
        norm5: batchnorm
    }
    relu -> globalavgpool -> flatten
    classifier: fc classes
}
"""

INCEPTION = """
block basic_conv(width, kernel, padding=0) { conv width kernel padding=padding bias=false -> batchnorm -> relu }
block inception(c1, r3, c3, pool) {
    concat { branch1: basic_conv c1 1 } {
        branch2: { basic_conv r3 1 -> basic_conv c3 3 padding=1 }
    } {
        maxpool 3 stride=1 padding=1 -> basic_conv pool 1
    }
}
# An auxiliary head, and a class for what comes out.
net Inception(classes=10) {
    input 3x32x32
    basic_conv 16 7 padding=3 -> maxpool 3 stride=2 padding=1 ceil=true
    inception3a: inception 8 6 12 4
    inception3b: inception 16 8 24 8
    output aux: { avgpool 5 stride=3 -> conv 16 1 -> relu -> flatten -> fc classes }
    maxpool 3 stride=2
    inception4a: inception 24 12 26 8
    globalavgpool -> flatten -> dropout 0.4 -> fc: fc classes
}
"""

U_NET = """
block double(width) { repeat 2 { conv width 3x3 padding=1 -> batchnorm -> relu } }
net UNet(classes=2) {
    input 3 x H x W
    enc1: double 8
    maxpool 2
    enc2: double 16
    maxpool 2
    enc3: double 32
    dec2: { upsample 2 mode=bilinear -> concat {} enc2 -> double 16 }
    up: convtranspose 8 2x2 stride=2
    concat {} enc1
    dec1: double 8
    head: conv classes 1x1
}
"""

TWO_INPUTS = """
block tower(width) { conv1: conv width 3 padding=1 -> relu -> conv2: conv width 3 padding=1 }
net Siamese(units=6) {
    left: input 3x16x16
    right: input 1x16x16
    from left
    first: tower 8
    from right
    second: tower 8
    concat first {}
    fuse: { conv1: conv units 1 -> add {} { sigmoid -> batchnorm } }
    output mask: { conv 1 1 -> sigmoid }
    output embedding: { globalavgpool -> flatten }
    globalmaxpool -> flatten -> fc 3
}
"""

REPEATS = """
block unit(width) { conv width 3 padding=1 bias=false -> batchnorm -> relu }
block dense(layers, growth=4) { repeat layers { concat {} { layer: unit growth } } }
# The first turn may change the number of channels.
block stage(width, convs, last=(2 * width)) {
    repeat convs { conv width 3 padding=1 -> relu }
    conv last 1
}
# Each turn adds what one layer makes of it, after a layer of its own.
block refine(width, turns) {
    start: conv width 1
    repeat turns - 1 {
        norm: batchnorm
        add { conv in.channels 3 padding=1 -> relu -> dropout 0.1 } {}
    }
    relu
}
# Turns that see what was there before them.
block recall(turns, more=true) {
    first: conv 8 1 -> relu
    if more { repeat turns { concat {} first -> step: conv 8 1 } }
    last: relu
}
net Repeats(classes=10) {
    input 3x16x16
    stage 8 1 -> stage 16 3 -> stage 16 2 last=8
    dense 2 -> dense 3 -> dense 5
    refine 8 2 -> refine 12 4
    recall 2 -> recall 3 -> recall 4 more=false
    body: { repeat 5 { { conv 8 1 -> relu } } }
    repeat 3 { after: unit 8 }
    globalavgpool -> flatten -> fc classes
}
"""

HOSTILE_NAMES = '''
# Doc with """ quotes, a \\ and an "end"
block list(F, self=3, print=1) {
    class: conv F self padding=1 stride=print -> forward: batchnorm -> training: relu -> __x: conv F 1
}
# "quoted"
block List(nn, super=2, in_channels=3) { import: conv nn 3 padding=1 -> True: conv (in_channels * super) 1 -> x: relu }
net nn(torch=10) {
    x: input 3x16x16
    class: input 3x16x16
    from x
    parameters: conv 8 3 padding=1
    add_module: conv 8 3 padding=1
    T_destination: relu
    state_dict: list 8
    None: list 4 print=2
    _modules: { super: conv 8 1 -> self: relu -> List 5 super=1 -> List 6 -> Conv: { y: relu } }
    from class
    lambda: conv 4 1
    output def: { globalavgpool -> flatten -> fc torch }
    output count: { globalavgpool -> flatten -> fc torch }
    output _x: { globalavgpool -> flatten -> fc torch }
    forward: maxpool 2
    type: conv 6 1
    concat {} {relu} _modules
    globalavgpool -> flatten -> get_submodule: fc torch
}
'''

LABELS_WITHOUT_A_CHAIN = """
net Merged {
    input 3x8x8
    a: conv 4 1
    b: conv 4 1
    { concat a b -> conv 5 1 }
    { relu }
    outer: { inner: { c: conv 4 1 -> add {} { mul a b } } -> d: conv 4 1 -> add {} a {tanh} }
    empty: {}
    { {} -> relu -> {} }
}
"""

ALL = {
    "inverted_residuals": INVERTED_RESIDUALS,
    "squeeze_and_excitation": SQUEEZE_AND_EXCITATION,
    "dense_blocks": DENSE_BLOCKS,
    "inception": INCEPTION,
    "symbolic_u_net": U_NET,
    "two_inputs": TWO_INPUTS,
    "repeats": REPEATS,
    "hostile_names": HOSTILE_NAMES,
    "labels_without_a_chain": LABELS_WITHOUT_A_CHAIN,
}
