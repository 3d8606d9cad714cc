"""The statistical core: what the figures of a territory mean and how they are computed.

Pure Python on frozen values: cells in, tables out. No Django, no ORM, no file. A figure is a value and a status; every
function here propagates the statuses, so that a figure derived from a secret one is never a number.
"""
