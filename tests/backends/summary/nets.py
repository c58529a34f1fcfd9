"""Nets whose tables are looked at: small ones that have everything a table can show."""

RESIDUAL = """
block unit(width, stride=1, activation=relu) {
    add {
        conv1: conv width 3x3 stride=stride padding=1 bias=false
        bn1: batchnorm -> activation
        conv2: conv width 3x3 padding=1 bias=false
        bn2: batchnorm
    } {
        if stride != 1 or in.channels != width {
            projection: { conv width 1x1 stride=stride bias=false -> batchnorm }
        }
    }
    activation
}

net Residual(classes=10) {
    input 3x32x32
    stem: { conv 16 3x3 padding=1 -> relu }
    stage1: { unit 16 -> unit 16 activation=silu }
    stage2: { unit 32 stride=2 }
    globalavgpool -> flatten -> fc classes
}
"""

SYMBOLIC = """
net Symbolic {
    input 3 x H x W
    conv 8 3x3 stride=2 padding=1 -> relu
    down: { conv 16 3x3 stride=2 padding=1 -> relu -> conv 1000 1x1 stride=2 }
    upsample 2 -> conv 4 3x3 padding=1
    globalavgpool -> flatten -> fc 10
}
"""

AUDIO = """
net Audio {
    input 1x800
    conv 4 16 stride=4 -> batchnorm -> relu -> maxpool 4
    depthwise 3 padding=same -> conv 6 1 -> relu
    convtranspose 4 4 stride=2 padding=1 groups=2 -> globalavgpool -> flatten -> fc 3 -> logsoftmax
}
"""

VIDEO = """
net Video {
    input 3x8x32x32
    conv 4 3x5x5 stride=1x2x2 padding=1x2x2 -> relu
    conv 6 3 stride=2 padding=1 groups=2 bias=false
    output aux: { globalavgpool -> flatten -> fc 2 }
    avgpool 1x2x2 -> flatten -> fc 3
}
"""

NETS = {"residual": RESIDUAL, "symbolic": SYMBOLIC, "audio": AUDIO, "video": VIDEO}
