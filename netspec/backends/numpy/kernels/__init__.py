"""The kernels: functions of arrays, a forward and a backward one for each layer.

A generated module holds the text of those that it uses. Values are (n, channels,
*spatial) or (n, features), in float32 or float64; results have the type of x. Backward
kernels take the gradient of the output, then the forward's arguments, and give the
gradients of those that are arrays, in their order. Nothing is kept between calls.
"""
