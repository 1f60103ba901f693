"""The kinds of layer, one file each: fields, shapes, arithmetic, words, and the face that the screen shows.

A new kind is a new file here, imported below, and an operation in the engine; all else asks `KINDS`.
"""

from convstep.layers.base import KINDS, Block, Face, Flag, Layer, Reach, Shape, Windowed, grid, register, times
from convstep.layers.conv import Conv, Conv1d
from convstep.layers.dense import Dense
from convstep.layers.flatten import Flatten
from convstep.layers.pool import AvgPool, GlobalAvgPool, MaxPool
from convstep.layers.relu import Relu
from convstep.layers.softmax import Softmax

__all__ = [
    "KINDS",
    "AvgPool",
    "Block",
    "Conv",
    "Conv1d",
    "Dense",
    "Face",
    "Flag",
    "Flatten",
    "GlobalAvgPool",
    "Layer",
    "MaxPool",
    "Reach",
    "Relu",
    "Shape",
    "Softmax",
    "Windowed",
    "grid",
    "register",
    "times",
]
