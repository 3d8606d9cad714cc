"""Statistics with jobs, from what was loaded to what is published.

`reading` gives cells as delivered, `territories` those of any territory, the mask of the core decides what is shown, `gathering`
puts vintages together for the tables, `permits` holds what somebody signed for.
"""
