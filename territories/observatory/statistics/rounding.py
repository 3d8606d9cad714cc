"""Shares that add up to exactly 100 % once rounded, by the method of the largest remainder."""

from collections.abc import Sequence


def rounded_shares(counts: Sequence[int], *, units: int = 1000) -> list[int]:
    """The share of each count in their sum, in 1/`units`, so that they add up to exactly `units`.

    Each share is its exact value rounded down or up. The missing units go to the largest remainders, the first of
    equals first. All zeros when the counts are all zero. Raises ValueError on a negative count.
    """
    if any(value < 0 for value in counts):
        raise ValueError("counts are not negative")
    whole = sum(counts)
    if whole == 0:
        return [0] * len(counts)
    shares = [value * units // whole for value in counts]
    missing = units - sum(shares)
    by_remainder = sorted(range(len(counts)), key=lambda index: (-(counts[index] * units % whole), index))
    for index in by_remainder[:missing]:
        shares[index] += 1
    return shares
