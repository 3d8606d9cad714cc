"""Statistics with jobs: what the orders and open files of INSEE and Urssaf say of a territory. Pure, like its parent.

The way of a figure: cells as delivered → one mask (`masking`) → figures → tables (`building`) → sentences. Nothing after the
mask ever sees a value that is not to be shown.
"""
