"""Every kind of mistake: what is wrong, why it can go unnoticed, and what to write instead."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of mistake, in sentences without a full stop.

    Attributes:
        says: What is wrong.
        unnoticed: Why it can go unnoticed; "" if it can't.
        instead: What to write instead; "" if that follows from what is wrong.
    """

    says: str
    unnoticed: str = ""
    instead: str = ""


AT_STRIDE_1 = "at stride 1 nobody notices"
ON_SQUARES = "on square maps nobody notices"
WITHOUT_PADDING = "without padding nobody notices"
WITH_ONE_EXAMPLE = "with one example nobody notices"
WITH_ONE_CHANNEL = "with one channel nobody notices"
WITH_ONE_FILTER = "with one filter nobody notices"
WHERE_APART = "where windows don't overlap nobody notices"

KINDS: dict[str, Kind] = {
    "stride_rows_missing": Kind(
        "the window starts at row h, and should start at row h * stride", AT_STRIDE_1, "vert_start = h * stride"
    ),
    "stride_cols_missing": Kind(
        "the window starts at column w, and should start at column w * stride", AT_STRIDE_1, "horiz_start = w * stride"
    ),
    "stride_missing": Kind(
        "the stride is missing where the window starts, in rows and columns",
        AT_STRIDE_1,
        "vert_start = h * stride and horiz_start = w * stride",
    ),
    "range_strided": Kind(
        "the loop already steps by the stride, so the window's start has it twice, or outputs stay empty",
        AT_STRIDE_1,
        "for h in range(n_H), and vert_start = h * stride",
    ),
    "window_end_short": Kind(
        "the window ends one row and column too early: the end of a slice is not included",
        "",
        "vert_end = vert_start + f",
    ),
    "window_end_long": Kind(
        "the window ends one row and column too late: the end of a slice is not included",
        "",
        "vert_end = vert_start + f",
    ),
    "rows_cols_swapped": Kind(
        "rows and columns are swapped where the window is cut out",
        "where both are the same nobody notices",
        "a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]",
    ),
    "n_H_n_W_swapped": Kind(
        "the height and the width of the output are swapped", ON_SQUARES, "Z = np.zeros((m, n_H, n_W, n_C))"
    ),
    "f_for_both_axes": Kind(
        "one side of the filter is taken for both rows and columns",
        "with square filters nobody notices",
        "f_h for rows and f_w for columns",
    ),
    "size_ceil": Kind(
        "the output's size is rounded up, and should be rounded down",
        "where the stride divides nobody notices",
        "n_H = (n_H_prev - f + 2 * pad) // stride + 1",
    ),
    "size_plus_one_missing": Kind(
        "the + 1 is missing in the output's size", "", "n_H = (n_H_prev - f + 2 * pad) // stride + 1"
    ),
    "size_pad_once": Kind(
        "the padding is counted once in the output's size, and should count on both sides",
        WITHOUT_PADDING,
        "n_H = (n_H_prev - f + 2 * pad) // stride + 1",
    ),
    "pad_missing": Kind(
        "the input is not padded",
        WITHOUT_PADDING,
        "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))",
    ),
    "unpadded_slice": Kind(
        "the window is cut out of the unpadded input", WITHOUT_PADDING, "a_prev_pad = A_prev_pad[i]"
    ),
    "pad_wrong_axes": Kind(
        "the padding goes to the wrong axes",
        WITHOUT_PADDING,
        "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))",
    ),
    "pad_one_axis": Kind(
        "only one of rows and columns is padded",
        WITHOUT_PADDING,
        "np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))",
    ),
    "pad_constant": Kind("the padding is not zero", WITHOUT_PADDING, "mode='constant', constant_values=0"),
    "pad_before_only": Kind(
        "the padding goes only above and to the left", WITHOUT_PADDING, "(pad, pad) for rows and for columns"
    ),
    "pad_twice": Kind("the input is padded twice as much as it should be", WITHOUT_PADDING, "pad on each side, once"),
    "size_not_floored": Kind(
        "the output's size is a fraction, and should be rounded down to a whole number",
        "",
        "n_H = (n_H_prev - f + 2 * pad) // stride + 1",
    ),
    "loops_over_input": Kind(
        "the loops run over the input's height and width, and should run over the output's",
        "",
        "for h in range(n_H), and in it for w in range(n_W)",
    ),
    "all_examples": Kind(
        "the window takes all examples, and should take one", WITH_ONE_EXAMPLE, "a_prev_pad = A_prev_pad[i]"
    ),
    "channels_of_input": Kind(
        "the output has as many channels as the input, and should have one for each filter",
        "with as many filters as channels nobody notices",
        "Z = np.zeros((m, n_H, n_W, n_C))",
    ),
    "relu_applied": Kind(
        "negative values become 0, as after a ReLU; that is another layer", "where values are positive nobody notices"
    ),
    "first_example_only": Kind(
        "every example is computed from the first one", WITH_ONE_EXAMPLE, "a_prev_pad = A_prev_pad[i]"
    ),
    "last_example_only": Kind(
        "only the last example counts", WITH_ONE_EXAMPLE, "the line inside the loop over the examples"
    ),
    "example_index_missing": Kind(
        "the slice lacks the example's index, so that examples are taken for rows, and rows for columns",
        "",
        "A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]",
    ),
    "first_channel_only": Kind(
        "only the first channel of the input is used", WITH_ONE_CHANNEL, "all channels: [..., :]"
    ),
    "last_channel_only": Kind(
        "only the last channel of the input counts: = where += belongs in the loop over channels",
        WITH_ONE_CHANNEL,
        "+= in the loop over channels",
    ),
    "filter_flipped": Kind(
        "the filter is flipped (true convolution); networks use cross-correlation",
        "with symmetric filters nobody notices",
        "the filter as it is",
    ),
    "filter_transposed": Kind(
        "the filter's rows and columns are swapped", "with symmetric filters nobody notices", "the filter as it is"
    ),
    "filter_index_wrong": Kind("the same filter is used for every output channel", WITH_ONE_FILTER, "W[:, :, :, c]"),
    "bias_missing": Kind("the bias is missing", "where biases are 0 nobody notices", "np.sum(s) + b[0, 0, 0, c]"),
    "bias_per_tap": Kind(
        "the bias is added to every product, and should be added once to their sum",
        "the course itself once printed this answer as right",
        "np.sum(a_slice_prev * W) + b",
    ),
    "bias_index_wrong": Kind("the first filter's bias is used for every filter", WITH_ONE_FILTER, "b[0, 0, 0, c]"),
    "bias_before_product": Kind(
        "the bias is added to the window before the product, and should be added to the sum",
        "where biases are 0 nobody notices",
        "np.sum(a_slice_prev * W) + b",
    ),
    "bias_subtracted": Kind("the bias is subtracted, and should be added", "where biases are 0 nobody notices"),
    "mean_for_sum": Kind("the products are averaged, and should be summed", "", "np.sum"),
    "return_inside_loop": Kind(
        "the function returns inside the loop, after the first example", WITH_ONE_EXAMPLE, "return after all loops"
    ),
    "stored_outside_loop": Kind(
        "the line that stores the value stands outside a loop, so that only the last place is filled",
        "",
        "the line inside all loops",
    ),
    "output_overwritten": Kind(
        "Z itself is set to one value in the loop, and should be set at one place", "", "Z[i, h, w, c] = ..."
    ),
    "running_total": Kind("the sum is not started anew for each window", "", "total = 0 inside the loops"),
    "integer_output": Kind(
        "the output array holds integers, so values are cut off", "with whole numbers nobody notices", "np.zeros(...)"
    ),
    "input_changed": Kind(
        "the function changes its input in place", "where the input isn't used again nobody notices", "a copy of it"
    ),
    "cache_of_views": Kind(
        "the windows are kept as views of one array that is written to again, so that all of them hold the last window",
        "with one window nobody notices",
        "a .copy() of what is kept",
    ),
    "mode_ignored": Kind("the mode is ignored", "in the other mode nobody notices", 'if mode == "max": ... else: ...'),
    "modes_swapped": Kind("max and average are swapped"),
    "all_channels": Kind("the window takes all channels, and should take one", WITH_ONE_CHANNEL, "[..., c]"),
    "f_for_stride": Kind(
        "the window moves by f, and should move by the stride", "where f is the stride nobody notices", "h * stride"
    ),
    "f_and_stride_swapped": Kind("f and stride are swapped", "where f is the stride nobody notices"),
    "sum_for_mean": Kind("the average is not divided by the number of values", "", "np.mean"),
    "wrong_count": Kind("the average is divided by the wrong number of values", "", "n_H * n_W"),
    "max_from_zero": Kind(
        "the maximum starts from 0, so negative windows give 0",
        "after a ReLU nobody notices",
        "-np.inf, or the window's first value",
    ),
    "min_for_max": Kind("the smallest value is taken, and should be the largest", "", "np.max"),
    "dW_overwritten": Kind(
        "dW is overwritten by each window, and should be added to", "with one window nobody notices", "dW[...] += ..."
    ),
    "db_overwritten": Kind(
        "db is overwritten, and should be added to",
        "with one window nobody notices",
        "db[:, :, :, c] += dZ[i, h, w, c]",
    ),
    "dA_not_cut": Kind(
        "the padding is not cut off from dA the right way",
        WITHOUT_PADDING,
        "da_prev_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]",
    ),
    "dA_overwritten": Kind(
        "dA is overwritten where windows overlap, and should be added to", WHERE_APART, "da_prev_pad[...] += ..."
    ),
    "dA_starts_from_A_prev": Kind(
        "dA_prev starts from A_prev, and should start from zeros", "", "np.zeros(A_prev.shape)"
    ),
    "dA_index_wrong": Kind("the gradient is read at the wrong place", "", "dA[i, h, w, c]"),
    "mask_missing": Kind(
        "the gradient goes to the whole window, and should go to the place that won", "", "mask * dA[i, h, w, c]"
    ),
    "mask_of_absolute": Kind(
        "the mask looks for the largest absolute value, and should look for the largest value",
        "where values are positive nobody notices",
        "x == np.max(x)",
    ),
    "mask_of_smallest": Kind("the mask looks for the smallest value, and should look for the largest", "", "np.max(x)"),
    "mask_first_only": Kind("on a tie only the first place is marked", "without ties nobody notices", "x == np.max(x)"),
    "mask_all_tied": Kind("on a tie all places get the gradient, and the first should", "without ties nobody notices"),
    "average_not_divided": Kind(
        "the gradient of an average is not divided by the number of values", "", "dz / (n_H * n_W)"
    ),
    "mask_without_dA": Kind("the mask is added as it is, and should be multiplied by dA", "", "mask * dA[i, h, w, c]"),
    "db_averaged": Kind("db is averaged over the examples, and should be their sum", WITH_ONE_EXAMPLE, "np.sum"),
    "dW_averaged": Kind("dW is averaged over the examples, and should be their sum", WITH_ONE_EXAMPLE, "np.sum"),
    "dA_averaged": Kind("dA_prev is divided by the number of examples, and should not be", WITH_ONE_EXAMPLE, ""),
    "gradient_zero": Kind("a gradient stays zero", "", "+= in the loops"),
    "axes_order": Kind(
        "the axes of the answer are in another order than they should be", "", "Z = np.zeros((m, n_H, n_W, n_C))"
    ),
    "not_repeatable": Kind(
        "a second call with the same input gives another answer: something is kept from the first one",
        "called once nobody notices",
    ),
    "padding_counted": Kind(
        "padding counts as values of the average: some libraries do so, TensorFlow and convstep don't",
        WITHOUT_PADDING,
    ),
    "float_of_array": Kind(
        "float() of an array with more than one axis, which today's NumPy refuses; use .item()", "", "b.item()"
    ),
    "np_float": Kind("np.float is gone from NumPy; use float", "", "float"),
    "not_written": Kind("a part is still None or missing"),
    "hangs": Kind("it does not end"),
    "exits": Kind("it ends the program"),
    "asks": Kind("it waits for input"),
}
